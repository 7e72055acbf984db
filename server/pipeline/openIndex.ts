// An index that is open: its store, its facts and its search index. Knows how to come up from the disk and how to save a
// snapshot; when to do so is decided by RootIndex, how a search index is replaced stands in searchInUse.ts.

import type { ExtractorPool } from '../extraction/pool';
import type { SharedFile } from '../facts/byteSource';
import { FactStore } from '../facts/factStore';
import { Segment } from '../facts/segment';
import type { OpeningReport } from '../protocol';
import type { SearchStore } from '../search/searchStore';
import { CrashGuard } from '../store/crashGuard';
import { StoreError } from '../store/errors';
import type { IndexStore } from '../store/indexStore';
import { LedgerFile, type LedgerKey } from '../store/ledgerFile';
import { openStore } from '../store/openStore';
import { takeWriterLock, type WriterLock } from '../store/lock';
import { manifestFormat } from '../store/manifest';
import { ScratchFile } from '../store/scratchFile';
import { readVerifyNote, writeVerifyNote, type VerifyNote } from '../store/verifyNote';
import { nextTurn } from '../util/yielding';
import { divergentFiles, indexedFiles } from './divergence';
import { recoverFacts } from './factsRecovery';
import { Indexer } from './indexer';
import type { ProgressMeter } from './progress';
import type { Scheduler } from './scheduler';
import type { SearchFeeder } from './searchFeeder';
import { SearchInUse } from './searchInUse';
import { openSearch, type OpenedSearch } from './searchOpening';

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

export class OpenIndex {
  readonly store: IndexStore;
  readonly facts = new FactStore();
  readonly indexer: Indexer;
  /** When files took the steps of their way into the index. */
  readonly ledger: LedgerFile;
  /** The search index in use, and how it is replaced. */
  readonly searchIndex: SearchInUse;
  /** Knows whether processes died over this index; only where that was asked for. */
  readonly guard: CrashGuard | undefined;
  readonly #options: OpenIndexOptions;
  #mustBeSaved = false;
  #behind: ReadonlySet<string> | 'everything' = new Set();
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
    const { root, scheduler, onChanged, onSearchFailure: onFailure, onProgress } = options;
    this.ledger = new LedgerFile(store.folder, options.warn);
    const onCommitted = (seq: number): void => this.ledger.noteSearchable(seq);
    const feeding = { root, scheduler, onChanged, onFailure, onCommitted, onProgress };
    this.searchIndex = new SearchInUse({ store, facts: this.facts, opened, feeding });
    this.indexer = new Indexer({
      root: options.root,
      facts: this.facts,
      store,
      feeder: () => this.feeder,
      ledger: this.ledger,
      pool: options.pool,
      scheduler: options.scheduler,
      maxFileBytes: options.maxFileBytes,
      onApplied: (paths) => {
        this.searchIndex.noteFed(paths);
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

  /** The one that answers. */
  get search(): SearchStore {
    return this.searchIndex.search;
  }

  /** Of the search index that is fed: the one that answers, or the one that a rebuild makes. */
  get feeder(): SearchFeeder {
    return this.searchIndex.feeder;
  }

  /** For readers: files whose newest facts its owner had not fed to the search index when it was opened. */
  get behind(): ReadonlySet<string> | 'everything' {
    return this.#behind;
  }

  /** Whether the opening or a repair found damage that the manifest in force does not know of. */
  get mustBeSaved(): boolean {
    return this.#mustBeSaved;
  }

  /**
   * Writes everything into a new snapshot, makes it the base and lets the store drop what it makes needless. Saves that
   * come meanwhile go to the next journal and stay.
   * @param meter hears of the bytes that are to be written, once they are known, and of those that are
   */
  async save(meter?: ProgressMeter): Promise<void> {
    const { store, indexer } = this;
    await store.rotate();
    // A batch that is durable but not yet in the fact store would be lost with the journal that holds it.
    for (const { lastSeq } = store; indexer.appliedSeq < lastSeq;) await nextTurn();
    await this.#options.scheduler.run('stage1.postings', { cpu: 1, io: 1 }, () => this.#checkpoint(meter));
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
    await this.searchIndex.close();
    await this.ledger.close();
    this.facts.close();
    await this.guard?.end();
  }

  async #checkpoint(meter: ProgressMeter | undefined): Promise<void> {
    const { store, facts, indexer } = this;
    const aside = await ScratchFile.create(store.folder);
    const seq = indexer.appliedSeq;
    const lease = facts.lease();
    try {
      const merged = await facts.merge(lease, aside);
      meter?.extend(merged.bytes);
      const saved = await store.checkpoint({
        seq,
        files: merged.hot.files,
        languages: merged.hot.languages,
        search: await this.searchIndex.committed(),
        write: async (sink) => {
          for await (const piece of merged.pieces()) {
            await sink.write(piece);
            meter?.advance(piece.length);
          }
        },
      });
      this.#mustBeSaved = false;
      const base = new Segment(indexer.open(saved.path).range(0, saved.length), merged.hot);
      // The symbol index comes into memory only where somebody asks for symbols: it is as large as all else of a build.
      if (facts.segments().some(({ segment }) => segment.isWarm)) await base.warmUp();
      facts.replaceMerged(lease, base);
      if (this.ledger.isWorn(base.files)) await this.ledger.compact(contentsOf(base), seq);
    } finally {
      await aside.close();
      lease.release();
    }
  }

  async #recover(opened: OpenedSearch): Promise<void> {
    const { store, facts, indexer, searchIndex } = this;
    const open = (path: string): SharedFile => indexer.open(path);
    const found = await recoverFacts(store, facts, opened, open);
    if (found instanceof Error) {
      await searchIndex.replaceByEmpty(found.message);
      store.rungs.note('facts from the sources', 'no snapshot, no search index', 'the scan reads them', 0);
      store.rungs.repaired('Neither the snapshot nor the search index can be read; the sources are read again.');
    }
    const behind = found instanceof Error ? await recoverFacts(store, facts, searchIndex.opened, open) : found;
    if (behind instanceof Error) throw behind;
    if (store.readOnly !== undefined) {
      // Feeding is the owner's to do.
      this.#behind = behind === 'everything' ? behind : new Set(behind.flatMap(({ paths }) => paths));
      return;
    }
    if (behind === 'everything' && opened === searchIndex.opened && opened.salvaged) {
      const missing = await divergentFiles(indexedFiles(facts), opened.search);
      const some = `${missing.length} of ${facts.size} files`;
      store.rungs.note('search index from the facts', some, 'fed while it answers', 0);
      store.rungs.repaired(`What is sound of the search index is kept; ${some} are fed to it again from the facts.`);
      void searchIndex.feeder.add(store.lastSeq, missing);
    } else if (behind === 'everything') {
      store.rungs.note('search index from the facts', `${facts.size} files`, 'fed while it answers', 0);
      store.rungs.repaired('The search index is made anew from the facts.');
      void searchIndex.feeder.add(store.lastSeq, [...facts.paths()]);
    } else {
      for (const { seq, paths } of behind) void searchIndex.feeder.add(seq, paths);
    }
    searchIndex.feeder.filled();
    this.#mustBeSaved = store.state === 'damaged' || store.rungs.repairs.length > 0;
  }
}

function* contentsOf(segment: Segment): Generator<LedgerKey> {
  for (let file = 0; file < segment.files; file++) yield { path: segment.pathBytes(file), hash: segment.hash(file) };
}
