// What the command line says of an index that somebody damaged by hand: what is wrong, where, and what to do; that the
// advice helps, and that it is not said of an index that is well.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useWorkspace } from '../support/fileTree';

const cli = join(process.cwd(), 'dist/cli.js');

interface Case {
  readonly name: string;
  /** Damages the index in `folder`; `file` finds the newest file with a prefix. */
  readonly damage: (folder: string, file: (prefix: string) => string) => void;
  /** What is said on standard error by whoever reads. */
  readonly said: RegExp;
}

const cases: readonly Case[] = [
  {
    name: 'a snapshot was cut',
    damage: (_, file) => truncateSync(file('snapshot-'), 100),
    said: /snapshot-\d+\.seg has 100 bytes instead of \d+.*\n.*Generation \d+ cannot be used without its snapshot\./,
  },
  {
    name: 'the manifests are garbage',
    damage: (folder) => {
      for (const name of readdirSync(folder).filter((each) => each.startsWith('manifest-'))) {
        writeFileSync(join(folder, name), '{}');
      }
    },
    said: /The manifest .*manifest-\d+\.json is damaged: its checksum does not match\./,
  },
  {
    name: 'a file of the search index was cut',
    damage: (_, file) => {
      const search = file('search-');
      const name = readdirSync(search).find((each) => each.endsWith('.idx')) ?? '';
      truncateSync(join(search, name), 10);
    },
    said: /Search index: \w+\.idx has 10 bytes instead of \d+\./,
  },
  {
    name: 'the list of the search index is garbage',
    damage: (_, file) => writeFileSync(join(file('search-'), 'meta.json'), '{'),
    said: /Search index: its list of segments, meta\.json in search-\w+, cannot be used\./,
  },
  {
    name: 'the search index is gone',
    damage: (_, file) => rmSync(file('search-'), { recursive: true }),
    said: /Search index: search-\w+ is missing\./,
  },
  {
    name: 'a journal is gone',
    damage: (_, file) => rmSync(file('journal-')),
    said: /journal-\d+\.log is missing or unusable; batches after \d+ may be lost\./,
  },
];

describe('a damaged index, in words', function () {
  this.timeout(120_000);
  const workspace = useWorkspace({ 'a.ts': 'export function one(): void {}\n', 'b.py': 'def two(): pass\n' });

  function almagest(...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [cli, ...args, '--index-dir', workspace.place.root],
      { cwd: workspace.tree.root, encoding: 'utf8' },
    );
    return { code: status, out: stdout, err: stderr };
  }

  const indexFolder = (): string => workspace.place.at(readdirSync(workspace.place.root)[0] ?? '');

  function makeIndex(): void {
    assert.equal(almagest('index').code, 0);
    workspace.tree.write('a.ts', 'export function one(): number { return 1; }\n');
    assert.equal(almagest('index').code, 0);
    const { out, err } = almagest('status');
    assert.match(out, /is up to date\./);
    assert.equal(err, '');
  }

  for (const { name, damage, said } of cases) {
    it(name, () => {
      makeIndex();
      const folder = indexFolder();
      damage(folder, (prefix) => {
        const [newest] = readdirSync(folder)
          .filter((each) => each.startsWith(prefix))
          .sort()
          .reverse();
        return join(folder, newest ?? '');
      });
      const remedy = `almagest: answers come from what is left of the index; "almagest repair ${workspace.tree.root}" mends it.`;
      const status = almagest('status', workspace.tree.root);
      assert.match(status.out, /is damaged; what is left of it is /);
      assert.match(status.err, said);
      assert.ok(status.err.includes(remedy), status.err);
      const verified = almagest('verify');
      assert.equal(verified.code, 1);
      assert.match(verified.out, /^Found \d+ problems?; "Repair" mends (it|them)\.\n/);
      assert.match(almagest('repair').out, /^Repaired: .*; saved it all as generation \d+\.\n$/);
      const after = almagest('verify');
      assert.deepEqual([after.code, after.err], [0, ''], after.out);
      assert.match(almagest('status').out, /is up to date\./);
    });
  }

  it('something else has the name of the lock, or of the audit log', () => {
    makeIndex();
    const folder = indexFolder();
    const lock = join(folder, 'LOCK');
    renameSync(lock, `${lock}.away`);
    mkdirSync(lock);
    const refused = almagest('repair');
    assert.equal(refused.code, 5);
    assert.match(refused.err, /LOCK is no file, so the index cannot be locked\. Move it away\.\n$/);
    rmSync(lock, { recursive: true });
    rmSync(join(folder, 'audit.log'));
    mkdirSync(join(folder, 'audit.log'));
    const repaired = almagest('repair');
    assert.deepEqual([repaired.code, repaired.err], [0, '']);
    assert.ok(readdirSync(join(folder, 'quarantine')).some((each) => /^\d+-audit\.log$/.test(each)));
  });
});
