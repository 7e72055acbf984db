// An index that is open: its store, its facts, its search index and what feeds it. Knows how to come up from the disk,
// how to save a snapshot and how to replace a failed search index; when to do so is decided by RootIndex.

import type { ExtractorPool } from '../extraction/pool';
import type { SharedFile } from '../facts/byteSource';
import { FactStore } from '../facts/factStore';
import { Segment } from '../facts/segment';
import type { OpeningReport } from '../protocol';
import type { SearchStore } from '../search/searchStore';
import { sealSearch } from '../store/searchSeal';
import { CrashGuard } from '../store/crashGuard';
import { removeFolder } from '../store/durableFile';
import { StoreError } from '../store/errors';
import type { IndexStore } from '../store/indexStore';
import { openStore } from '../store/openStore';
import { takeWriterLock, type WriterLock } from '../store/lock';
import { manifestFormat, type SearchEntry } from '../store/manifest';
import { readVerifyNote, writeVerifyNote, type VerifyNote } from '../store/verifyNote';
import { release } from '../util/release';
import { nextTurn } from '../util/yielding';
import { divergentFiles, indexedFiles } from './divergence';
import { recoverFacts } from './factsRecovery';
import { Indexer } from './indexer';
import type { ProgressMeter } from './progress';
import type { Scheduler } from './scheduler';
import { newSearch, openSearch, reopenSearch, salvageSearch, searchFindings, type OpenedSearch } from './searchOpening';
import { SearchFeeder } from './searchFeeder';

export interface OpenIndexOptions {
  /** Real path of the workspace root. */
  readonly root: string;
  /** Parent folder of all indexes; the user's cache folder when absent. */
  readonly indexDir?: string;
  readonly mode?: 'writer' | 'reader';
  /** The writer lock, when the caller has it already. */
  readonly lock?: WriterLock;
  readonly maxFileBytes: number;
  /** What may lie in quarantine. */
  readonly quarantineBytes: number;
  /** Whether to count the processes that died at work on this index. */
  readonly guardCrashes: boolean;
  readonly pool: ExtractorPool;
  readonly scheduler: Scheduler;
  readonly warn: (line: string) => void;
  /** Files whose bytes on disk are no longer those of the facts. */
  readonly onChanged: (paths: readonly string[]) => void;
  /** Paths of a batch that the facts now show, changed or removed. */
  readonly onApplied: (paths: readonly string[]) => void;
  readonly onSearchFailure: (error: unknown) => void;
  /** Something that readers can see has changed. */
  readonly onProgress: () => void;
}

/**
 * More small segments than this in the search index are merged when idle.
 * A command leaves more: it would end later.
 */
const maxSmallSegments = { followed: 8, command: 64 };
/** A search index that fails twice within this time is not opened a third time, ms. */
const mendPauseMs = 60_000;

export class OpenIndex {
  readonly store: IndexStore;
  readonly facts = new FactStore();
  readonly indexer: Indexer;
  /** Knows whether processes died over this index; only where that was asked for. */
  readonly guard: CrashGuard | undefined;
  readonly #options: OpenIndexOptions;
  #opened: OpenedSearch;
  #feeder: SearchFeeder;
  /** What a rebuild makes, and the paths that were fed to it instead of to the one that answers. */
  #next: { readonly opened: OpenedSearch; readonly feeder: SearchFeeder; readonly paths: Set<string> } | undefined;
  /** Folder of the search index that a rebuild has replaced. */
  #replaced: string | undefined;
  #mustBeSaved = false;
  #behind: ReadonlySet<string> | 'everything' = new Set();
  #lastMend = -Infinity;
  #lastVerify: VerifyNote | undefined;

  private constructor(
    options: OpenIndexOptions,
    store: IndexStore,
    opened: OpenedSearch,
    guard: CrashGuard | undefined,
  ) {
    this.guard = guard;
    this.#options = options;
    this.store = store;
    this.#opened = opened;
    const filling = opened.watermark < (store.snapshot?.seq ?? 0);
    this.#feeder = this.#feed(opened, filling);
    this.indexer = new Indexer({
      root: options.root,
      facts: this.facts,
      store,
      feeder: () => this.feeder,
      pool: options.pool,
      scheduler: options.scheduler,
      maxFileBytes: options.maxFileBytes,
      onApplied: (paths) => {
        for (const path of paths) this.#next?.paths.add(path);
        options.onApplied(paths);
      },
    });
  }

  /** Opens the store, reads snapshot and journal, and queues for the search index what its watermark lacks. */
  static async load(options: OpenIndexOptions): Promise<OpenIndex> {
    const store = await openStore(options);
    try {
      for (const finding of store.findings) options.warn(finding);
      const guard =
        options.guardCrashes && store.readOnly === undefined ? await CrashGuard.begin(store.folder) : undefined;
      const opened = await openSearch(store);
      for (const repair of store.rungs.repairs) options.warn(repair);
      const index = new OpenIndex(options, store, opened, guard);
      index.#lastVerify = await readVerifyNote(store.folder);
      await index.#recover(opened);
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

  /** How the last verification ended, this process's or one before it; undefined when none is known of. */
  get lastVerify(): VerifyNote | undefined {
    return this.#lastVerify;
  }

  /** Remembers how a verification ended, on disk too where that can be: a disk that refuses changes nothing else. */
  async noteVerify(note: VerifyNote): Promise<void> {
    this.#lastVerify = note;
    const { store } = this;
    // An index that a newer Almagest writes is left as it is.
    if ((store.manifest?.minWriter ?? 0) > manifestFormat) return;
    // Only the owner of the lock writes: who only reads owns it for a moment, unless somebody else does.
    const lock = store.readOnly === undefined ? undefined : await takeWriterLock(store.folder);
    if (lock instanceof StoreError) return;
    try {
      await writeVerifyNote(store.folder, note);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#options.warn(`That it was verified is forgotten at the next start: ${error.message}`);
    } finally {
      lock?.release();
    }
  }

  get search(): SearchStore {
    return this.#opened.search;
  }

  get feeder(): SearchFeeder {
    return this.#next?.feeder ?? this.#feeder;
  }

  /** For readers: files whose newest facts its owner had not fed to the search index when it was opened. */
  get behind(): ReadonlySet<string> | 'everything' {
    return this.#behind;
  }

  /** What is wrong with the files of the search index. Commits wait meanwhile. */
  searchFindings(): Promise<string[]> {
    return this.#feeder.whileCommitted(() => searchFindings(this.store, this.#opened));
  }

  /** Whether the opening or a repair found damage that the manifest in force does not know of. */
  get mustBeSaved(): boolean {
    return this.#mustBeSaved;
  }

  /** Begins a search index beside the one that answers: everything is fed to it until it is finished or given up. */
  async beginRebuild(): Promise<void> {
    const opened = await newSearch(this.store);
    this.#next = { opened, feeder: this.#feed(opened, true), paths: new Set() };
  }

  /**
   * The new search index was fed everything: it answers from now on, when it holds what it should. The next snapshot
   * makes the switch last; a crash before it leaves the old one in force.
   */
  async finishRebuild(meter?: ProgressMeter): Promise<void> {
    const next = this.#next;
    if (next === undefined) throw new Error('No rebuild was begun.');
    next.feeder.filled();
    await next.feeder.flush(meter);
    const finding = await next.opened.search.recount();
    if (finding !== undefined) throw new Error(`The new search index was not switched to: ${finding}.`);
    const old = { opened: this.#opened, feeder: this.#feeder };
    this.#opened = next.opened;
    this.#feeder = next.feeder;
    this.#next = undefined;
    await old.feeder.close();
    await old.opened.search.close();
    this.#replaced = old.opened.folder;
  }

  /** Removes the search index that a rebuild has replaced. For after the snapshot. */
  async dropReplaced(): Promise<void> {
    if (this.#replaced !== undefined) await removeFolder(this.#replaced);
    this.#replaced = undefined;
  }

  /** Gives up the search index that was begun; the old one gets what it was fed. Does nothing without one. */
  async abandonRebuild(): Promise<void> {
    const next = this.#next;
    if (next === undefined) return;
    this.#next = undefined;
    void this.#feeder.addAgain(this.store.lastSeq, next.paths);
    await next.feeder.close();
    await next.opened.search.close();
    await removeFolder(next.opened.folder);
  }

  /**
   * Sets the search index aside, for `reason`. A new one takes over what is sound of it, and is fed the rest from the
   * facts.
   * @returns what was done, a phrase
   */
  async mendDamagedSearch(reason: string, meter?: ProgressMeter): Promise<string> {
    // What comes while the parts are taken over is found missing after it.
    await this.#feeder.close();
    const salvaged = await salvageSearch(this.store, this.#opened.folder);
    return this.#replaceSearch(salvaged ?? (await newSearch(this.store)), reason, meter);
  }

  /**
   * After a failure of the search index: opens it again and feeds what its last commit lacks; when it does not check
   * out, or failed a moment ago already, a new one is fed from the facts.
   * @returns what was done, a sentence
   */
  async mendSearch(reason: string): Promise<string> {
    const { folder, search } = this.#opened;
    const again = this.#feeder.filling || performance.now() - this.#lastMend < mendPauseMs;
    this.#lastMend = performance.now();
    const pending = this.#feeder.pending;
    await this.#feeder.close();
    await search.close();
    const opened = again ? reason : await reopenSearch(this.store, folder);
    if (typeof opened === 'string') {
      const did = again
        ? await this.#replaceSearch(await newSearch(this.store), opened)
        : await this.mendDamagedSearch(opened);
      return `After a failure of the search index Almagest ${did}: ${opened}.`;
    }
    this.#opened = opened;
    this.#feeder = this.#feed(opened, false);
    void this.#feeder.addAgain(this.store.lastSeq, pending);
    await this.#feeder.flush();
    return `The search index was opened again after a failure: ${reason}.`;
  }

  /**
   * Switches to a new, empty search index, which is to be fed everything; `feeder.filled` says when. A start after a
   * kill before that fills it again, or takes the old one. The old folder is left to the caller.
   */
  async beginSearch(): Promise<string> {
    return this.#switchTo(await newSearch(this.store));
  }

  async #switchTo(opened: OpenedSearch): Promise<string> {
    const old = this.#opened;
    const oldFeeder = this.#feeder;
    this.#opened = opened;
    this.#feeder = this.#feed(opened, true);
    await oldFeeder.close();
    await old.search.close();
    return old.folder;
  }

  /**
   * Writes everything into a new snapshot, makes it the base and lets the store drop what it makes needless. Saves that
   * come meanwhile go to the next journal and stay.
   */
  async save(): Promise<void> {
    const { store, indexer } = this;
    await store.rotate();
    // A batch that is durable but not yet in the fact store would be lost with the journal that holds it.
    for (const { lastSeq } = store; indexer.appliedSeq < lastSeq;) await nextTurn();
    await this.#options.scheduler.run('stage1.postings', { cpu: 1, io: 1 }, () => this.#checkpoint());
  }

  /** Merges small segments of the search index when there are many. Saves go on meanwhile, and are fed after it. */
  tidySearch(isFollowed: boolean): Promise<void> {
    return this.#feeder.merge(isFollowed ? maxSmallSegments.followed : maxSmallSegments.command);
  }

  async close(): Promise<void> {
    await this.#closeFacts();
    await this.store.close();
  }

  /** Closes the index and removes it from the disk. */
  async remove(): Promise<void> {
    await this.#closeFacts();
    await this.store.remove();
  }

  async #closeFacts(): Promise<void> {
    await this.abandonRebuild();
    await this.#feeder.close();
    await this.search.close();
    this.facts.close();
    await this.guard?.end();
  }

  async #checkpoint(): Promise<void> {
    const { store, facts, indexer } = this;
    const seq = indexer.appliedSeq;
    const lease = facts.lease();
    try {
      const merged = await facts.merge(lease);
      const saved = await store.checkpoint({
        seq,
        files: merged.hot.files,
        languages: merged.hot.languages,
        search: await this.#committedSearch(),
        write: async (sink) => {
          for await (const piece of merged.pieces()) await sink.write(piece);
        },
      });
      this.#mustBeSaved = false;
      // The symbol index stays in memory only where somebody asks for symbols: it is as large as all else of a build.
      const isAsked = facts.segments().some(({ segment }) => segment.isWarm);
      const known = isAsked ? merged : { hot: merged.hot };
      facts.replaceMerged(lease, new Segment(indexer.open(saved.path).range(0, saved.length), known));
      if (!isAsked) release(Object.values(merged.symbols).filter((part) => typeof part !== 'number'));
    } finally {
      lease.release();
    }
  }

  #feed(opened: OpenedSearch, filling: boolean): SearchFeeder {
    const { root, scheduler, onChanged, onSearchFailure, onProgress } = this.#options;
    return new SearchFeeder({
      search: opened.search,
      facts: this.facts,
      scheduler,
      root,
      indexId: this.store.indexId,
      watermark: opened.watermark,
      filling,
      onChanged,
      onFailure: onSearchFailure,
      onProgress,
    });
  }

  async #recover(opened: OpenedSearch): Promise<void> {
    const { store, facts, indexer } = this;
    const open = (path: string): SharedFile => indexer.open(path);
    const found = await recoverFacts(store, facts, opened, open);
    if (found instanceof Error) {
      await this.#giveUpSearch(found.message);
      store.rungs.note('facts from the sources', 'no snapshot, no search index', 'the scan reads them', 0);
      store.rungs.repaired('Neither the snapshot nor the search index can be read; the sources are read again.');
    }
    const behind = found instanceof Error ? await recoverFacts(store, facts, this.#opened, open) : found;
    if (behind instanceof Error) throw behind;
    if (store.readOnly !== undefined) {
      // Feeding is the owner's to do.
      this.#behind = behind === 'everything' ? behind : new Set(behind.flatMap(({ paths }) => paths));
      return;
    }
    if (behind === 'everything' && opened === this.#opened && opened.salvaged) {
      const missing = await divergentFiles(indexedFiles(facts), opened.search);
      const some = `${missing.length} of ${facts.size} files`;
      store.rungs.note('search index from the facts', some, 'fed while it answers', 0);
      store.rungs.repaired(`What is sound of the search index is kept; ${some} are fed to it again from the facts.`);
      void this.#feeder.add(store.lastSeq, missing);
    } else if (behind === 'everything') {
      store.rungs.note('search index from the facts', `${facts.size} files`, 'fed while it answers', 0);
      store.rungs.repaired('The search index is made anew from the facts.');
      void this.#feeder.add(store.lastSeq, [...facts.paths()]);
    } else {
      for (const { seq, paths } of behind) void this.#feeder.add(seq, paths);
    }
    this.#feeder.filled();
    this.#mustBeSaved = store.state === 'damaged' || store.rungs.repairs.length > 0;
  }

  /** Goes on with `opened`, which is fed what it lacks. */
  async #replaceSearch(opened: OpenedSearch, reason: string, meter?: ProgressMeter): Promise<string> {
    await this.#giveUpSearch(reason, opened);
    const { facts, store } = this;
    const missing = opened.salvaged ? await divergentFiles(indexedFiles(facts), opened.search) : [...facts.paths()];
    meter?.extend(missing.length);
    this.#feeder.bulk = true;
    void this.#feeder.add(store.lastSeq, missing);
    this.#feeder.filled();
    this.#feeder.bulk = false;
    await this.#feeder.flush(meter);
    return opened.salvaged
      ? `kept what is sound of the search index and fed ${missing.length} of ${facts.size} files to it again from the facts`
      : 'made the search index anew from the facts';
  }

  async #giveUpSearch(reason: string, replacement?: OpenedSearch): Promise<void> {
    const old = await this.#switchTo(replacement ?? (await newSearch(this.store)));
    if (this.store.readOnly === undefined) await this.store.quarantine(old, reason);
  }

  /** The search index with everything committed, pinned for the manifest. */
  #committedSearch(): Promise<SearchEntry> {
    const { folder, search } = this.#opened;
    return this.#feeder.whileCommitted(async (seq) => ({
      folder,
      seq,
      seal: await sealSearch(folder, search.files),
    }));
  }
}
