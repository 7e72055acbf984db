// What every search store promises, run against the one in memory and the one that ships.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { RowRef } from '../../server/facts/merge';
import { segmentOfStored } from '../../server/facts/storedFile';
import { contentBytes, openSearchStore, type SearchStore } from '../../server/search/searchStore';
import { extractedSegment } from '../support/extracted';
import { createFileTree, type FileTree } from '../support/fileTree';
import { MemorySearchStore } from '../support/memorySearchStore';

const indexId = '00000000-0000-4000-8000-000000000000';
const stores: Readonly<Record<string, (folder: string) => Promise<SearchStore>>> = {
  memory: () => Promise.resolve(new MemorySearchStore()),
  Tantivy: (folder) =>
    openSearchStore(folder, { create: true, writable: true, memoryBytes: 16 << 20, secret: indexId }),
};

for (const [name, open] of Object.entries(stores)) {
  describe(`search store: ${name}`, () => {
    let tree: FileTree;
    let folder: FileTree;
    let store: SearchStore;

    beforeEach(async () => {
      tree = createFileTree({
        'a.ts': 'export function alpha() { return shared; }\n',
        'b.py': 'def beta():\n    return shared\n',
        'ü.md': '# Gamma\n\nshared prose\n',
      });
      folder = createFileTree();
      store = await open(join(folder.root, 'search'));
    });

    afterEach(async () => {
      await store.close();
      tree.dispose();
      folder.dispose();
    });

    const pathsOf = async (query: string): Promise<string[]> => {
      const { hits } = await store.search({ query, limit: 10, offset: 0 });
      return hits.map(({ path }) => path).sort();
    };

    it('shows nothing before a commit, everything after it', async () => {
      assert.equal(store.watermark, undefined);
      await store.apply(tree.root, 1, await rowsOf(tree, ['a.ts', 'b.py', 'ü.md']), []);
      assert.deepEqual(await pathsOf('shared'), []);
      await store.commit({ indexId, seq: 1 });
      assert.deepEqual(await pathsOf('shared'), ['a.ts', 'b.py', 'ü.md']);
      assert.deepEqual(store.watermark, { indexId, seq: 1 });
    });

    it('replaces the documents of a file and forgets removed ones', async () => {
      await store.apply(tree.root, 1, await rowsOf(tree, ['a.ts', 'b.py']), []);
      await store.commit({ indexId, seq: 1 });
      tree.write('a.ts', 'export const delta = 1;\n');
      await store.apply(tree.root, 2, await rowsOf(tree, ['a.ts']), ['b.py']);
      await store.commit({ indexId, seq: 2 });
      assert.deepEqual(await pathsOf('shared'), []);
      assert.deepEqual(await pathsOf('delta'), ['a.ts']);
    });

    it('takes all words of a query together', async () => {
      await store.apply(tree.root, 1, await rowsOf(tree, ['a.ts', 'b.py', 'ü.md']), []);
      await store.commit({ indexId, seq: 1 });
      assert.deepEqual(await pathsOf('shared prose'), ['ü.md']);
      assert.deepEqual(await pathsOf('shared nowhere'), []);
    });

    it('counts the words of its texts by mode, whatever it held before', async () => {
      await store.apply(tree.root, 1, await rowsOf(tree, ['a.ts', 'b.py', 'ü.md']), []);
      assert.deepEqual([...(await store.countWords())], []);
      await store.commit({ indexId, seq: 1 });
      assert.deepEqual(
        [...(await store.countWords())],
        [
          // export function alpha return shared, def beta return shared
          ['code', { tokens: 9, postings: 9, vocabulary: 7 }],
          ['prose', { tokens: 3, postings: 3, vocabulary: 3 }],
        ],
      );
      tree.write('a.ts', 'export const delta = delta + 1;\n');
      await store.apply(tree.root, 2, await rowsOf(tree, ['a.ts']), ['ü.md']);
      await store.commit({ indexId, seq: 2 });
      const expected = { tokens: 9, postings: 8, vocabulary: 8 };
      assert.deepEqual([...(await store.countWords())], [['code', expected]]);
      await store.merge(1);
      assert.deepEqual([...(await store.countWords())], [['code', expected]]);
    });

    it('gives the stored facts back in path order, page by page', async () => {
      const rows = await rowsOf(tree, ['a.ts', 'b.py', 'ü.md']);
      await store.apply(tree.root, 7, rows, []);
      await store.commit({ indexId, seq: 7 });
      const first = await store.storedFacts(undefined, 2);
      const second = await store.storedFacts(first[1]?.path, 2);
      const all = [...first, ...second];
      assert.deepEqual(
        all.map(({ path, seq }) => [path, seq]),
        [
          ['a.ts', 7],
          ['b.py', 7],
          ['ü.md', 7],
        ],
      );
      for (const [index, { facts }] of all.entries()) {
        const row = rows[index] as RowRef;
        const single = segmentOfStored(facts);
        assert.ok(single.hash(0).equals(row.segment.hash(row.file)));
        assert.ok(single.block(0).bytes.equals(row.segment.block(row.file).bytes));
      }
      assert.deepEqual(await store.verify(), []);
    });

    it('says which content of which file it holds, page by page', async () => {
      const rows = await rowsOf(tree, ['a.ts', 'b.py', 'ü.md']);
      await store.apply(tree.root, 7, rows, []);
      await store.commit({ indexId, seq: 7 });
      const first = await store.storedContents(undefined, 2);
      const second = await store.storedContents(first.paths[1], 2);
      assert.deepEqual([first.paths, second.paths], [['a.ts', 'b.py'], ['ü.md']]);
      const expected = rows.map(({ segment, file }) => segment.hash(file).subarray(0, contentBytes));
      assert.deepEqual(Buffer.concat([first.hashes, second.hashes]), Buffer.concat(expected));
    });
  });
}

/** The facts of files, which are given in path order, by the real extraction. */
async function rowsOf(tree: FileTree, paths: string[]): Promise<RowRef[]> {
  const segment = await extractedSegment(tree.root, paths);
  return paths.map((_, file) => ({ segment, file }));
}
