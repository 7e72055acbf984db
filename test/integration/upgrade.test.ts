// An index whose facts an older extractor made: it answers, and is made anew beside that, language by language.

import assert from 'node:assert/strict';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { createFileTree, type FileTree } from '../support/fileTree';
import { dumpOf, withIndex } from '../support/indexes';

describe('a newer extractor', function () {
  this.timeout(60_000);
  let tree: FileTree;
  let place: FileTree;

  beforeEach(() => {
    place = createFileTree();
    tree = createFileTree();
    for (let i = 0; i < 3; i++) tree.write(`m${i}.ts`, `export const name${i} = ${i};\n`);
    for (let i = 0; i < 2; i++) tree.write(`m${i}.py`, `def name${i}():\n    return ${i}\n`);
  });

  afterEach(() => {
    tree.dispose();
    place.dispose();
  });

  it('extracts the files of its language again, once, and no others', async () => {
    const sound = await withIndex(tree.root, place.root, async (index) => {
      const dump = dumpOf(index);
      tree.write('m0.py', 'def name0():\n    return 7\n');
      index.requestScan('test');
      await index.settled();
      // As if all of it were the work of a version before the first.
      for (const { segment } of index.facts.segments()) age(segment.hot.languages, 'TypeScript');
      assert.equal((await index.save()).message, 'Saved a snapshot.');
      tree.write('m0.py', 'def name0():\n    return 0\n');
      return dump;
    });
    await withIndex(tree.root, place.root, async (index) => {
      assert.deepEqual([index.work.indexed, dumpOf(index)], [4, sound]);
      assert.ok(versionsOf(index).every((version) => version > 0));
      assert.deepEqual((await index.verify()).findings, []);
    });
    await withIndex(tree.root, place.root, (index) => {
      assert.deepEqual([index.work.indexed, dumpOf(index)], [0, sound]);
      return Promise.resolve();
    });
  });
});

function age(languages: readonly (readonly [string, number])[], name: string): void {
  const row = languages.find(([language]) => language === name);
  if (row !== undefined) (row as [string, number])[1] = 0;
}

/** Versions of the extractors that made what answers. */
function versionsOf({ facts }: RootIndex): number[] {
  const lease = facts.lease();
  const versions = lease.rows.map(({ segment, file }) => segment.hot.languages[segment.byte(file, 'language')]?.[1]);
  lease.release();
  return versions.map((version) => version ?? 0);
}
