// Cuts the files of a plan into batches for extraction: large enough to keep every thread busy, small enough to be
// visible soon and to bound memory.

/** A file to extract and what it weighs. */
export interface PlannedFile {
  readonly path: string;
  readonly size: number;
}

const batchBytes = 3 << 20;
const batchFiles = 256;
/** The first batches of a long plan are small, so that the first answers come at once. */
const firstBatchBytes = 1 << 20;

/**
 * Batches in the order of the files, each file in exactly one. Within a batch large files come first, so that its end
 * does not find one thread at work and the others waiting.
 */
export function* batchesOf(files: readonly PlannedFile[]): Generator<readonly PlannedFile[]> {
  let batch: PlannedFile[] = [];
  let bytes = 0;
  let limit = firstBatchBytes;
  for (const file of files) {
    batch.push(file);
    bytes += file.size;
    if (bytes < limit && batch.length < batchFiles) continue;
    yield largestFirst(batch);
    batch = [];
    bytes = 0;
    limit = Math.min(batchBytes, limit * 2);
  }
  if (batch.length > 0) yield largestFirst(batch);
}

function largestFirst(batch: readonly PlannedFile[]): readonly PlannedFile[] {
  return [...batch].sort((a, b) => b.size - a.size);
}
