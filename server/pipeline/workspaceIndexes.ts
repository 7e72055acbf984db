// The indexes of all roots of a window, with what they share: one extractor pool and the settings. Adds and removes
// roots as the client does, and keeps a watcher beside each index.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ExtractorPool } from '../extraction/pool';
import type { SchedulerStats, Settings, SlowReason, Status } from '../protocol';
import { isOnBattery } from '../util/power';
import type { Root } from '../workspace/roots';
import { maxFiles } from '../workspace/scan';
import { Watcher } from '../workspace/watcher';
import { embeddingsStage, type LaterStage } from './laterStages';
import { relationsStage } from './relations';
import { Governor, type Activity } from './governor';
import { RootIndex, type RootIndexOptions } from './rootIndex';
import { normalTokens, Scheduler, slowTokens } from './scheduler';
import { snapshotLimits } from './snapshotPolicy';

export interface WorkspaceOptions {
  /** Folder of the bundled programs: `extractor.js` and `watcher.js` lie there. */
  readonly programs: string;
  readonly version: string;
  /** Whether to follow changes on disk after the first scan. */
  readonly watch: boolean;
  /** Whether an index over which processes end again and again is left alone until it is resumed. */
  readonly guardCrashes?: boolean;
  /** What follows stage1 of a build; resolution alone if absent. */
  readonly laterStages?: readonly LaterStage[];
  /** Files that an index takes; see `maxFiles` in workspace/scan.ts, which is the number if absent. */
  readonly maxFiles?: number;
  readonly log: (level: 'info' | 'warn' | 'error', line: string) => void;
  readonly onDidChange: () => void;
}

/** Limits of what is read and parsed; beyond them a file is skipped or text only, and says so. */
export const limits = {
  deadlineMs: 2000,
  maxFileBytes: 64 << 20,
  maxParseBytes: 4 << 20,
  maxLineBytes: 10_000,
  maxRows: 200_000,
} as const;

interface Entry {
  readonly index: RootIndex;
  readonly watcher: Watcher | undefined;
  /** Resolves when the watcher follows the root's folders. */
  readonly ready: Promise<void>;
}

export class WorkspaceIndexes {
  readonly #options: WorkspaceOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #scheduler = new Scheduler({ tokens: normalTokens });
  readonly #governor: Governor;
  #pool: ExtractorPool | undefined;
  #settings: Settings = { exclude: [], threads: 0, outline: 'auto' };

  constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.#governor = new Governor({
      // Somebody waits for a command, on battery or not.
      isOnBattery: options.watch ? isOnBattery : () => Promise.resolve(false),
      onDidChange: (reason) => {
        this.#scheduler.tokens = reason === undefined ? normalTokens : slowTokens;
        if (this.#pool !== undefined) this.#pool.threads = this.#poolThreads();
        options.onDidChange();
      },
    });
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Takes new settings over; excludes and limits act at once, the number of threads and the index location at the next start. */
  set settings(settings: Settings) {
    this.#settings = settings;
    for (const [uri, { index }] of this.#entries) index.excludes = this.#excludesOf(uri);
  }

  get indexes(): readonly RootIndex[] {
    return [...this.#entries.values()].map(({ index }) => index);
  }

  get(uri: string): RootIndex | undefined {
    return this.#entries.get(uri)?.index;
  }

  get status(): Status {
    const { reason } = this.#governor;
    const slowed = reason === undefined ? {} : { slowed: reason };
    return { version: this.#options.version, roots: this.indexes.map(({ status }) => ({ ...status, ...slowed })) };
  }

  /** Of the queues that all indexes share. */
  get scheduler(): SchedulerStats {
    return this.#scheduler.stats();
  }

  /** Why bulk work makes room now; undefined when it does not. */
  get slowed(): SlowReason | undefined {
    return this.#governor.reason;
  }

  /** The user changed a text: bulk work makes room until they pause. */
  noteTyping(): void {
    this.#governor.noteTyping();
  }

  /** Something is debugged in another window that works on these indexes, until it is not any more. */
  noteDebugging(window: object, debugging: boolean): void {
    this.#governor.noteDebugging(window, debugging);
  }

  /** What else the user does, on each change. */
  noteActivity(activity: Activity): void {
    this.#governor.noteActivity(activity);
  }

  /** Most resident memory of the extractors so far, in bytes. */
  get peakRss(): number {
    return this.#pool?.peakRss ?? 0;
  }

  /** Process ids of the extractors that run. */
  get extractorPids(): readonly number[] {
    const pid = this.#pool?.pid;
    return pid === undefined ? [] : [pid];
  }

  /** Process ids of the watchers that run. */
  get watcherPids(): readonly number[] {
    return [...this.#entries.values()].flatMap(({ watcher }) => watcher?.pid ?? []);
  }

  /** Resolves when every watcher follows the folders of its root's first scan. */
  get watching(): Promise<void> {
    return Promise.all([...this.#entries.values()].map(({ ready }) => ready)).then(() => undefined);
  }

  /** The extractors of all indexes. */
  get pool(): ExtractorPool {
    return this.#sharedPool(this.#threads());
  }

  /** Opens the index of a root and starts to follow it. Resolves when it can answer. */
  async add(root: Root): Promise<RootIndex> {
    const index = this.create(root);
    await this.open(index);
    return index;
  }

  /** Opens an index that was created; resolves when it can answer. */
  async open(index: RootIndex, options: { readonly scan?: boolean } = {}): Promise<void> {
    const { watch, log } = this.#options;
    await index.open(options);
    // Whoever follows a root is going to be asked for symbols.
    if (watch) index.facts.warmUp().catch((error: unknown) => log('warn', `${index.root.name}: ${String(error)}`));
  }

  /** Makes the index of a root, not yet open. A reader takes no lock and watches nothing. */
  create(root: Root, options: Pick<RootIndexOptions, 'mode' | 'lock'> = {}): RootIndex {
    const { log, programs } = this.#options;
    const watch = this.#options.watch && options.mode !== 'reader';
    this.#governor.noteWork();
    const { indexDir } = this.#settings;
    const threads = this.#threads();
    const index = new RootIndex({
      root,
      ...options,
      ...(indexDir === undefined ? {} : { indexDir }),
      excludes: this.#excludesOf(root.uri),
      threads,
      maxFileBytes: limits.maxFileBytes,
      maxFiles: this.#options.maxFiles ?? maxFiles,
      isFollowed: watch,
      guardCrashes: this.#options.guardCrashes === true,
      pool: this.#sharedPool(threads),
      scheduler: this.#scheduler,
      builds: {
        version: this.#options.version,
        budgets: () => ({ byteBudgets: this.#settings.byteBudgets, strict: this.#settings.byteBudgetStrict }),
        laterStages: this.#options.laterStages ?? [relationsStage(), embeddingsStage],
        quiet: (token) => this.#governor.quiet(token),
      },
      snapshotLimits: () => snapshotLimits(this.#settings),
      log,
      onDidChange: () => {
        this.#governor.noteWork();
        this.#options.onDidChange();
      },
    });
    let onReady = (): void => undefined;
    const ready = watch ? new Promise<void>((resolve) => (onReady = resolve)) : Promise.resolve();
    const watcher = watch ? this.#watcherFor(index, join(programs, 'watcher.js'), threads, onReady) : undefined;
    this.#entries.set(root.uri, { index, watcher, ready });
    if (watcher !== undefined) index.onDidScan = (folders) => watcher.follow(folders);
    return index;
  }

  async remove(uri: string): Promise<void> {
    const entry = this.#entries.get(uri);
    this.#entries.delete(uri);
    entry?.watcher?.dispose();
    await entry?.index.close();
  }

  /** Closes every index and ends the processes. */
  async close(): Promise<void> {
    this.#governor.dispose();
    await Promise.all([...this.#entries.keys()].map((uri) => this.remove(uri)));
    await this.#pool?.dispose();
  }

  #poolThreads(): number {
    return this.#governor.reason === undefined ? this.#threads() : 1;
  }

  #excludesOf(uri: string): readonly string[] {
    return [...this.#settings.exclude, ...(this.#settings.rootExclude?.[uri] ?? [])];
  }

  #watcherFor(index: RootIndex, entry: string, threads: number, onReady: () => void): Watcher {
    const { log } = this.#options;
    return new Watcher({
      entry,
      scan: { root: index.path, excludes: index.excludes, threads },
      log: (line) => log('info', line),
      onEvent: (event) => {
        if (event.kind === 'dirty') index.hint(event.paths);
        else if (event.kind === 'ready') {
          log('info', `watching ${event.folders} folders of ${index.path}`);
          // What changed between the first scan and now was seen by neither.
          index.requestScan('watching began');
          onReady();
        } else {
          log('warn', event.detail);
          // What the scan found is said behind its cause.
          index.requestScan(event.detail.replace(/\.$/, ''));
        }
      },
    });
  }

  #threads(): number {
    return this.#settings.threads > 0 ? this.#settings.threads : Math.min(4, availableParallelism());
  }

  #sharedPool(threads: number): ExtractorPool {
    this.#pool ??= new ExtractorPool({
      entry: join(this.#options.programs, 'extractor.js'),
      limits: { ...limits, threads },
      log: (line) => this.#options.log('info', line),
    });
    this.#pool.threads = this.#poolThreads();
    return this.#pool;
  }
}
