// The words of more text than is held in memory: they go through scratch files, which leave nothing behind.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'mocha';
import type { FactStore } from '../../../server/facts/factStore';
import { tokenPostings } from '../../../server/export/artifacts/tokenPostings';
import { CancelSource } from '../../../server/util/cancelSource';
import { createFileTree, type FileTree } from '../../support/fileTree';
import { factsOf } from '../../support/graphs';
import { withTemporaryFolder } from '../../support/temporaryFolder';

/** Each file has all words. */
const words = 100;
const files = 7;
/** As many as two files have, so the last run is in memory. */
const maxPostings = 200;

describe('token postings of much text', () => {
  let tree: FileTree;
  let facts: FactStore;

  before(async () => {
    const text = Array.from({ length: words }, (_, i) => `w${i}`).join('\n');
    const paths = Array.from({ length: files }, (_, i) => `f${i}.txt`);
    tree = createFileTree(Object.fromEntries(paths.map((path) => [path, text])));
    facts = await factsOf(tree.root, paths);
  });
  after(() => {
    facts.close();
    tree.dispose();
  });

  it('are merged from scratch files, which are gone at the end', () =>
    withTemporaryFolder(async (scratch) => {
      const spilled: number[] = [];
      let [rows, first] = [0, ''];
      for await (const row of postings(scratch, (bytes) => spilled.push(bytes))) {
        if (rows++ === 0) first = row;
      }
      assert.equal(rows, words);
      const every = Array.from({ length: files }, (_, file) => `[${file},1]`).join(',');
      assert.equal(first, `{"token":"w0","files":${files},"postings":[${every}]}`);
      // Told of all together, each time that there is one more.
      assert.deepEqual(spilled, [1190, 2380, 3570]);
      assert.deepEqual(readdirSync(scratch), []);
    }));

  it('end, and leave nothing, where their scratch files may not be so large', () =>
    withTemporaryFolder(async (scratch) => {
      const refuse = (): never => {
        throw new Error('too large');
      };
      await assert.rejects(postings(scratch, refuse).next(), /too large/);
      assert.deepEqual(readdirSync(scratch), []);
    }));

  function postings(scratch: string, onSpill: (bytes: number) => void): AsyncGenerator<string> {
    const { rows } = facts.lease();
    const { token } = new CancelSource();
    return tokenPostings(
      { root: tree.root, rows, scratch, onSpill, onFile: () => undefined, maxPostings, token },
      { unread: 0 },
    );
  }
});
