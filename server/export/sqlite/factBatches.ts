// The facts of files in batches, a transaction each.

import type { RowRef } from '../../facts/merge';
import { fileFacts, type FileFacts } from './fileFacts';

/** Files and bytes of facts and source per transaction. */
const batchFiles = 256;
const batchBytes = 4 << 20;

/** The facts of rows in groups that bound what is in flight and what a transaction changes. */
export function* batchesOf(rows: Iterable<RowRef>): Generator<FileFacts[]> {
  let batch: FileFacts[] = [];
  let bytes = 0;
  for (const row of rows) {
    const facts = fileFacts(row);
    batch.push(facts);
    bytes += bytesOf([facts]);
    if (batch.length < batchFiles && bytes < batchBytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Of facts, and of the sources that are read for their text. */
export function bytesOf(files: readonly FileFacts[]): number {
  return files.reduce((sum, { block, bytes }) => sum + block.length + bytes, 0);
}
