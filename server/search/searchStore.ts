// The second store, behind one interface: replaces the documents of files batch by batch, commits them with a watermark
// and answers ranked queries. What is in it can be made again from the facts and the sources at any time.

import { SearchIndex, type FileEntry, type RankedHit, type SearchOptions } from '../../native';
import { ChunkColumn, SymbolColumn, type TableName } from '../model/columns';
import type { FileBlock } from '../facts/block';
import { withBlocks } from '../facts/blocks';
import { Scratch } from '../facts/byteSource';
import type { RowRef } from '../facts/merge';
import { storedFile } from '../facts/storedFile';
import { modeOf, type Mode } from '../model/mode';
import { release } from '../util/release';

export type { RankedHit, SearchOptions };

/** What travels with each commit: the proof of what the search index holds. */
export interface SearchWatermark {
  /** The index that it belongs to; another one's search folder is refused. */
  readonly indexId: string;
  /** Every batch up to this seq is in. */
  readonly seq: number;
}

export interface SearchStats {
  readonly segments: number;
  readonly documents: number;
  readonly deleted: number;
  readonly bytes: number;
}

/** Of the texts of one mode. */
export interface WordCounts {
  /** Words. */
  readonly tokens: number;
  /** Pairs of a word and a chunk that has it. */
  readonly postings: number;
  /** Different words. */
  readonly vocabulary: number;
}

/** A search index that files are fed into. Calls that write must not overlap. */
export interface SearchStore {
  /** What the last commit holds; `undefined` when nothing was ever committed. */
  readonly watermark: SearchWatermark | undefined;
  /**
   * Replaces the documents of the rows' files and removes those of other paths; visible after `commit`.
   * @returns paths whose bytes on disk are no longer those of the facts: their text is missing until they are read again
   */
  apply(root: string, seq: number, rows: readonly RowRef[], removed: readonly string[]): Promise<readonly string[]>;
  /** Makes everything applied so far durable and visible. */
  commit(watermark: SearchWatermark): Promise<void>;
  search(options: SearchOptions): Promise<{ readonly hits: readonly RankedHit[]; readonly total: number }>;
  /** The stored facts in path order, page by page: what a lost snapshot is made from. */
  storedFacts(after: string | undefined, limit: number): Promise<readonly StoredFacts[]>;
  /** Which content of which file is held, in path order, page by page, at a small part of the cost of `storedFacts`. */
  storedContents(after: string | undefined, limit: number): Promise<StoredContents>;
  /** Names of the files of the last commit in its folder, meta.json not among them. */
  readonly files: readonly string[];
  /** Counts what it holds and says how that differs from what was committed; undefined when it does not. */
  recount(): Promise<string | undefined>;
  /** Merges small segments until at most so many of them are left; only when everything is committed. */
  merge(maxSmall: number): Promise<void>;
  /**
   * Counts the words of the texts, by mode, as of the last commit: the same for equal files, whatever came before. Takes
   * time in proportion to the index.
   */
  countWords(): Promise<ReadonlyMap<Mode, WordCounts>>;
  stats(): SearchStats;
  /** Names what is damaged; empty when all is well. */
  verify(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface StoredFacts {
  readonly path: string;
  readonly seq: number;
  /** As `storedFile` made them. */
  readonly facts: Buffer;
}

export interface StoredContents {
  readonly paths: readonly string[];
  /** Per path the first `contentBytes` bytes of the hash of the file's bytes. */
  readonly hashes: Buffer;
}

/** Bytes of a hash in `StoredContents`. */
export const contentBytes = 8;

export interface OpenSearchOptions {
  /** Makes an index where the folder has none. */
  readonly create: boolean;
  readonly writable: boolean;
  /** Bounds the writer's buffer. */
  readonly memoryBytes: number;
  /**
   * The same each time, and known to nobody who writes files of the workspace: by numbers that depend on it paths are told
   * apart.
   */
  readonly secret: string;
}

/** Opens or creates the Tantivy index in `folder`. */
export async function openSearchStore(folder: string, options: OpenSearchOptions): Promise<SearchStore> {
  return new TantivyStore(await SearchIndex.open(folder, options));
}

/**
 * Makes a search index in the folder `into` of what is sound in the damaged one in `folder`, which only loses what is
 * damaged: it holds a file whole or not at all. Its watermark is `seq` 0, because no watermark says what it holds.
 * `sealed` is what its meta.json was once, for when that is damaged.
 * @returns false when nothing of it is sound; rejects when it cannot be told what is
 */
export async function salvageSearchStore(
  folder: string,
  into: string,
  indexId: string,
  sealed: string | undefined,
): Promise<boolean> {
  const watermark: SearchWatermark = { indexId, seq: 0 };
  return SearchIndex.salvage(folder, into, JSON.stringify(watermark), sealed);
}

class TantivyStore implements SearchStore {
  readonly #index: SearchIndex;
  #lastStats: SearchStats = { segments: 0, documents: 0, deleted: 0, bytes: 0 };

  constructor(index: SearchIndex) {
    this.#index = index;
  }

  get watermark(): SearchWatermark | undefined {
    return parseWatermark(this.#index.payload);
  }

  async apply(
    root: string,
    seq: number,
    rows: readonly RowRef[],
    removed: readonly string[],
  ): Promise<readonly string[]> {
    const scratch = new Scratch();
    const entries = Array.from(withBlocks(rows, scratch), ([row, block]) => fileEntry(row, block));
    const { changed } = await this.#index.apply(root, seq, entries, [...removed]);
    scratch.release();
    release(entries.flatMap(({ facts, nameOffsets, symbols, chunks }) => [facts, nameOffsets, symbols, chunks]));
    return changed;
  }

  async commit(watermark: SearchWatermark): Promise<void> {
    await this.#index.commit(JSON.stringify(watermark));
  }

  search(options: SearchOptions): Promise<{ hits: RankedHit[]; total: number }> {
    return this.#index.search(options);
  }

  async storedFacts(after: string | undefined, limit: number): Promise<readonly StoredFacts[]> {
    return this.#index.storedFacts(after, limit);
  }

  storedContents(after: string | undefined, limit: number): Promise<StoredContents> {
    return this.#index.storedContents(after, limit);
  }

  get files(): readonly string[] {
    return this.#index.files();
  }

  recount(): Promise<string | undefined> {
    return this.#index.recount();
  }

  merge(maxSmall: number): Promise<void> {
    return this.#index.merge(maxSmall);
  }

  async countWords(): Promise<ReadonlyMap<Mode, WordCounts>> {
    const counts = await this.#index.countWords();
    return new Map(counts.map(({ mode, ...words }) => [modeOf(mode), words]));
  }

  /** Of an index that failed or was closed: what was last seen of it. */
  stats(): SearchStats {
    try {
      this.#lastStats = this.#index.stats();
    } catch {
      // They are only shown. Over a failure the index closes itself, which whoever uses it next is told, and mends.
    }
    return this.#lastStats;
  }

  verify(): Promise<string[]> {
    return this.#index.verify();
  }

  close(): Promise<void> {
    return this.#index.close();
  }
}

/** A payload that is not a watermark of ours counts as none: the search index is then made again. */
function parseWatermark(payload: string | null | undefined): SearchWatermark | undefined {
  if (payload === undefined || payload === null) return undefined;
  try {
    const value = JSON.parse(payload) as Partial<SearchWatermark>;
    return typeof value.indexId === 'string' && Number.isSafeInteger(value.seq)
      ? { indexId: value.indexId, seq: value.seq as number }
      : undefined;
  } catch {
    return undefined; // not JSON: written by something else
  }
}

/** `block` is that of the row; it may be overwritten afterwards. */
function fileEntry(row: RowRef, block: FileBlock): FileEntry {
  const { segment, file } = row;
  const [language] = segment.hot.languages[segment.byte(file, 'language')] ?? ['unknown'];
  const names = block.nameBytes;
  return {
    path: segment.path(file),
    hash: segment.hash(file),
    facts: storedFile(row, block),
    language,
    flags: segment.byte(file, 'flags'),
    names: Buffer.from(names.bytes),
    nameOffsets: names.offsets.slice(),
    symbols: rowsOf(block, 'symbols', symbolColumns),
    chunks: rowsOf(block, 'chunks', chunkColumns),
  };
}

const symbolColumns = [SymbolColumn.name, SymbolColumn.nameLine];
const chunkColumns = [
  ChunkColumn.mode,
  ChunkColumn.startByte,
  ChunkColumn.endByte,
  ChunkColumn.startLine,
  ChunkColumn.endLine,
];

/** Some columns of a table, row by row. */
function rowsOf(block: FileBlock, table: TableName, columns: readonly number[]): Uint32Array {
  const count = block.rows(table);
  const rows = new Uint32Array(count * columns.length);
  columns.forEach((column, c) => {
    const values = block.column(table, column);
    if (values === undefined) return;
    for (let row = 0; row < count; row++) rows[row * columns.length + c] = values[row] as number;
  });
  return rows;
}
