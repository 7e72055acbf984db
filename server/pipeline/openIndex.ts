// An index that is open: its store, its facts, its search index and what feeds it. Knows how to come up from the disk,
// how to save a snapshot and how to replace a failed search index; when to do so is decided by RootIndex.

import type { ExtractorPool } from '../extraction/pool';
import { FactStore } from '../facts/factStore';
import { Segment } from '../facts/segment';
import type { OpeningReport } from '../protocol';
import type { SearchStore } from '../search/searchStore';
import { openStore, type IndexStore } from '../store/indexStore';
import { nextTurn } from '../util/yielding';
import { Indexer } from './indexer';
import { newSearch, openSearch, type OpenedSearch } from './searchOpening';
import { SearchFeeder } from './searchFeeder';

export interface OpenIndexOptions {
  /** Real path of the workspace root. */
  readonly root: string;
  /** Parent folder of all indexes; the user's cache folder when absent. */
  readonly indexDir?: string;
  readonly mode?: 'writer' | 'reader';
  readonly maxFileBytes: number;
  readonly pool: ExtractorPool;
  readonly warn: (line: string) => void;
  /** Files whose bytes on disk are no longer those of the facts. */
  readonly onChanged: (paths: readonly string[]) => void;
  /** Paths of a batch that the facts now show, changed or removed. */
  readonly onApplied: (paths: readonly string[]) => void;
  readonly onSearchFailure: (error: unknown) => void;
  /** Something that readers can see has changed. */
  readonly onProgress: () => void;
}

/** More segments than this in the search index are merged when idle. */
const maxSearchSegments = 8;

export class OpenIndex {
  readonly store: IndexStore;
  readonly facts = new FactStore();
  readonly indexer: Indexer;
  readonly #options: OpenIndexOptions;
  #opened: OpenedSearch;
  #feeder: SearchFeeder;

  private constructor(options: OpenIndexOptions, store: IndexStore, opened: OpenedSearch) {
    this.#options = options;
    this.store = store;
    this.#opened = opened;
    const filling = opened.watermark < (store.snapshot?.seq ?? 0);
    this.#feeder = this.#feed(opened, filling);
    this.indexer = new Indexer({
      root: options.root,
      facts: this.facts,
      store,
      feeder: () => this.#feeder,
      pool: options.pool,
      maxFileBytes: options.maxFileBytes,
      onApplied: options.onApplied,
    });
  }

  /** Opens the store, reads snapshot and journal, and queues for the search index what its watermark lacks. */
  static async load(options: OpenIndexOptions): Promise<OpenIndex> {
    const { root, indexDir, mode } = options;
    const where = { root, ...(indexDir === undefined ? {} : { indexDir }), ...(mode === undefined ? {} : { mode }) };
    const store = await openStore(where);
    try {
      for (const finding of store.findings) options.warn(finding);
      const index = new OpenIndex(options, store, await openSearch(store, options.warn));
      await index.#replay();
      return index;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** How it was opened: every rung, and what was repaired. */
  get opening(): OpeningReport {
    const { at, elapsedMs, list, repairs } = this.store.rungs;
    return { at, elapsedMs, rungs: list, repaired: [...this.store.findings, ...repairs] };
  }

  get search(): SearchStore {
    return this.#opened.search;
  }

  get feeder(): SearchFeeder {
    return this.#feeder;
  }

  /** Sets the search index aside, for `reason`, and feeds a new one from the facts. */
  async remakeSearch(reason: string): Promise<void> {
    const { folder } = this.#opened;
    await this.beginSearch();
    await this.store.quarantine(folder, reason);
    this.#feeder.bulk = true;
    await this.#feeder.add(this.store.lastSeq, [...this.facts.paths()]);
    this.#feeder.filled();
    this.#feeder.bulk = false;
    await this.#feeder.flush();
  }

  /**
   * Switches to a new, empty search index, which is to be fed everything; `feeder.filled` says when. A start after a
   * kill before that fills it again, or takes the old one. The old folder is left to the caller.
   */
  async beginSearch(): Promise<string> {
    const old = this.#opened;
    const opened = await newSearch(this.store);
    await this.#feeder.close();
    await old.search.close();
    this.#opened = opened;
    this.#feeder = this.#feed(opened, true);
    return old.folder;
  }

  /**
   * Writes everything into a new snapshot, makes it the base and lets the store drop what it makes needless. Saves that
   * come meanwhile go to the next journal and stay.
   */
  async save(): Promise<void> {
    const { store, facts, indexer } = this;
    await this.#feeder.flush();
    await store.rotate();
    // A batch that is durable but not yet in the fact store would be lost with the journal that holds it.
    for (const { lastSeq } = store; indexer.appliedSeq < lastSeq;) await nextTurn();
    const seq = indexer.appliedSeq;
    const lease = facts.lease();
    try {
      const merged = await facts.merge(lease);
      const saved = await store.checkpoint({
        seq,
        files: merged.hot.files,
        languages: merged.hot.languages,
        search: { folder: this.#opened.folder, seq: this.#feeder.committedSeq },
        write: async (sink) => {
          for await (const piece of merged.pieces()) await sink.write(piece);
        },
      });
      facts.replaceMerged(lease, new Segment(indexer.open(saved.path).range(0, saved.length), merged));
    } finally {
      lease.release();
    }
  }

  /** Merges the segments of the search index when there are many. Saves go on meanwhile, and are fed after it. */
  tidySearch(): Promise<void> {
    return this.#feeder.merge(maxSearchSegments);
  }

  async close(): Promise<void> {
    await this.#feeder.close();
    await this.search.close();
    this.facts.close();
    await this.store.close();
  }

  #feed(opened: OpenedSearch, filling: boolean): SearchFeeder {
    const { root, onChanged, onSearchFailure, onProgress } = this.#options;
    return new SearchFeeder({
      search: opened.search,
      facts: this.facts,
      root,
      indexId: this.store.indexId,
      watermark: opened.watermark,
      filling,
      onChanged,
      onFailure: onSearchFailure,
      onProgress,
    });
  }

  async #replay(): Promise<void> {
    const { store, facts, indexer } = this;
    const { watermark } = this.#opened;
    if (store.snapshot !== undefined) {
      facts.apply(new Segment(indexer.open(store.snapshot.path).range(0, store.snapshot.length)));
    }
    const behind: { readonly seq: number; readonly paths: readonly string[] }[] = [];
    for (const { seq, removed, file, offset, length } of store.replay()) {
      const segment = length === 0 ? undefined : new Segment(indexer.open(file).range(offset, length));
      if (seq > watermark) {
        const paths = segment === undefined ? [] : Array.from({ length: segment.files }, (_, row) => segment.path(row));
        behind.push({ seq, paths: [...paths, ...removed] });
      }
      if (segment === undefined) facts.remove(removed);
      else facts.apply(segment, removed);
    }
    if (watermark < (store.snapshot?.seq ?? 0)) {
      void this.#feeder.add(store.lastSeq, [...facts.paths()]);
      this.#feeder.filled();
    } else for (const { seq, paths } of behind) void this.#feeder.add(seq, paths);
  }
}
