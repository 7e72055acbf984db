// The index of one workspace root, alive: opens it, keeps it true to the disk, and carries out commands. All work goes
// through one queue with a cause each; reads never wait for it. What is durable and how is the store's business, what a
// fact is the extractor's.

import { rm } from 'node:fs/promises';
import type { ExtractorPool } from '../extraction/pool';
import { FactStore } from '../facts/factStore';
import type { SkipReason } from '../model/skipReason';
import type { BuildSummary, CommandResult, RootStatus } from '../protocol';
import type { SearchStore } from '../search/searchStore';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { CancelSource } from '../util/cancelSource';
import { pathRule } from '../workspace/pathRule';
import { locate, type Root } from '../workspace/roots';
import {
  compare,
  scan,
  scanHints,
  type FileChange,
  type ScanOptions,
  type KnownFiles,
  type ScanResult,
  type SkippedPath,
} from '../workspace/scan';
import { EditorOverlay } from './editorOverlay';
import { bulkFiles, type IndexOutcome } from './indexer';
import { JobQueue, type Job } from './jobQueue';
import { done, findProblems, repair, type MaintenanceContext } from './maintenance';
import { OpenIndex } from './openIndex';
import { ProgressMeter } from './progress';
import { RecentFiles } from './recentFiles';
import { IndexStateMachine } from './stateMachine';

export interface RootIndexOptions {
  readonly root: Root;
  /** Parent folder of all indexes; the user's cache folder when absent. */
  readonly indexDir?: string;
  /** `reader` never asks for the lock, and cannot write; a writer if absent. */
  readonly mode?: 'writer' | 'reader';
  readonly excludes: readonly string[];
  readonly threads: number;
  readonly maxFileBytes: number;
  readonly pool: ExtractorPool;
  readonly log: (level: 'info' | 'warn' | 'error', line: string) => void;
  readonly onDidChange: () => void;
}

/** A snapshot is due after so many changed files … */
const snapshotFiles = 1000;
/** … or so many bytes of journal … */
const snapshotJournalBytes = 64 << 20;
/** … or so long after the first change since the last one, ms. */
const snapshotMs = 300_000;
/** A scan in doubt of the watcher when nothing else happens, ms. */
const idleScanMs = 600_000;

/** Seconds between two tries to write again after a failure. */
const writeAgainTicks = 10;
export class RootIndex {
  readonly #options: RootIndexOptions;
  readonly #machine: IndexStateMachine;
  readonly #queue: JobQueue;
  readonly #overlay: EditorOverlay;
  readonly #hints = new Set<string>();
  readonly #nothing = new FactStore();
  #open: OpenIndex | undefined;
  #hinting: Promise<void> | undefined;
  #meter: ProgressMeter | undefined;
  #scanNumber = 0;
  #scanSkipped: { readonly list: readonly SkippedPath[]; readonly total: number } = { list: [], total: 0 };
  #excludes: readonly string[];
  #paused = false;
  #closed = false;
  #cancel = new CancelSource();
  readonly #recent = new RecentFiles();
  readonly #work = { indexed: 0, removed: 0, bytes: 0 };
  #readOnlyTicks = 0;
  #changedFiles = 0;
  #firstChange: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastVerify: RootStatus['lastVerify'];
  #lastBuild: BuildSummary | undefined;
  #settledWaiters: (() => void)[] = [];
  #onDidScan: (folders: readonly string[]) => void = () => undefined;

  constructor(options: RootIndexOptions) {
    this.#options = options;
    this.#excludes = options.excludes;
    this.#overlay = new EditorOverlay(options.pool);
    this.#queue = new JobQueue(
      (job, error) => this.#onJobError(job, error),
      () => {
        this.#meter = undefined;
        options.onDidChange();
        this.#notifySettled();
      },
    );
    this.#machine = new IndexStateMachine((line) => {
      this.#open?.store.audit({ event: 'state', detail: line });
      options.log('info', `${options.root.name}: ${line}`);
      options.onDidChange();
    });
  }

  get root(): Root {
    return this.#options.root;
  }

  /** Real path of the root. */
  get path(): string {
    return this.root.path;
  }

  get facts(): FactStore {
    return this.#open?.facts ?? this.#nothing;
  }

  /** The search index; undefined while the index is not open. */
  get search(): SearchStore | undefined {
    return this.#open?.search;
  }

  /** Entries that the last scan passed over by their name or kind. */
  get scanSkipped(): readonly SkippedPath[] {
    return this.#scanSkipped.list;
  }

  /** Calls back with the folders of each full scan: what a watcher should follow. */
  set onDidScan(listener: (folders: readonly string[]) => void) {
    this.#onDidScan = listener;
  }

  /**
   * Opens the index and, unless told otherwise, starts to bring it up to date. Resolves when it can answer; the state
   * says how it went.
   */
  async open({ scan: scanNow = true }: { readonly scan?: boolean } = {}): Promise<void> {
    this.#machine.enter('loading', 'opening the index');
    try {
      await this.#load();
    } catch (error) {
      this.#fail('The index could not be opened', error);
      this.#notifySettled();
      return;
    }
    const isNew = this.facts.size === 0;
    this.#machine.enter('ready', isNew ? 'nothing indexed yet' : 'loaded');
    if (scanNow && this.#open?.store.readOnly === undefined) this.requestScan(isNew ? 'first build' : 'start');
    this.#notifySettled();
  }

  /** Asks for a scan of the whole root; several requests before it starts are one. */
  requestScan(cause: string): void {
    if (this.#queue.isWaiting(cause)) return;
    this.#queue.add({ cause, run: () => this.#scan(cause) });
  }

  /** Tells of paths that may have changed; they are looked at beside whatever else runs. */
  hint(paths: Iterable<string>): void {
    for (const path of paths) this.#hints.add(path);
    this.#pumpHints();
  }

  /** Lays an open editor's text over the file; `undefined` takes it away. Never persisted. */
  async setDocument(path: string, text: string | undefined): Promise<void> {
    if (!this.#closed) await this.#overlay.set(this.facts, this.path, path, text);
  }

  set excludes(excludes: readonly string[]) {
    if (JSON.stringify(excludes) === JSON.stringify(this.#excludes)) return;
    this.#excludes = excludes;
    this.requestScan('exclude settings changed');
  }

  get excludes(): readonly string[] {
    return this.#excludes;
  }

  /** Whether the rules of the root would let a path be indexed. */
  async wouldIndex(path: string): Promise<boolean> {
    const { ignored, secret, exists, kind } = await pathRule(this.scanOptions, path);
    return !ignored && !secret && (!exists || kind === 'file');
  }

  /** The root-relative path of a URI that is spelled below this root. */
  pathOf(uri: string): string | undefined {
    return locate([this.root], uri)?.path;
  }

  /** Extracts one file again, whatever its hash says. */
  async reindex(path: string): Promise<CommandResult> {
    const [change] = await scanHints(this.scanOptions, [path], this.#known());
    if (change === undefined) return { ok: false, message: `${path} is not on disk, or is ignored.`, findings: [] };
    const created: FileChange =
      change.kind === 'changed' ? { kind: 'created', path: change.path, size: change.size } : change;
    const { again, ...outcome } = await this.#writable().indexer.apply([created], new ProgressMeter('extracting', 0));
    this.#noteChanges(outcome);
    this.hint(again);
    return done(change.kind === 'deleted' ? `Removed ${path} from the index.` : `Indexed ${path} again.`);
  }

  /** Files indexed and removed, and bytes of the indexed ones, since this object was made. */
  get work(): { readonly indexed: number; readonly removed: number; readonly bytes: number } {
    return this.#work;
  }

  /** When files were last indexed because they changed, ms since the epoch: what "recently edited" means. */
  get recent(): ReadonlyMap<string, number> {
    return this.#recent.map;
  }

  pause(): CommandResult {
    this.#paused = true;
    this.#cancel.cancel();
    this.#options.onDidChange();
    return done('Indexing is paused; answers come from what is indexed.');
  }

  resume(): CommandResult {
    if (!this.#paused) return done('Indexing was not paused.');
    this.#paused = false;
    this.requestScan('resumed');
    this.#options.onDidChange();
    return done('Indexing goes on.');
  }

  /** Makes all facts and the search index anew; the old ones answer until their replacement is there. */
  rebuild(token?: CancellationToken): Promise<CommandResult> {
    return this.#command('rebuild', token, async (cancel) => {
      const started = performance.now();
      await this.#ensureOpen('rebuild');
      const index = this.#writable();
      const result = await this.#walk(cancel);
      const changes = await compare(result, this.#known(), undefined, cancel);
      const gone = changes.filter((change) => change.kind === 'deleted');
      const all: FileChange[] = [];
      for (let i = 0; i < result.count; i++) all.push({ kind: 'created', path: result.path(i), size: result.size(i) });
      const oldSearch = await index.beginSearch();
      const outcome = await this.#index([...gone, ...all], 'rebuild', cancel);
      await this.#snapshot('rebuild');
      await rm(oldSearch, { recursive: true, force: true });
      return done(
        `Rebuilt the index: ${outcome.indexed.toLocaleString('en')} files in ${((performance.now() - started) / 1000).toFixed(1)} s.`,
      );
    });
  }

  /** Checks both stores and a sample of the sources; changes nothing. */
  verify(token?: CancellationToken): Promise<CommandResult> {
    return this.#command('verify', token, async (cancel) => {
      const findings = await findProblems(this.#maintenance('verifying', cancel));
      const ok = findings.length === 0;
      const summary = ok
        ? `Verified ${this.facts.size.toLocaleString('en')} files: facts, search index and a sample of sources agree.`
        : `Found ${findings.length} ${findings.length === 1 ? 'problem' : 'problems'}; "Repair" mends them.`;
      this.#lastVerify = { at: Date.now(), ok, summary };
      this.#open?.store.audit({ event: 'verify', detail: summary });
      return { ok, message: summary, findings };
    });
  }

  /** Mends what verification finds: damaged facts are extracted again, a damaged search index is made anew. */
  repair(token?: CancellationToken): Promise<CommandResult> {
    return this.#command('repair', token, async (cancel) => {
      await this.#ensureOpen('repair');
      const actions = await repair(this.#maintenance('repairing', cancel), async (paths) =>
        this.#index(await scanHints(this.scanOptions, paths, this.#known(), cancel), 'repair', cancel),
      );
      if (actions.length > 0) await this.#snapshot('repair');
      const message = actions.length === 0 ? 'Nothing to repair.' : `Repaired: ${actions.join(', ')}.`;
      this.#open?.store.audit({ event: 'repair', detail: message });
      return done(message);
    });
  }

  /** Saves a snapshot of what is only in the journal, so that the next start need not replay it. */
  save(token?: CancellationToken): Promise<CommandResult> {
    return this.#command('save', token, async () => {
      const { store } = this.#writable();
      if (store.lastSeq === (store.snapshot?.seq ?? 0)) return done('Everything is saved.');
      await this.#snapshot('save');
      return done('Saved a snapshot.');
    });
  }

  /** How many files differ from what is indexed, by a look at the whole root that changes nothing. */
  async countStale(token?: CancellationToken): Promise<number> {
    const changes = await compare(await this.#walk(token), this.#known(), undefined, token);
    return changes.filter((change) => change.kind !== 'changed' || change.why === 'metadata').length;
  }

  /** Removes the index from the disk. It is made again by "Rebuild" or at the next start. */
  clear(): Promise<CommandResult> {
    return this.#command('clear', undefined, async () => {
      const folder = this.#open?.store.folder;
      await this.#unload();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
      this.#machine.enter('empty', 'cleared');
      return done('Removed the index. "Rebuild" makes a new one.');
    });
  }

  /** Resolves when nothing that was known when asked is left to do. */
  async settled(): Promise<void> {
    while (!this.#isSettled()) await new Promise<void>((resolve) => this.#settledWaiters.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel.cancel();
    clearTimeout(this.#timer);
    const queueEnds = this.#queue.close();
    this.#hints.clear();
    await queueEnds;
    await this.#hinting;
    await this.#unload();
    this.#notifySettled();
  }

  get status(): RootStatus {
    const { counts } = this.facts;
    const skipped: Partial<Record<SkipReason, number>> = { ...counts.skipped };
    for (const { reason } of this.#scanSkipped.list) skipped[reason] = (skipped[reason] ?? 0) + 1;
    const store = this.#open?.store;
    const readOnly = store?.readOnly;
    return {
      root: this.root.uri,
      name: this.root.name,
      state: this.#machine.state,
      since: this.#machine.since,
      cause: this.#machine.cause,
      suggestions: this.#machine.suggestions,
      ...(readOnly === undefined ? {} : { readOnly }),
      paused: this.#paused,
      ...(this.#meter === undefined ? {} : { progress: this.#meter.snapshot }),
      generation: store?.generation ?? 0,
      seq: store?.lastSeq ?? 0,
      counts: { ...counts, skipped },
      sizes: {
        journal: store?.sizes.journal ?? 0,
        snapshot: store?.sizes.snapshot ?? 0,
        search: this.#open?.search.stats().bytes ?? 0,
      },
      indexFolder: store?.folder ?? '',
      ...(this.#lastVerify === undefined ? {} : { lastVerify: this.#lastVerify }),
      ...(this.#lastBuild === undefined ? {} : { lastBuild: this.#lastBuild }),
    };
  }

  // Opening and closing

  async #load(): Promise<void> {
    const { root, indexDir, mode, maxFileBytes, pool, log } = this.#options;
    this.#open = await OpenIndex.load({
      root: root.path,
      ...(indexDir === undefined ? {} : { indexDir }),
      ...(mode === undefined ? {} : { mode }),
      maxFileBytes,
      pool,
      warn: (line) => log('warn', `${root.name}: ${line}`),
      onChanged: (paths) => this.hint(paths),
      onSearchFailure: (error) => this.#onSearchFailure(error),
      onProgress: () => {
        this.#options.onDidChange();
        this.#notifySettled();
      },
    });
    this.#timer = setTimeout(() => this.#onTimer(), 1000);
  }

  async #unload(): Promise<void> {
    clearTimeout(this.#timer);
    const open = this.#open;
    this.#open = undefined;
    await open?.close();
  }

  /** The search index can always be made again: set the failed one aside and feed a new one. */
  #onSearchFailure(error: unknown): void {
    const reason = messageOf(error);
    this.#options.log('error', `${this.root.name}: the search index failed: ${reason}`);
    if (this.#closed) return;
    this.#queue.add({ cause: 'search index failed', run: () => this.#writable().remakeSearch(reason) });
  }

  // The queue

  /** A job that was cancelled left everything acknowledged in place; one that failed may have left damage. */
  #onJobError(job: Job, error: unknown): void {
    if (!(error instanceof CancellationError)) {
      this.#fail(`Indexing stopped (${job.cause})`, error);
    } else if (this.#machine.state === 'indexing' || this.#machine.state === 'saving') {
      this.#machine.enter('ready', `${job.cause}: stopped before its end`);
    }
  }

  /** Watcher events and saves do not wait for a long scan. */
  #pumpHints(): void {
    if (this.#hinting !== undefined || this.#closed || this.#paused || this.#hints.size === 0) return;
    if (this.#open === undefined || this.#open.store.readOnly !== undefined) return;
    const paths = [...this.#hints];
    this.#hints.clear();
    this.#hinting = this.#lookAt(paths)
      .catch((error: unknown) => {
        if (!(error instanceof CancellationError)) this.#fail('A changed file could not be indexed', error);
      })
      .finally(() => {
        this.#hinting = undefined;
        this.#notifySettled();
        this.#pumpHints();
      });
  }

  async #lookAt(paths: readonly string[]): Promise<void> {
    const changes = await scanHints(this.scanOptions, paths, this.#known());
    if (changes.length === 0) return;
    if (changes.length > bulkFiles) {
      this.#queue.add({
        cause: `${changes.length} files changed`,
        run: async () => void (await this.#index(changes, 'files changed', this.#cancel.token)),
      });
      return;
    }
    const { again, ...outcome } = await this.#writable().indexer.apply(changes, new ProgressMeter('extracting', 0));
    this.#noteChanges(outcome);
    for (const { kind, path } of changes) {
      if (kind === 'deleted') this.#recent.forget(path);
      else this.#recent.note(path);
    }
    this.hint(again);
    this.#options.onDidChange();
  }

  /** Runs a command in its turn; pausing does not hold it up, and its token cancels it. */
  #command(
    cause: string,
    token: CancellationToken | undefined,
    work: (cancel: CancellationToken) => Promise<CommandResult>,
  ): Promise<CommandResult> {
    return new Promise((resolve) => {
      const run = async (): Promise<void> => {
        const cancel = new CancelSource();
        const registration = token?.onCancellationRequested(() => cancel.cancel());
        try {
          if (token?.isCancellationRequested) throw new CancellationError();
          resolve(await work(cancel.token));
        } catch (error) {
          const cancelled = error instanceof CancellationError;
          resolve({ ok: false, message: cancelled ? `Cancelled: ${cause}.` : messageOf(error), findings: [] });
          if (!cancelled) throw error;
          if (this.#machine.state !== 'empty') this.#machine.enter('ready', `${cause} was cancelled`);
        } finally {
          registration?.dispose();
        }
      };
      this.#queue.add({ cause, run });
    });
  }

  // Work

  async #scan(cause: string): Promise<void> {
    if (this.#paused || this.#open === undefined) return;
    this.#cancel = new CancelSource();
    const { token } = this.#cancel;
    this.#meter = new ProgressMeter('scanning', 0);
    this.#options.onDidChange();
    const started = performance.now();
    const result = await this.#walk(token);
    const changes = await compare(result, this.#known(), this.#scanNumber++, token);
    const scanMs = performance.now() - started;
    if (changes.length > 0) {
      const outcome = await this.#index(changes, cause, token, { scan: scanMs });
      if (outcome.indexed > bulkFiles) await this.#snapshot(cause);
    } else if (this.#machine.state !== 'ready') {
      this.#machine.enter('ready', `${cause}: nothing changed`);
    }
  }

  async #walk(token: CancellationToken | undefined): Promise<ScanResult> {
    const result = await scan(this.scanOptions, '', token);
    this.#scanSkipped = { list: result.skipped(), total: result.skippedTotal };
    this.#onDidScan(result.folders());
    return result;
  }

  async #index(
    changes: readonly FileChange[],
    cause: string,
    token: CancellationToken,
    stages: Readonly<Record<string, number>> = {},
  ): Promise<IndexOutcome> {
    const started = performance.now();
    const meter = new ProgressMeter('extracting', 0);
    this.#meter = meter;
    this.#machine.enter('indexing', `${cause}: ${changes.length} ${changes.length === 1 ? 'file' : 'files'}`);
    const { again, ...outcome } = await this.#writable().indexer.apply(changes, meter, token);
    const extractMs = performance.now() - started;
    this.#noteChanges(outcome);
    const { feeder } = this.#writable();
    if (outcome.indexed > bulkFiles) {
      // A bulk load leaves trees and rows behind; what comes now needs that memory itself.
      this.#options.pool.release();
      this.#meter = new ProgressMeter('searchIndex', feeder.waiting);
      await feeder.flush();
    }
    this.hint(again);
    const elapsedMs = performance.now() - started;
    if (outcome.indexed > bulkFiles) {
      this.#lastBuild = {
        cause,
        files: outcome.indexed,
        bytes: outcome.bytes,
        elapsedMs: elapsedMs + (stages['scan'] ?? 0),
        stages: { ...stages, extract: extractMs, searchIndex: elapsedMs - extractMs },
        peakRss: { server: process.resourceUsage().maxRSS * 1024, extractors: this.#options.pool.peakRss },
      };
    }
    this.#machine.enter('ready', `${cause}: ${outcome.indexed} indexed, ${outcome.removed} removed`);
    return outcome;
  }

  #noteChanges({ indexed, removed, bytes }: IndexOutcome): void {
    this.#work.indexed += indexed;
    this.#work.removed += removed;
    this.#work.bytes += bytes;
    this.#changedFiles += indexed + removed;
    if (this.#changedFiles > 0) this.#firstChange ??= Date.now();
  }

  async #snapshot(cause: string): Promise<void> {
    const started = performance.now();
    this.#machine.enter('saving', cause);
    this.#meter = new ProgressMeter('snapshot', 1);
    await this.#writable().save();
    this.#changedFiles = 0;
    this.#firstChange = undefined;
    if (this.#lastBuild?.cause === cause) {
      const snapshot = performance.now() - started;
      this.#lastBuild = {
        ...this.#lastBuild,
        stages: { ...this.#lastBuild.stages, snapshot },
        elapsedMs: this.#lastBuild.elapsedMs + snapshot,
      };
    }
    this.#machine.enter('ready', `${cause}: saved`);
    this.#queue.add({ cause: 'tidying the search index', run: async () => this.#open?.tidySearch() });
  }

  /** After damage the index is opened again, which sets aside what does not check out. */
  async #ensureOpen(cause: string): Promise<void> {
    if (this.#open !== undefined && this.#machine.state !== 'corrupted') return;
    this.#machine.enter('loading', cause);
    await this.#unload();
    await this.#load();
    this.#machine.enter('ready', 'loaded');
  }

  #maintenance(stage: 'verifying' | 'repairing', token: CancellationToken): MaintenanceContext {
    const index = this.#writable();
    this.#meter = new ProgressMeter(stage, index.facts.size);
    return { index, root: this.path, maxFileBytes: this.#options.maxFileBytes, meter: this.#meter, token };
  }

  #onTimer(): void {
    const store = this.#open?.store;
    if (this.#closed || store === undefined) return;
    const age = this.#firstChange === undefined ? 0 : Date.now() - this.#firstChange;
    const due = this.#changedFiles > snapshotFiles || age > snapshotMs || store.sizes.journal > snapshotJournalBytes;
    const idle = this.#queue.idle && !this.#paused;
    if (store.readOnly !== undefined) {
      this.#tryToWriteAgain();
    } else if (due && idle && this.#changedFiles > 0) {
      this.#queue.add({ cause: 'snapshot due', run: () => this.#snapshot('snapshot due') });
    } else if (idle && Date.now() - this.#machine.since > idleScanMs && this.#machine.state === 'ready') {
      this.requestScan('ten minutes without a scan');
    }
    this.#timer = setTimeout(() => this.#onTimer(), 1000);
  }

  /** A full disk or a failing one may be well again; what was not written is found by the scan. */
  #tryToWriteAgain(): void {
    if (this.#open === undefined || ++this.#readOnlyTicks % writeAgainTicks !== 0) return;
    this.#open.store.resumeWriting().then(
      () => {
        if (this.#open?.store.readOnly === undefined) this.requestScan('the index can be written again');
      },
      () => undefined, // still read-only, and the status says why
    );
  }

  #fail(what: string, error: unknown): void {
    const message = `${what}: ${messageOf(error)}`;
    this.#options.log('error', `${this.root.name}: ${error instanceof Error ? (error.stack ?? message) : message}`);
    const { state } = this.#machine;
    const suggestions = ['Run "Almagest: Repair".', 'If that does not help, run "Almagest: Rebuild".'];
    if (state === 'loading' || state === 'indexing' || state === 'saving') {
      this.#machine.enter('corrupted', message, suggestions);
    }
    this.#options.onDidChange();
  }

  #isSettled(): boolean {
    if (this.#closed || this.#paused) return true;
    return (
      this.#machine.state !== 'loading' &&
      this.#queue.idle &&
      this.#hints.size === 0 &&
      this.#hinting === undefined &&
      (this.#open?.feeder.idle ?? true)
    );
  }

  #notifySettled(): void {
    if (!this.#isSettled()) return;
    const waiters = this.#settledWaiters;
    this.#settledWaiters = [];
    for (const settle of waiters) settle();
  }

  /** How the root is walked. */
  get scanOptions(): ScanOptions {
    return { root: this.path, excludes: this.#excludes, threads: this.#options.threads };
  }

  #known(): KnownFiles {
    return {
      get: (path) => {
        const seen = this.facts.observation(path);
        return seen && { fingerprintLow: seen.low, fingerprintHigh: seen.high, checkedAtMs: seen.checkedMs };
      },
      paths: (under) => this.facts.paths(under),
    };
  }

  #writable(): OpenIndex {
    if (this.#open === undefined) throw new Error('The index is not open; "Almagest: Rebuild" makes a new one.');
    const { readOnly } = this.#open.store;
    if (readOnly !== undefined) throw new Error(`The index cannot be written: ${readOnly}`);
    return this.#open;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
