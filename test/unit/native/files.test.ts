// Walking, explaining and matching files by native, as JavaScript sees them: the shape of the answers and of the failures.

import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bestLines, CancelFlag, explainPath, grepFiles, grepText, walk, type GrepOptions } from '../../../native';
import { withTemporaryFolder } from '../../support/temporaryFolder';

describe('walk', () => {
  it('returns paths, sizes, times, fingerprints and what it left out', () =>
    withSources(async (root) => {
      const found = await walk(walkOptions(root));
      const path = (index: number): string =>
        found.paths.toString('utf8', found.pathOffsets[index], found.pathOffsets[index + 1]);
      assert.deepEqual(Array.from({ length: found.count }, (_, index) => path(index)), ['.gitignore', 'src/a.ts', 'ä.ts']);
      assert.deepEqual([...found.sizes], [6, 12, 9]);
      assert.equal(found.fingerprints.length, 6);
      assert.ok(found.changedMs.every((time) => time > 1.6e12 && time <= Date.now() + 1000));
      assert.deepEqual(
        found.skipped.map(({ path, reason }) => [path, reason]),
        [
          ['.env', 6],
          ['link', 5],
        ],
      );
      assert.deepEqual([found.skippedCounts.filter((count) => count > 0), found.folders], [Uint32Array.of(1, 1), 2]);
    }));

  it('is cancelled before and refuses what is no root', () =>
    withSources(async (root) => {
      const cancel = new CancelFlag();
      cancel.cancel();
      assert.equal(cancel.cancelled, true);
      await assert.rejects(walk(walkOptions(root), cancel), { code: 'ERR_CANCELLED' });
      await assert.rejects(walk(walkOptions(join(root, 'gone'))), { code: 'ERR_IO', message: /gone/ });
      await assert.rejects(walk(walkOptions('src')), { code: 'ERR_INVALID_ARGUMENT', message: /absolute/ });
      await assert.rejects(walk({ ...walkOptions(root), under: '../x' }), { code: 'ERR_INVALID_ARGUMENT' });
    }));

  it('is explained path by path', () =>
    withSources(async (root) => {
      const rule = { rule: '*.log', source: '.gitignore', line: 1 };
      const expected = { exists: true, ignored: true, secret: false, kind: 'file', ...rule };
      assert.deepEqual(await explainPath(walkOptions(root), 'x.log'), expected);
      const plain = { exists: true, ignored: false, secret: false, kind: 'file' };
      assert.deepEqual(await explainPath(walkOptions(root), 'src/a.ts'), plain);
    }));
});

describe('matching text', () => {
  it('marks matches in UTF-16 columns and counts what it leaves out', () =>
    withSources(async (root) => {
      const found = await grepFiles(grepOptions(root, 'b'), ['ä.ts', 'src/a.ts', 'gone.ts', '../outside']);
      assert.deepEqual(
        found.hits.map(({ path, line, text, ranges }) => [path, line, text, ranges]),
        [
          ['src/a.ts', 0, 'a b', [2, 3]],
          ['src/a.ts', 2, 'c b b', [2, 3, 4, 5]],
          ['ä.ts', 0, '😀 ab', [4, 5]],
        ],
      );
      assert.deepEqual([found.total, found.files, found.cut, found.unreadable], [3, 2, false, ['../outside']]);
      const first = await grepFiles({ ...grepOptions(root, 'b'), limit: 1, contextLines: 1 }, ['src/a.ts', 'ä.ts']);
      assert.deepEqual([first.hits.length, first.cut, first.hits[0]?.after], [1, true, ['']]);
    }));

  it('works on the text of an open editor and refuses patterns that cannot be searched', () =>
    withSources(async (root) => {
      const found = await grepText({ ...grepOptions(root, 'x\\d'), regex: true }, 'open.ts', 'x\nx1\r\n');
      assert.deepEqual(found.hits, [{ path: 'open.ts', line: 1, text: 'x1', ranges: [0, 2], before: [], after: [] }]);
      const bad = { code: 'ERR_QUERY', message: /unclosed group/ };
      await assert.rejects(grepFiles({ ...grepOptions(root, '(a'), regex: true }, []), bad);
      await assert.rejects(grepText(grepOptions(root, ''), 'open.ts', ''), { code: 'ERR_QUERY' });
      const cancel = new CancelFlag();
      cancel.cancel();
      await assert.rejects(grepFiles(grepOptions(root, 'b'), ['ä.ts'], cancel), { code: 'ERR_CANCELLED' });
    }));

  it('shows the best line of a range', () =>
    withSources(async (root) => {
      const ranges = [{ path: 'src/a.ts', startLine: 0, endLine: 2 }];
      const best = await bestLines(root, ranges, ['c', 'b']);
      assert.deepEqual(best.map(({ line, ranges }) => [line, ranges]), [[2, [0, 1, 2, 3, 4, 5]]]);
    }));
});

/** Runs a test on a small tree with an ignored file, a secret and a link. */
function withSources(test: (root: string) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (root) => {
    await mkdir(join(root, 'src'));
    const files = { '.gitignore': '*.log\n', 'src/a.ts': 'a b\n\nc b b\r\n', 'ä.ts': '😀 ab\r\n', 'x.log': '', '.env': '' };
    for (const [path, text] of Object.entries(files)) await writeFile(join(root, path), text);
    await symlink('src', join(root, 'link'));
    await test(root);
  });
}

function walkOptions(root: string): Parameters<typeof walk>[0] {
  return { root, excludes: [], threads: 2, maxDepth: 128, maxFiles: 1000 };
}

function grepOptions(root: string, pattern: string): GrepOptions {
  const flags = { regex: false, caseSensitive: true, wholeWord: false, multiline: false };
  return { root, pattern, ...flags, limit: 100, perFile: 100, threads: 2, maxFileBytes: 1e6, contextLines: 0 };
}
