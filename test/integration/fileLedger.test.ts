// When each file took the steps of its way into the index, as `almagest explain` tells it from one process to the next:
// of every file, after a first build, a change, a rebuild and a crash.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ledgerSteps, type LedgerEntry } from '../../server/model/stageAudit';
import { createFileTree, type FileTree } from '../support/fileTree';
import { withIndex } from '../support/indexes';

const cli = join(process.cwd(), 'dist/cli.js');

describe('ledger of a file', function () {
  this.timeout(120_000);
  let tree: FileTree;
  let indexes: FileTree;

  beforeEach(() => {
    // More than a save has, so that the first build is a bulk load.
    const many = Array.from({ length: 100 }, (_, i) => [`src/f${i}.ts`, `export const name${i} = ${i};\n`] as const);
    tree = createFileTree({ ...Object.fromEntries(many), 'notes.md': '# Notes\n', 'logo.png': 'PNG\0' });
    indexes = createFileTree();
  });

  afterEach(() => {
    tree.dispose();
    indexes.dispose();
  });

  function run(...args: string[]): string {
    const options = { cwd: tree.root, encoding: 'utf8', maxBuffer: 1 << 26 } as const;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [cli, ...args, '--index-dir', indexes.root],
      options,
    );
    assert.ok(status === 0 || (args[0] === 'explain' && status === 1), stderr);
    return stdout;
  }

  function ledgerOf(path: string): readonly LedgerEntry[] {
    return (JSON.parse(run('explain', path, '--json')) as { readonly ledger: readonly LedgerEntry[] }).ledger;
  }

  /** When it was discovered, read, durable and searchable: all of them, in this order, since `after`. */
  function momentsOf(path: string, after: number): number[] {
    const ledger = ledgerOf(path);
    assert.deepEqual(
      ledger.map(({ step }) => step),
      ledgerSteps,
    );
    const moments = ledger.flatMap(({ step, at }) =>
      step === 'parsed' || step === 'extracted' ? [] : [Date.parse(at ?? assert.fail(`${path}: ${step} has no time`))],
    );
    const inOrder = [after, ...moments, Date.now()];
    assert.deepEqual(
      inOrder,
      [...inOrder].sort((a, b) => a - b),
      path,
    );
    const { ms = 0 } = ledger[3] ?? {};
    assert.ok(ms > 0 && ms < 60_000, `${path} took ${ms} ms`);
    return moments;
  }

  it('has the times of every file, in each process after the build, and new ones of what changed', () => {
    const began = Date.now();
    run('index');
    const paths = ['notes.md', ...Array.from({ length: 100 }, (_, i) => `src/f${i}.ts`)];
    const some = paths.filter((_, i) => i % 9 === 0);
    const first = new Map(some.map((path) => [path, momentsOf(path, began)]));
    const [discovered, hashed] = ledgerOf('logo.png');
    for (const entry of [discovered, hashed]) assert.ok(Date.parse(entry?.at ?? '') >= began, JSON.stringify(entry));

    const changed = Date.now();
    tree.write('notes.md', '# Other notes\n');
    run('index');
    momentsOf('notes.md', changed);
    for (const path of some.slice(1)) assert.deepEqual(momentsOf(path, began), first.get(path));

    const dump = run('dump');
    const rebuilt = Date.now();
    run('rebuild');
    for (const path of some) momentsOf(path, rebuilt);
    assert.equal(run('dump'), dump);
  });

  it('is not kept for ever: a snapshot drops what is out of date, and no file loses its times', () => {
    run('index');
    const [folder = ''] = readdirSync(indexes.root);
    const log = join(indexes.root, folder, 'ledger.log');
    const { length } = readFileSync(log);
    appendFileSync(log, Buffer.alloc(1 << 20));
    const rebuilt = Date.now();
    run('rebuild');
    const now = readFileSync(log).length;
    assert.ok(now < 2 * length, `${now} bytes instead of ${length}`);
    for (const path of ['notes.md', 'src/f0.ts', 'src/f99.ts']) momentsOf(path, rebuilt);
  });

  it('has those of a save in a window, and none of what it was not told of', async () => {
    run('index');
    const saved = Date.now();
    await withIndex(tree.root, indexes.root, async (index) => {
      tree.write('src/f7.ts', 'export const other = 7;\n');
      index.hint(['src/f7.ts']);
      await index.settled();
      assert.ok(((await index.times('src/f7.ts'))?.searchableMs ?? 0) >= saved);
    });
    momentsOf('src/f7.ts', saved);
    const [folder = ''] = readdirSync(indexes.root);
    const log = join(indexes.root, folder, 'ledger.log');
    const before = readFileSync(log);
    // A torn group at the end costs nothing but itself.
    appendFileSync(log, before.subarray(before.length - 40));
    momentsOf('src/f7.ts', saved);
    rmSync(log);
    assert.deepEqual(
      ledgerOf('src/f7.ts').map(({ step, status, at }) => `${step} ${status}${at === undefined ? '' : ' at'}`),
      ['discovered done', 'hashed done at', 'parsed done', 'extracted done', 'journaled done', 'searchable done'],
    );
    assert.match(run('explain', 'src/f7.ts'), /^src\/f7.ts: Indexed with 1 symbol\.$/m);
  });
});
