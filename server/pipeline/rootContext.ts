// What the parts that work on the index of one root share: its options, its state, its queue and the open index itself.
// Says what may be done now; what is done is decided by indexRuns, hintRuns, commands and schedule.

import type { ExtractorPool } from '../extraction/pool';
import { FactStore } from '../facts/factStore';
import { ByteBudgetSettingError, resolveByteBudgets, type BudgetName, type ByteBudget } from '../model/byteBudget';
import { isDiskFull, systemErrorCode } from '../store/errors';
import { CancellationError } from '../util/cancellation';
import { CancelSource } from '../util/cancelSource';
import { messageOf } from '../util/messageOf';
import type { WriterLock } from '../store/lock';
import type { Root } from '../workspace/roots';
import { RootUnreadableError, type KnownFiles, type ScanOptions } from '../workspace/scan';
import type { BuildSetup } from './laterStages';
import { JobQueue, type Job } from './jobQueue';
import { OpenIndex } from './openIndex';
import { ProgressMeter, type MeterOptions } from './progress';
import type { Scheduler } from './scheduler';
import type { SnapshotLimits } from './snapshotPolicy';
import { SearchGivenUpError } from './searchInUse';
import { IndexStateMachine } from './stateMachine';

export interface RootIndexOptions {
  readonly root: Root;
  /** Parent folder of all indexes; the user's cache folder when absent. */
  readonly indexDir?: string;
  /** `reader` never asks for the lock, and cannot write; a writer if absent. */
  readonly mode?: 'writer' | 'reader';
  /** The writer lock, when the caller has it already; a store that is opened again uses it again. */
  readonly lock?: WriterLock;
  readonly excludes: readonly string[];
  readonly threads: number;
  readonly maxFileBytes: number;
  /** Of more files only the first are taken. */
  readonly maxFiles: number;
  /** Whether symbols are going to be asked for: their index is loaded when a build is over. */
  readonly isFollowed?: boolean;
  /** Whether a process that died at work again and again leaves the index alone until it is resumed. */
  readonly guardCrashes?: boolean;
  readonly pool: ExtractorPool;
  readonly scheduler: Scheduler;
  readonly builds: BuildSetup;
  /** When changes are saved, by the settings as they are now. */
  readonly snapshotLimits: () => SnapshotLimits;
  readonly log: (level: 'info' | 'warn' | 'error', line: string) => void;
  readonly onDidChange: () => void;
}

export interface RootEvents {
  /** Paths whose bytes on disk are no longer those of the facts. */
  readonly onChanged: (paths: readonly string[]) => void;
  /** Paths that a durable batch changed or removed; the facts show it. */
  readonly onApplied: (paths: readonly string[]) => void;
  /** Something ended: nothing may be left to do now. */
  readonly onDidEnd: () => void;
  /** The index is open, and nothing else uses it yet. */
  readonly onDidLoad: () => Promise<void>;
  /** The index is about to be closed: whatever reads it has to end. */
  readonly onWillUnload: () => Promise<void>;
}

export class RootContext {
  readonly options: RootIndexOptions;
  readonly machine: IndexStateMachine;
  readonly queue: JobQueue;
  /** Globs in force; they may change while the index is open. */
  excludes: readonly string[];
  readonly #events: RootEvents;
  readonly #nothing = new FactStore();
  #open: OpenIndex | undefined;
  #meter: ProgressMeter | undefined;
  #paused = false;
  #closed = false;
  #safeMode: string | undefined;
  #lastRefusal: string | undefined;
  #rootUnreadable: string | undefined;
  #cancel = new CancelSource();

  constructor(options: RootIndexOptions, events: RootEvents) {
    this.options = options;
    this.excludes = options.excludes;
    this.#events = events;
    this.queue = new JobQueue(
      (job, error) => this.#onJobError(job, error),
      () => {
        this.#meter = undefined;
        if (this.queue.idle) this.#open?.guard?.atWork(false);
        options.onDidChange();
        events.onDidEnd();
      },
    );
    this.machine = new IndexStateMachine((line) => {
      this.#open?.store.audit({ event: 'state', detail: line });
      options.log('info', `${options.root.name}: ${line}`);
      options.onDidChange();
    });
  }

  /** Real path of the root. */
  get path(): string {
    return this.options.root.path;
  }

  /** The open index; undefined before it was opened, after it was cleared or closed, and when opening failed. */
  get open(): OpenIndex | undefined {
    return this.#open;
  }

  get facts(): FactStore {
    return this.#open?.facts ?? this.#nothing;
  }

  /** The open index to write to; throws, saying why, when there is none or it cannot be written. */
  get writable(): OpenIndex {
    if (this.#open === undefined) throw new Error('The index is not open; "Almagest: Rebuild" makes a new one.');
    const { readOnly } = this.#open.store;
    if (readOnly !== undefined) throw new Error(`The index cannot be written: ${readOnly}`);
    return this.#open;
  }

  /** How far the running job is; the queue takes it away when the job ends. */
  get meter(): ProgressMeter | undefined {
    return this.#meter;
  }

  /** Begins to tell how far a part of the running job is. */
  measure(part: ProgressMeter['stage'], total: number, unit?: MeterOptions['unit']): ProgressMeter {
    const { onDidChange } = this.options;
    this.#meter = new ProgressMeter(part, total, { unit, onDidChange });
    onDidChange();
    return this.#meter;
  }

  /** What was measured is done, though its job goes on. */
  endMeasuring(): void {
    this.#meter = undefined;
  }

  /** Why nothing is indexed until it is resumed; undefined when that is not so. */
  get safeMode(): string | undefined {
    return this.#safeMode;
  }

  /** Why the folder itself could not be read when it was last looked at; undefined when it could. */
  get rootUnreadable(): string | undefined {
    return this.#rootUnreadable;
  }

  /** The folder was listed: what was said of its absence holds no more. */
  rootIsRead(): void {
    if (this.#rootUnreadable === undefined) return;
    this.#rootUnreadable = undefined;
    if (this.machine.state === 'ready') this.machine.enter('ready', 'the folder can be read again');
  }

  get paused(): boolean {
    return this.#paused;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether work in the background may begin: what is corrupted waits until it was repaired and opened again. */
  get mayWork(): boolean {
    return this.#open !== undefined && !this.#paused && this.machine.state !== 'corrupted';
  }

  /** By the settings as they are now; what means nothing in them was told when they were made. */
  get budgets(): Readonly<Record<BudgetName, ByteBudget>> {
    try {
      return resolveByteBudgets(this.options.builds.budgets());
    } catch (error) {
      if (error instanceof ByteBudgetSettingError) return resolveByteBudgets();
      throw error;
    }
  }

  /** How the root is walked. */
  get scanOptions(): ScanOptions {
    const { threads, maxFiles } = this.options;
    return { root: this.path, excludes: this.excludes, threads, maxFiles };
  }

  /** What the facts say about the files on disk. */
  get known(): KnownFiles {
    return {
      get: (path) => {
        const seen = this.facts.observation(path);
        return seen && { fingerprintLow: seen.low, fingerprintHigh: seen.high, checkedAtMs: seen.checkedMs };
      },
      paths: (under) => this.facts.paths(under),
    };
  }

  /** Opens the index; the caller enters the states. */
  async load(): Promise<void> {
    const { root, indexDir, mode, lock, maxFileBytes, guardCrashes, pool, scheduler, log } = this.options;
    this.#open = await OpenIndex.load({
      root: root.path,
      ...(indexDir === undefined ? {} : { indexDir }),
      ...(mode === undefined ? {} : { mode }),
      ...(lock === undefined ? {} : { lock }),
      maxFileBytes,
      quarantineBytes: this.budgets.quarantine.maxBytes,
      guardCrashes: guardCrashes === true,
      pool,
      scheduler,
      warn: (line) => log('warn', `${root.name}: ${line}`),
      onChanged: this.#events.onChanged,
      onApplied: this.#events.onApplied,
      onSearchFailure: (error) => this.searchFailed(error),
      onProgress: () => {
        this.options.onDidChange();
        this.#events.onDidEnd();
      },
    });
    const warning = this.#open.guard?.warning;
    if (warning !== undefined) {
      this.#safeMode = warning;
      this.#paused = true;
      log('warn', `${root.name}: ${warning}`);
      this.#open.store.audit({ event: 'safe mode', detail: warning });
    }
    await this.#events.onDidLoad();
  }

  async unload(): Promise<void> {
    await this.#events.onWillUnload();
    const open = this.#open;
    this.#open = undefined;
    await open?.close();
  }

  /** Closes the index and removes it from the disk. */
  async remove(): Promise<void> {
    await this.#events.onWillUnload();
    const open = this.#open;
    this.#open = undefined;
    await open?.remove();
  }

  /** A fresh token for work in the background, which pausing and closing cancel. */
  newToken(): CancelSource['token'] {
    this.#cancel = new CancelSource();
    return this.#cancel.token;
  }

  /** Stops the work in the background, and keeps new work from starting until `resume`. */
  pause(): void {
    this.#paused = true;
    this.#cancel.cancel();
    this.options.onDidChange();
  }

  resume(): void {
    this.#paused = false;
    this.#safeMode = undefined;
    this.#open?.guard?.atWork(true);
    this.options.onDidChange();
  }

  /** Stops the work in the background for good; resolves when the running job has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel.cancel();
    await this.queue.close();
  }

  /** Work failed: says so, and with what the user can do where the index may be damaged. */
  fail(what: string, error: unknown): void {
    const message = `${what}: ${messageOf(error)}`;
    const { log, root, onDidChange } = this.options;
    const { state } = this.machine;
    const busy = state === 'indexing' || state === 'saving';
    if (error instanceof RootUnreadableError && (busy || state === 'ready')) {
      if (this.#rootUnreadable === error.message) return;
      this.#rootUnreadable = error.message;
      this.machine.enter('ready', error.message); // which is logged
      return;
    }
    if (this.#open !== undefined && (this.#open.store.readOnly !== undefined || isDiskFull(error))) {
      // Nothing is damaged: what was acknowledged is safe, the rest is found by the scan when there is room again.
      if (this.#lastRefusal !== message) log('warn', `${root.name}: ${message}`);
      this.#lastRefusal = message;
      if (busy) this.machine.enter('ready', message);
    } else {
      log('error', `${root.name}: ${error instanceof Error ? (error.stack ?? message) : message}`);
      // What fails beside the queue leaves the index as it was; a search index that was given up answers nothing.
      const isDamaged = busy || state === 'loading' || error instanceof SearchGivenUpError;
      if (isDamaged) this.machine.enter('corrupted', message, suggestionsFor(error));
    }
    onDidChange();
  }

  /** A job that was cancelled left everything acknowledged in place; one that failed may have left damage. */
  #onJobError(job: Job, error: unknown): void {
    if (!(error instanceof CancellationError)) {
      this.fail(`Indexing stopped (${job.cause})`, error);
    } else if (this.machine.state === 'indexing' || this.machine.state === 'saving') {
      this.machine.enter('ready', `${job.cause}: stopped before its end`);
    }
  }

  /** The search index can always be opened again or made anew, unless there is no room for it, or it is not ours to. */
  searchFailed(error: unknown): void {
    const open = this.#open;
    if (this.#closed || open === undefined || open.store.readOnly !== undefined || open.searchIndex.isGivenUp) return;
    const { log, root } = this.options;
    const reason = messageOf(error);
    if (isDiskFull(error)) {
      const full = error instanceof Error ? error : new Error(reason);
      void open.store.diskIsFull(full).catch((failure: unknown) => this.fail('The disk is full', failure));
      this.fail('The search index cannot be written', error);
      return;
    }
    log('error', `${root.name}: the search index failed: ${reason}`);
    const failed = open.search;
    const run = async (): Promise<void> => {
      // Another question may have failed over the same one.
      if (this.writable.search !== failed) return;
      log('warn', `${root.name}: ${await this.writable.searchIndex.mend(reason)}`);
    };
    this.queue.add({ cause: 'search index failed', run });
  }
}

/** What a user can do about an index that failed so. */
function suggestionsFor(error: unknown): readonly string[] {
  switch (systemErrorCode(error)) {
    case 'ERR_DISK_FULL':
      return ['Free some disk space, then run "Almagest: Repair".'];
    case 'ERR_NEWER_FORMAT':
      return ['Update Almagest.'];
    case 'ERR_FOREIGN_INDEX':
    case 'ERR_INSIDE_WORKSPACE':
    case 'ERR_NETWORK_FILE_SYSTEM':
    case 'ERR_PERMISSIONS':
      return ['Change the setting "almagest.index.location", or the rights of that folder.'];
    default:
      return ['Run "Almagest: Repair".', 'If that does not help, run "Almagest: Rebuild".'];
  }
}
