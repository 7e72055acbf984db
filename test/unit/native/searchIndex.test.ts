// The search index of native, as JavaScript sees it: a life from creation to closing, damage, two processes.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { blake3, SearchIndex, type FileEntry } from '../../../native';
import { withTemporaryFolder } from '../../support/temporaryFolder';

const writable = { create: true, writable: true, memoryBytes: 15e6, secret: 'test' };
const readOnly = { create: false, writable: false, memoryBytes: 0, secret: 'test' };

describe('search index', () => {
  it('finds what was committed, also after it was opened again', () =>
    withIndex(async (index, root, folder) => {
      assert.deepEqual([index.payload, index.stats().documents], [undefined, 0]);
      const files = [await file(root, 'src/a.ts', 'function openFile() {}\n'), await file(root, 'b.md', 'how files open\n')];
      assert.deepEqual(await index.apply(root, 3, files, []), { changed: [], documents: 4 });
      assert.equal((await index.search({ query: 'open', limit: 9, offset: 0 })).total, 0);
      await index.commit('{"seq":3}');
      await index.close();
      const reader = await SearchIndex.open(folder, readOnly);
      assert.equal(reader.payload, '{"seq":3}');
      const { hits, total } = await reader.search({ query: 'open', limit: 9, offset: 0 });
      assert.deepEqual([hits.map((hit) => hit.path).sort(), total], [['b.md', 'src/a.ts'], 2]);
      const facts = await reader.storedFacts(undefined, 9);
      assert.deepEqual(
        facts.map(({ path, seq, facts }) => [path, seq, facts.toString()]),
        [
          ['b.md', 3, 'facts of b.md'],
          ['src/a.ts', 3, 'facts of src/a.ts'],
        ],
      );
      assert.deepEqual(await reader.storedFacts('src/a.ts', 9), []);
      await assert.rejects(reader.commit(''), { code: 'ERR_INVALID_ARGUMENT', message: /reading only/ });
      await reader.close();
    }));

  it('has one writer among all processes and a private folder', () =>
    withIndex(async (_index, _root, folder) => {
      const script = `require(${JSON.stringify(resolve('native/index.js'))})
        .SearchIndex.open(process.argv[1], ${JSON.stringify(writable)})
        .then(() => console.log('opened'), (error) => console.log(error.code));`;
      assert.equal(execFileSync(process.execPath, ['-e', script, folder], { encoding: 'utf8' }), 'ERR_LOCKED\n');
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
    }));

  it('rejects calls that cannot be right and stays open', () =>
    withIndex(async (index, root) => {
      const entry = await file(root, 'a.ts', 'a\n');
      const wrong = { code: 'ERR_INVALID_ARGUMENT' };
      await assert.rejects(index.apply(root, 1, [{ ...entry, hash: Buffer.alloc(3) }], []), wrong);
      await assert.rejects(index.apply(root, 1, [{ ...entry, chunks: new Uint32Array(4) }], []), wrong);
      await assert.rejects(index.apply(root, -1, [entry], []), wrong);
      await assert.rejects(index.merge(0), wrong);
      for (const query of ['', '-a', '()', 'a '.repeat(65), 'a'.repeat(1025)])
        await assert.rejects(index.search({ query, limit: 1, offset: 0 }), { code: 'ERR_QUERY' });
      const phrase = { query: '"a b"', limit: 1, offset: 0, root: join(root, 'gone') };
      await assert.rejects(index.search(phrase), { code: 'ERR_IO', message: /gone/ });
      assert.deepEqual(await index.verify(), []);
    }));

  it('is closed for good once it is closed', () =>
    withIndex(async (index, root, folder) => {
      await index.close();
      await index.close();
      const closed = { code: 'ERR_INDEX_CLOSED', message: /opened again: it was closed$/ };
      await assert.rejects(index.search({ query: 'a', limit: 1, offset: 0 }), closed);
      await assert.rejects(index.apply(root, 1, [], []), closed);
      await assert.rejects(index.commit(''), closed);
      assert.throws(() => index.stats(), closed);
      await (await SearchIndex.open(folder, writable)).close();
    }));

  it('that is missing or damaged says what is wrong', () =>
    withIndex(async (index, root, folder) => {
      const corrupt = (message: RegExp): object => ({ code: 'ERR_INDEX_CORRUPT', message });
      await assert.rejects(SearchIndex.open(join(folder, 'nowhere'), readOnly), corrupt(/nowhere .*no meta.json/));
      await index.apply(root, 1, [await file(root, 'a.ts', 'a\n')], []);
      await index.commit('');
      await index.close();
      const terms = (await readdir(folder)).find((name) => name.endsWith('.term')) ?? '';
      await truncate(join(folder, terms), 2);
      await assert.rejects(SearchIndex.open(folder, readOnly), corrupt(/./));
      await writeFile(join(folder, 'meta.json'), '{}');
      await assert.rejects(SearchIndex.open(folder, writable), corrupt(/./));
    }));
});

/** Runs a test with a new, writable index and a folder for sources. */
function withIndex(test: (index: SearchIndex, root: string, folder: string) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (temporary) => {
    const [root, folder] = [join(temporary, 'sources'), join(temporary, 'index')];
    await mkdir(root);
    const index = await SearchIndex.open(folder, writable);
    await test(index, root, folder).finally(() => index.close());
  });
}

/** Writes a file of one chunk and describes it. */
async function file(root: string, path: string, text: string): Promise<FileEntry> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
  return {
    path,
    hash: blake3(Buffer.from(text)),
    facts: Buffer.from(`facts of ${path}`),
    language: 'typescript',
    flags: 0,
    names: Buffer.alloc(0),
    nameOffsets: new Uint32Array([0]),
    symbols: new Uint32Array(0),
    chunks: new Uint32Array([1, 0, text.length, 0, 0]),
  };
}
