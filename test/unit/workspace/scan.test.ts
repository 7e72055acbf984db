import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import fc from 'fast-check';
import type { WalkResult } from '../../../native';
import { CancellationError } from '../../../server/util/cancellation';
import { comparePaths } from '../../../server/util/pathOrder';
import {
  compare,
  judgeFolder,
  RootUnreadableError,
  scan,
  scanHints,
  ScanResult,
  type FileChange,
} from '../../../server/workspace/scan';
import { createFileTree, type FileTree } from '../../support/fileTree';
import { MemoryKnownFiles } from '../../support/knownFiles';

const longAfter = Date.now() + 1_000_000;

describe('scan', () => {
  let tree: FileTree;
  beforeEach(() => (tree = createFileTree()));
  afterEach(() => tree.dispose());
  const options = () => ({ root: tree.root, excludes: [], threads: 2 });

  it('lists regular files by path, and says what it left out', async () => {
    tree.write('src/b.ts', 'b');
    tree.write('src/a.ts', 'a');
    tree.write('src-2/c.ts', 'c');
    tree.write('.gitignore', '*.log\n');
    tree.write('x.log', 'ignored');
    symlinkSync('..', tree.at('src/loop'));
    execFileSync('mkfifo', [tree.at('pipe')]);
    const result = await scan(options(), '');
    assert.deepEqual(pathsOf(result), ['.gitignore', 'src-2/c.ts', 'src/a.ts', 'src/b.ts']);
    assert.deepEqual(
      result.skipped().map(({ path, reason }) => `${path}: ${reason}`),
      ['pipe: notRegular', 'src/loop: symlink'],
    );
    assert.equal(result.size(1), 1);
    assert.deepEqual(result.folders(), ['', 'src', 'src-2']);
  });

  it('names each folder once, also those that hold only folders', async () => {
    tree.write('a/b/c/x', '');
    tree.write('a/b/c/y', '');
    tree.write('a/é/x', '');
    assert.deepEqual((await scan(options(), '')).folders(), ['', 'a', 'a/b', 'a/b/c', 'a/é']);
    assert.deepEqual((await scan(options(), 'a/b')).folders(), ['a/b', 'a/b/c']);
  });

  it('fails for a root that is gone, and never reports its files as deleted', async () => {
    tree.write('a', '');
    const known = new MemoryKnownFiles().learn(await scan(options(), ''), longAfter);
    rmSync(tree.root, { recursive: true });
    await assert.rejects(scan(options(), ''), RootUnreadableError);
    await assert.rejects(scanHints(options(), [''], known), RootUnreadableError);
  });

  it('stops when cancelled', async () => {
    const token = { isCancellationRequested: true, onCancellationRequested: () => ({ dispose: () => undefined }) };
    await assert.rejects(scan(options(), '', token), CancellationError);
  });

  it('sees an edit that keeps size and modification time', async () => {
    tree.write('a.ts', 'one');
    const known = new MemoryKnownFiles().learn(await scan(options(), ''), longAfter);
    const { atime, mtime } = statSync(tree.at('a.ts'));
    tree.write('a.ts', 'two');
    utimesSync(tree.at('a.ts'), atime, mtime);
    assert.deepEqual(print(await compare(await scan(options(), ''), known, undefined)), ['changed a.ts (metadata)']);
  });

  it('follows renames, swaps and a file that becomes a folder', async () => {
    for (const path of ['a', 'b', 'moved/x', 'moved/y', 'kind']) tree.write(path, path);
    const known = new MemoryKnownFiles().learn(await scan(options(), ''), longAfter);
    renameSync(tree.at('a'), tree.at('swap'));
    renameSync(tree.at('b'), tree.at('a'));
    renameSync(tree.at('swap'), tree.at('b'));
    renameSync(tree.at('moved'), tree.at('there'));
    rmSync(tree.at('kind'));
    tree.write('kind/inner', '');
    const expected = [
      'changed a (metadata)',
      'changed b (metadata)',
      'deleted kind',
      'created kind/inner',
      'deleted moved/x',
      'deleted moved/y',
      'created there/x',
      'created there/y',
    ];
    assert.deepEqual(print(await compare(await scan(options(), ''), known, undefined)), expected);
    const hinted = await scanHints(options(), ['a', 'b', 'swap', 'kind', 'moved', 'there'], known);
    assert.deepEqual(
      print(hinted).map((line) => line.replace('hint', 'metadata')),
      expected,
    );
  });

  it('decides hints on the disk', async () => {
    for (const path of ['same', 'gone', 'sub/gone']) tree.write(path, '');
    tree.write('.gitignore', 'ignored\n');
    const known = new MemoryKnownFiles().learn(await scan(options(), ''), longAfter);
    for (const path of ['gone', 'sub/gone']) rmSync(tree.at(path));
    for (const path of ['new', 'ignored', '.git/HEAD', '.env', 'sub/new']) tree.write(path, '');
    mkdirSync(tree.at('empty'));
    symlinkSync('same', tree.at('link'));
    const hints = ['same', 'gone', 'new', 'ignored', '.git/HEAD', '.env', 'sub', 'empty', 'link', 'link/x', 'flash'];
    assert.deepEqual(print(await scanHints(options(), hints, known)), [
      'deleted gone',
      'created new',
      'changed same (hint)',
      'deleted sub/gone',
      'created sub/new',
    ]);
  });

  it('tells folders worth watching', async () => {
    tree.write('.gitignore', 'build/\n');
    for (const path of ['build/x', 'src/x', '.git/HEAD']) tree.write(path, '');
    symlinkSync('src', tree.at('link'));
    const verdicts = await Promise.all(
      ['src', 'build', '.git', 'link', 'src/x', 'none'].map((path) => judgeFolder(options(), path)),
    );
    assert.deepEqual(verdicts, ['watch', 'ignored', 'ignored', 'gone', 'gone', 'gone']);
  });
});

describe('compare', () => {
  it('equals a naive comparison of any two trees', async () => {
    const name = fc.constantFrom('a', 'b', 'a-', 'é', '\uFF5E', '\u{1F600}', '__proto__', 'A');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const entry = fc.record({ path, print: fc.nat(2), changedMs: fc.constantFrom(1000, 8000, 8001, 20_000) });
    const entries = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(entries, entries, fc.nat(99), async (disk, indexed, scanNumber) => {
        const sorted = [...disk].sort((a, b) => comparePaths(a.path, b.path));
        const known = new MemoryKnownFiles();
        for (const { path, print } of indexed) {
          known.files.set(path, { fingerprintLow: print, fingerprintHigh: 7, checkedAtMs: 10_000 });
        }
        const expected: string[] = [];
        for (const { path } of indexed) if (!disk.some((file) => file.path === path)) expected.push(`deleted ${path}`);
        sorted.forEach((file, index) => {
          const old = indexed.find(({ path }) => path === file.path);
          if (old === undefined) expected.push(`created ${file.path}`);
          else if (old.print !== file.print) expected.push(`changed ${file.path} (metadata)`);
          else if (file.changedMs >= 8000) expected.push(`changed ${file.path} (racy)`);
          else if ((index + scanNumber) % 100 === 0) expected.push(`changed ${file.path} (audit)`);
        });
        const actual = await compare(resultOf(sorted), known, scanNumber);
        assert.deepEqual(print(actual).sort(), expected.sort());
        const order = actual.map(({ path }) => path);
        assert.deepEqual(order, [...order].sort(comparePaths));
      }),
    );
  });

  it('audits each file once in a hundred scans', async () => {
    const files = Array.from({ length: 250 }, (_, i) => ({ path: String(1000 + i), print: 1, changedMs: 0 }));
    const result = resultOf(files);
    const known = new MemoryKnownFiles().learn(result, longAfter);
    const audited: string[] = [];
    for (let scanNumber = 0; scanNumber < 100; scanNumber++) {
      audited.push(...(await compare(result, known, scanNumber)).map(({ path }) => path));
    }
    assert.deepEqual(
      audited.sort(),
      files.map(({ path }) => path),
    );
    assert.deepEqual(await compare(result, known, undefined), []);
  });

  it('refuses known paths out of order rather than report files as deleted', async () => {
    const known = { get: () => undefined, paths: () => ['b', 'a'] };
    await assert.rejects(compare(resultOf([]), known, undefined), /out of order/);
  });
});

function pathsOf(result: ScanResult): string[] {
  return Array.from({ length: result.count }, (_, i) => result.path(i));
}

function print(changes: readonly FileChange[]): string[] {
  return changes.map((change) => `${change.kind} ${change.path}${change.kind === 'changed' ? ` (${change.why})` : ''}`);
}

function resultOf(files: readonly { path: string; print: number; changedMs: number }[]): ScanResult {
  const paths = files.map(({ path }) => Buffer.from(path));
  const pathOffsets = new Uint32Array(files.length + 1);
  paths.forEach((path, i) => (pathOffsets[i + 1] = (pathOffsets[i] ?? 0) + path.length));
  const walked: WalkResult = {
    count: files.length,
    paths: Buffer.concat(paths),
    pathOffsets,
    sizes: new Float64Array(files.length),
    changedMs: Float64Array.from(files, ({ changedMs }) => changedMs),
    fingerprints: Uint32Array.from(files.flatMap(({ print }) => [print, 7])),
    skipped: [],
    skippedCounts: new Uint32Array(13),
    folders: 1,
  };
  return new ScanResult(walked, '', 0, 0);
}
