// Finds the search index that belongs to an index, or begins a new one. A search folder is only ever made, used and
// given up as a whole: one that does not check out goes to quarantine, and a new one is fed from the facts.

import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSearchStore, type SearchStore } from '../search/searchStore';
import type { IndexStore } from '../store/indexStore';

export interface OpenedSearch {
  readonly folder: string;
  readonly search: SearchStore;
  /** Every batch up to this seq is in it; 0 for a new one. */
  readonly watermark: number;
}

/** Buffer of Tantivy's writer: large enough for few segments in a first build, small beside the facts of a big tree. */
const writerBytes = 32 << 20;
const prefix = 'search-';

/**
 * Opens the newest search folder of this index that is not behind the oldest batch that can still be replayed.
 * Others are set aside, with the reason.
 */
export async function openSearch(store: IndexStore, log: (line: string) => void): Promise<OpenedSearch> {
  if (store.readOnly !== undefined) return openForReading(store);
  const candidates: OpenedSearch[] = [];
  for (const name of (await readdir(store.folder)).filter((entry) => entry.startsWith(prefix)).sort()) {
    const folder = join(store.folder, name);
    const opened = await tryOpen(store, folder);
    if (typeof opened === 'string') {
      log(`The search index ${name} is set aside: ${opened}`);
      await store.quarantine(folder, opened);
    } else {
      candidates.push(opened);
    }
  }
  candidates.sort((a, b) => b.watermark - a.watermark);
  const [best, ...others] = candidates;
  for (const { folder, search } of others) {
    await search.close();
    await store.quarantine(folder, 'a newer search index exists');
  }
  return best ?? newSearch(store);
}

/** The search index as its owner last committed it. Nothing is set aside: that is the owner's to do. */
async function openForReading(store: IndexStore): Promise<OpenedSearch> {
  const named = store.manifest?.search?.folder;
  const names = (await readdir(store.folder)).filter((entry) => entry.startsWith(prefix)).sort();
  const name = named !== undefined && names.includes(named) ? named : names[0];
  if (name === undefined) throw new Error(`The index in ${store.folder} has no search index yet; its owner makes one.`);
  const folder = join(store.folder, name);
  const search = await openSearchStore(folder, { create: false, writable: false, memoryBytes: writerBytes });
  return { folder, search, watermark: store.lastSeq };
}

/** A new, empty search folder; the facts have to be fed to it. */
export async function newSearch(store: IndexStore): Promise<OpenedSearch> {
  const folder = join(store.folder, `${prefix}${randomBytes(6).toString('hex')}`);
  const search = await openSearchStore(folder, { create: true, writable: true, memoryBytes: writerBytes });
  return { folder, search, watermark: 0 };
}

/** The opened search index, or why it cannot be used. */
async function tryOpen(store: IndexStore, folder: string): Promise<OpenedSearch | string> {
  let search: SearchStore;
  try {
    search = await openSearchStore(folder, { create: false, writable: true, memoryBytes: writerBytes });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const watermark = search.watermark ?? { indexId: store.indexId, seq: 0 };
  const refusal =
    watermark.indexId !== store.indexId
      ? 'it belongs to another index'
      : watermark.seq > store.lastSeq
        ? `it holds batch ${watermark.seq}, but the journal ends at ${store.lastSeq}`
        : undefined;
  if (refusal === undefined) return { folder, search, watermark: watermark.seq };
  await search.close();
  return refusal;
}
