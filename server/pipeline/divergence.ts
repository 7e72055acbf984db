// Holds the search index against the facts: which files do they disagree about? Compares contents by hash; whether the
// files of the stores are damaged is not its business.

import type { FactStore } from '../facts/factStore';
import { contentBytes, type SearchStore } from '../search/searchStore';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { comparePaths } from '../util/pathOrder';

/** A file that the search index has to hold. */
export interface IndexedFile {
  readonly path: string;
  /** Of its bytes. */
  readonly hash: Buffer;
}

/** Files per call: a page is in memory at once. */
const pageFiles = 16_384;

/** Every file of the facts that is not skipped, in path order. */
export function indexedFiles(facts: FactStore): IndexedFile[] {
  const lease = facts.lease();
  try {
    const indexed = lease.rows.filter(({ segment, file }) => segment.byte(file, 'skip') === 0);
    return indexed.map(({ segment, file }) => ({ path: segment.path(file), hash: segment.hash(file) }));
  } finally {
    lease.release();
  }
}

/** Walks both in path order: files that only one of them holds, or that they hold with different contents. */
export async function divergentFiles(
  indexed: readonly IndexedFile[],
  search: SearchStore,
  token?: CancellationToken,
): Promise<string[]> {
  const divergent: string[] = [];
  let next = 0;
  for (let after: string | undefined; ;) {
    if (token?.isCancellationRequested) throw new CancellationError();
    const { paths, hashes } = await search.storedContents(after, pageFiles);
    paths.forEach((path, index) => {
      let expected = indexed[next];
      for (; expected !== undefined && comparePaths(expected.path, path) < 0; expected = indexed[++next]) {
        divergent.push(expected.path);
      }
      const start = index * contentBytes;
      if (expected?.path !== path) divergent.push(path);
      else if (expected.hash.compare(hashes, start, start + contentBytes, 0, contentBytes) !== 0) divergent.push(path);
      if (expected?.path === path) next++;
    });
    after = paths[paths.length - 1];
    if (paths.length < pageFiles) break;
  }
  divergent.push(...indexed.slice(next).map(({ path }) => path));
  return divergent;
}
