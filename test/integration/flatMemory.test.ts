// What waits in the queues of a build does not grow with the number of its files.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createFileTree } from '../support/fileTree';
import { withIndex } from '../support/indexes';

/** Files of equal size. */
function source(i: number): string {
  const name = String(i).padStart(5, '0');
  return `def function_${name}(a):\n    """What it does."""\n    return other_${name}(a)\n`;
}

/** The most bytes that ever waited in each queue of stage1 while so many files were indexed. */
async function peaks(files: number): Promise<{ readonly files: number; readonly postings: number }> {
  const entries = Array.from({ length: files }, (_, i) => [join('made', `${i % 50}`, `m${i}.py`), source(i)] as const);
  const tree = createFileTree(Object.fromEntries(entries));
  const indexes = createFileTree();
  try {
    return await withIndex(tree.root, indexes.root, (index, { scheduler }) => {
      assert.equal(index.facts.size, files);
      const { 'stage1.files': extraction, 'stage1.postings': search } = scheduler.queues;
      assert.equal(extraction.completed, extraction.scheduled);
      return Promise.resolve({ files: extraction.peakPendingBytes, postings: search.peakPendingBytes });
    });
  } finally {
    tree.dispose();
    indexes.dispose();
  }
}

describe('the queues of a build', function () {
  this.timeout(300_000);

  it('hold as many bytes for 8,000 files as for 4,000', async () => {
    // Fewer files make fewer batches than fit in.
    const [small, large] = [await peaks(4000), await peaks(8000)];
    assert.ok(small.files > 0);
    const ratio = large.files / small.files;
    assert.ok(ratio > 0.9 && ratio < 1.1, `${small.files} and ${large.files} bytes`);
    // What is fed to the search index waits for as long as that takes: its bound is that of the queue.
    assert.ok(large.postings <= 64 << 20, `${large.postings} bytes`);
  });
});
