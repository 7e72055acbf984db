// Brings the facts of an index up: from the snapshot, or, when that is lost, from what the search index stores of each
// file; then from the journal behind it. Reads no source: what neither store has is found by the scan.

import { rm } from 'node:fs/promises';
import type { SharedFile } from '../facts/byteSource';
import type { FactStore } from '../facts/factStore';
import { mergeRows } from '../facts/merge';
import { Segment } from '../facts/segment';
import { MemorySpill } from '../facts/spill';
import { segmentOfStored } from '../facts/storedFile';
import type { SearchStore, StoredFacts } from '../search/searchStore';
import { writeScratchFile } from '../store/durableFile';
import type { IndexStore } from '../store/indexStore';
import { counted } from '../util/counted';
import type { OpenedSearch } from './searchOpening';

/** Files whose stored facts become one segment: as many as are in memory at once. */
const pageFiles = 4096;

/** Batches that the search index does not hold yet. */
export interface Behind {
  readonly seq: number;
  readonly paths: readonly string[];
}

/**
 * Fills `facts` and says what the search index lacks: the paths of single batches, or `everything`. Returns an error,
 * and has done nothing, when the snapshot is lost and the search index cannot be read: then there is a new one to be
 * begun, and this to be called again.
 * @param open the journal, snapshot or scratch file at a path, shared by the segments in it
 */
export async function recoverFacts(
  store: IndexStore,
  facts: FactStore,
  { search, watermark }: OpenedSearch,
  open: (path: string) => SharedFile,
): Promise<readonly Behind[] | 'everything' | Error> {
  let from = store.snapshot?.seq ?? 0;
  if (store.snapshot !== undefined) {
    facts.apply(new Segment(open(store.snapshot.path).range(0, store.snapshot.length)));
  } else if (store.snapshotIsLost && watermark > 0 && store.readOnly === undefined) {
    const failure = await fromSearch(store, facts, search, watermark, open);
    if (failure !== undefined) return failure;
    from = watermark;
  }
  const behind = replay(store, facts, from, watermark, open);
  return watermark < (store.snapshot?.seq ?? 0) ? 'everything' : behind;
}

/** Rung 5. What the search index stores was checked against its digests when it was read. */
async function fromSearch(
  store: IndexStore,
  facts: FactStore,
  search: SearchStore,
  watermark: number,
  open: (path: string) => SharedFile,
): Promise<Error | undefined> {
  const input = `batch ${watermark} of the search index`;
  const path = store.scratchPath();
  const lengths: number[] = [];
  try {
    await store.rungs.run('snapshot from the search index', input, said, async () => {
      await writeScratchFile(path, async (sink) => {
        for (let page = await search.storedFacts(undefined, pageFiles); page.length > 0;) {
          const last = page[page.length - 1] as StoredFacts;
          const rows = page.map(({ facts }) => ({ segment: segmentOfStored(facts), file: 0 }));
          let length = 0;
          for await (const piece of (await mergeRows(rows, new MemorySpill())).pieces()) {
            await sink.write(piece);
            length += piece.length;
          }
          lengths.push(length);
          page = await search.storedFacts(last.path, pageFiles);
        }
      });
      let offset = 0;
      for (const length of lengths) {
        facts.apply(new Segment(open(path).range(offset, length)));
        offset += length;
      }
      return facts.size;
    });
  } catch (error) {
    await rm(path, { force: true });
    return error instanceof Error ? error : new Error(String(error));
  }
  store.rungs.repaired(`The facts of ${counted(facts.size, 'file')} were read back from the search index.`);
  return undefined;
}

function said(files: number): string {
  return `${files} files`;
}

/** Applies the journal behind batch `from`; what is behind `watermark` as well is for the search index. */
function replay(
  store: IndexStore,
  facts: FactStore,
  from: number,
  watermark: number,
  open: (path: string) => SharedFile,
): Behind[] {
  const behind: Behind[] = [];
  for (const { seq, removed, file, offset, length } of store.replay()) {
    if (seq <= from) continue;
    const segment = length === 0 ? undefined : new Segment(open(file).range(offset, length));
    if (seq > watermark) {
      const paths = segment === undefined ? [] : Array.from({ length: segment.files }, (_, row) => segment.path(row));
      behind.push({ seq, paths: [...paths, ...removed] });
    }
    if (segment === undefined) facts.remove(removed);
    else facts.apply(segment, removed);
  }
  return behind;
}
