// Finds the search index that belongs to an index, or begins a new one. A search folder is only ever made, used and
// given up as a whole: one that does not check out goes to quarantine, and a new one takes over what is sound of it and
// is fed the rest from the facts.

import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lostSearch } from '../search/lostSearch';
import { openSearchStore, salvageSearchStore, type OpenSearchOptions, type SearchStore } from '../search/searchStore';
import { makeDurableFolder, removeFolder, temporarySuffix } from '../store/durableFile';
import { systemErrorCode } from '../store/errors';
import type { IndexStore } from '../store/indexStore';
import type { SearchEntry } from '../store/manifest';
import { patientRename } from '../store/patientRename';
import { brokenFiles, brokenSeal, metaHash } from '../store/searchSeal';

export interface OpenedSearch {
  readonly folder: string;
  readonly search: SearchStore;
  /** Every batch up to this seq is in it; 0 for a new one. */
  readonly watermark: number;
  /** It has taken over what was sound of another one: which files it lacks, no watermark tells. */
  readonly salvaged: boolean;
}

/** Why a search folder cannot be used. */
interface Refusal {
  readonly reason: string;
  /** Parts of it are damaged, but all of it is what this index wrote last. */
  readonly isDamaged: boolean;
  /** Another version of Almagest made it, for which this one has no use. */
  readonly isOutdated?: boolean;
}

/** Buffer of Tantivy's writer: large enough for few segments in a first build, small beside the facts of a big tree. */
const writerBytes = 32 << 20;
const prefix = 'search-';
/** Characters of a reason: it stands in a sentence. */
const maxReason = 300;
const environmentCodes = new Set(['ERR_LOCKED', 'ERR_NO_SPACE', 'ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);
const openToWrite = { create: false, writable: true, memoryBytes: writerBytes } as const;
const openToRead = { create: false, writable: false, memoryBytes: writerBytes } as const;

/**
 * Opens the newest search folder of this index that checks out. Others are set aside, with the reason. A reader sets
 * nothing aside: that is the owner's to do.
 */
export async function openSearch(store: IndexStore): Promise<OpenedSearch> {
  if (store.readOnly !== undefined) return openForReading(store);
  await sweepUnfinished(store);
  const candidates: OpenedSearch[] = [];
  const refused: { readonly folder: string; readonly refusal: Refusal }[] = [];
  for (const name of await searchFolders(store)) {
    const folder = join(store.folder, name);
    const opened = await store.rungs.run('search index', describe(store, name), resultOf, () => tryOpen(store, folder));
    if ('reason' in opened) refused.push({ folder, refusal: opened });
    else candidates.push(opened);
  }
  const named = refused.find(({ folder, refusal }) => refusal.isDamaged && pinnedEntry(store, folder));
  // Without a snapshot there is nothing to hold it against.
  if (named !== undefined && store.snapshot !== undefined && candidates.every(({ watermark }) => watermark === 0)) {
    const salvaged = await salvageSearch(store, named.folder);
    if (salvaged !== undefined) candidates.unshift(salvaged);
  }
  for (const { folder, refusal } of refused) {
    if (refusal.isOutdated === true) {
      store.rungs.repaired(`The search index is made anew: ${refusal.reason}.`);
      await sweep(store, folder, refusal.reason);
    } else {
      store.rungs.repaired(`The search index ${basename(folder)} is set aside: ${refusal.reason}.`);
      await store.quarantine(folder, refusal.reason);
    }
  }
  candidates.sort((a, b) => b.watermark - a.watermark);
  const [best, ...others] = candidates;
  for (const { folder, search, watermark } of others) {
    await search.close();
    if (watermark > 0) await store.quarantine(folder, 'a newer search index exists');
    else await sweep(store, folder, 'it was never filled');
  }
  return best ?? newSearch(store);
}

/** Opens a search folder again after a failure, looking at every byte of it; or says why it cannot be used. */
export async function reopenSearch(store: IndexStore, folder: string): Promise<OpenedSearch | string> {
  const opened = await tryOpen(store, folder);
  if ('reason' in opened) return opened.reason;
  const [damage] = await opened.search.verify();
  if (damage === undefined) return opened;
  await opened.search.close();
  return `its file ${damage} is damaged`;
}

/**
 * What is wrong with the files of an open search index: they are opened once more, as the next start will find them,
 * counted, and every byte is held against its checksum.
 */
export async function searchFindings(store: IndexStore, { folder, search }: OpenedSearch): Promise<string[]> {
  const pinned = pinnedEntry(store, folder);
  try {
    // Throws where it closed itself after a failure, which says all.
    if (search.watermark === undefined) return [...(await search.verify())];
    const onDisk = await openFolder(store, folder, openToRead);
    try {
      if (onDisk.watermark?.seq !== search.watermark.seq) return ['its last commit is not the one that was made'];
      const doubtful = await doubt(folder, onDisk, pinned);
      const damaged = (await onDisk.verify()).map((name) => `${name} is damaged`);
      return doubtful === undefined ? damaged : [doubtful, ...damaged];
    } finally {
      await onDisk.close();
    }
  } catch (error) {
    return [reasonOf(error)];
  }
}

/** A new, empty search folder; the facts have to be fed to it. */
export async function newSearch(store: IndexStore): Promise<OpenedSearch> {
  const folder = newFolder(store);
  await makeDurableFolder(folder, async (path) => {
    await (await openFolder(store, path, { ...openToWrite, create: true })).close();
    return true;
  });
  return { folder, search: await openFolder(store, folder, openToWrite), watermark: 0, salvaged: false };
}

/**
 * A new search folder that holds what is sound of a damaged one, to which nothing is written meanwhile; the files that
 * it lacks have to be fed to it. Undefined when nothing of it can be used.
 */
export async function salvageSearch(store: IndexStore, damaged: string): Promise<OpenedSearch | undefined> {
  const folder = newFolder(store);
  const sealed = pinnedEntry(store, damaged)?.seal?.list;
  const input = `what is sound of ${basename(damaged)}`;
  const said = (isMade: boolean): string => (isMade ? 'taken over' : 'nothing is');
  const salvage = async (): Promise<boolean> => {
    await disownBroken(damaged, pinnedEntry(store, damaged));
    return makeDurableFolder(folder, (path) => salvageSearchStore(damaged, path, store.indexId, sealed));
  };
  try {
    if (!(await store.rungs.run('search index', input, said, salvage))) return undefined;
    return { folder, search: await openFolder(store, folder, openToWrite), watermark: 0, salvaged: true };
  } catch (error) {
    await removeFolder(folder);
    if (environmentCodes.has(systemErrorCode(error) ?? '')) throw error;
    return undefined; // its result is noted: all of it is made anew
  }
}

async function openForReading(store: IndexStore): Promise<OpenedSearch> {
  const named = store.manifest?.search?.folder;
  const names = await searchFolders(store);
  const name = named !== undefined && names.includes(named) ? named : names[0];
  const folder = join(store.folder, name ?? `${prefix}missing`);
  const lost = (reason: string): OpenedSearch => {
    store.rungs.repaired(`Search index: ${reason}.`);
    return { folder, search: lostSearch(reason), watermark: 0, salvaged: false };
  };
  if (name === undefined) return lost(named === undefined ? 'there is none yet' : `${named} is missing`);
  try {
    const search = await openFolder(store, folder, openToRead);
    store.rungs.note('search index', describe(store, name), 'opened for reading', 0);
    return { folder, search, watermark: search.watermark?.seq ?? 0, salvaged: false };
  } catch (error) {
    if (isOfOtherVersion(error)) {
      // Nothing is damaged: whoever owns the index next makes it anew.
      const search = lostSearch(otherVersion);
      return { folder, search, watermark: 0, salvaged: false };
    }
    const reason = await whyUnreadable(folder, pinnedEntry(store, folder), error);
    store.rungs.note('search index', describe(store, name), reason, 0);
    return lost(reason);
  }
}

/** The opened search index, or why it cannot be used. */
async function tryOpen(store: IndexStore, folder: string): Promise<OpenedSearch | Refusal> {
  const pinned = pinnedEntry(store, folder);
  const seal = pinned?.seal;
  let isAsPinned = false;
  try {
    // Nothing is parsed that does not have the hash it should have.
    isAsPinned = seal !== undefined && (await metaHash(folder)) === seal.meta;
    const broken = seal !== undefined && isAsPinned ? await brokenSeal(folder, seal.files) : undefined;
    if (broken !== undefined) return { reason: broken, isDamaged: true };
    const search = await openFolder(store, folder, openToWrite);
    const watermark = search.watermark?.seq ?? 0;
    const other = refusalOf(store, search, pinned);
    const reason = other ?? (isAsPinned ? undefined : await doubt(folder, search, pinned));
    if (reason === undefined) return { folder, search, watermark, salvaged: false };
    await search.close();
    return { reason, isDamaged: other === undefined };
  } catch (error) {
    // What is wrong with the machine says nothing about the files.
    if (environmentCodes.has(systemErrorCode(error) ?? '')) throw error;
    // Otherwise it may be damaged just there. The first versions did not seal what they named.
    const isAsNamed = isAsPinned || (pinned !== undefined && seal === undefined);
    if (isAsNamed && isOfOtherVersion(error)) return { reason: otherVersion, isDamaged: false, isOutdated: true };
    return { reason: await whyUnreadable(folder, pinned, error), isDamaged: true };
  }
}

/** Why a search index that can be read is not the one that is looked for. */
function refusalOf(store: IndexStore, search: SearchStore, pinned: SearchEntry | undefined): string | undefined {
  const { indexId, seq } = search.watermark ?? { indexId: store.indexId, seq: 0 };
  if (indexId !== store.indexId) return 'it belongs to another index';
  if (seq > store.lastSeq) return `it holds batch ${seq}, but the journal ends at ${store.lastSeq}`;
  if (seq < (pinned?.seq ?? 0)) return `it ends at batch ${seq}, but the manifest says ${pinned?.seq}`;
  return undefined;
}

/**
 * Why a search index that was committed after the manifest was written cannot be trusted. Files are immutable, so those
 * that the manifest names are as they were; all of it is what its last commit says.
 */
async function doubt(
  folder: string,
  search: SearchStore,
  pinned: SearchEntry | undefined,
): Promise<string | undefined> {
  const still = new Set(search.files);
  const files = (pinned?.seal?.files ?? []).filter(({ name }) => still.has(name));
  return (await brokenSeal(folder, files)) ?? (await search.recount());
}

/**
 * Takes from the files of a damaged search index that are not those of the manifest the names by which they would be used:
 * one that is whole, but of another segment, has its checksum, too. They stay where they are.
 */
async function disownBroken(folder: string, pinned: SearchEntry | undefined): Promise<void> {
  for (const name of await brokenFiles(folder, pinned?.seal?.files ?? [])) {
    await patientRename(join(folder, name), join(folder, `${name}.damaged`)).catch((error: unknown) => {
      if (systemErrorCode(error) !== 'ENOENT') throw error; // it is missing, or was merged since
    });
  }
}

/** Removes a search index of which nothing is worth keeping. */
async function sweep(store: IndexStore, folder: string, reason: string): Promise<void> {
  await removeFolder(folder);
  store.audit({ event: 'sweep', detail: `${basename(folder)}: ${reason}` });
}

/** Removes what a kill left of a search folder that was being made or removed: no manifest ever has such a name. */
async function sweepUnfinished(store: IndexStore): Promise<void> {
  for (const name of await readdir(store.folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(temporarySuffix)) continue;
    await rm(join(store.folder, name), { recursive: true, force: true });
    store.audit({ event: 'sweep', detail: `${name}, which is no whole one` });
  }
}

async function searchFolders(store: IndexStore): Promise<string[]> {
  const names = (await readdir(store.folder)).filter((entry) => entry.startsWith(prefix));
  return names.filter((name) => !name.endsWith(temporarySuffix)).sort();
}

/** The secret of an index is its id, which is random and nowhere but in the files of the index. */
function openFolder(
  { indexId }: IndexStore,
  folder: string,
  how: Omit<OpenSearchOptions, 'secret'>,
): Promise<SearchStore> {
  return openSearchStore(folder, { ...how, secret: indexId });
}

/** Why a search folder could not be opened: the file that is to blame, where the manifest lets it be told. */
async function whyUnreadable(folder: string, pinned: SearchEntry | undefined, error: unknown): Promise<string> {
  const seal = pinned?.seal;
  if (seal === undefined) return reasonOf(error);
  const meta = await metaHash(folder).catch((failure: unknown) => reasonOf(failure));
  const broken = await brokenSeal(folder, seal.files);
  if (meta === seal.meta) return broken ?? reasonOf(error);
  return `its list of segments, meta.json in ${basename(folder)}, cannot be used`;
}

const otherVersion = 'another version of Almagest made it';

function isOfOtherVersion(error: unknown): boolean {
  return /made with another schema/.test(reasonOf(error));
}

/** What an error says, without the content of the damaged file that Tantivy quotes behind it. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/[.,]? content: .*$/is, '').slice(0, maxReason);
}

function describe({ manifest }: IndexStore, name: string): string {
  return manifest?.search?.folder === name ? `${name}, batch ${manifest.search.seq} in the manifest` : name;
}

function newFolder(store: IndexStore): string {
  return join(store.folder, `${prefix}${randomBytes(6).toString('hex')}`);
}

/** What the manifest in force says of a search folder; undefined when it names another one. */
function pinnedEntry({ manifest }: IndexStore, folder: string): SearchEntry | undefined {
  return manifest?.search?.folder === basename(folder) ? manifest.search : undefined;
}

function resultOf(opened: OpenedSearch | Refusal): string {
  return 'reason' in opened ? opened.reason : `ok, batch ${opened.watermark}`;
}
