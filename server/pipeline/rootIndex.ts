// The index of one workspace root, alive: opens it, keeps it true to the disk, and carries out commands. All work goes
// through one queue with a cause each; reads never wait for it. What is durable and how is the store's business, what a
// fact is the extractor's. The parts: indexRuns (the work), hintRuns (the work beside it), commands, schedule.

import type { FactStore } from '../facts/factStore';
import type { BudgetName, ByteBudget } from '../model/byteBudget';
import type { SchedulerStats } from '../model/schedulerStats';
import { explainReason, skipReasons } from '../model/skipReason';
import type { BuildAudit, BuildInfo, CommandResult, RootStatus } from '../protocol';
import type { SearchStore } from '../search/searchStore';
import type { FileTimes } from '../store/ledgerFile';
import type { CancellationToken } from '../util/cancellation';
import { pathRule } from '../workspace/pathRule';
import { locate, type Root } from '../workspace/roots';
import { compare, type ScanOptions, type ScanSkipped } from '../workspace/scan';
import { listBuilds, readBuild } from './audit/builds';
import { Builds } from './builds';
import { Commands } from './commands';
import { HintRuns } from './hintRuns';
import type { IndexWork } from './indexer';
import { IndexRuns } from './indexRuns';
import { done } from './maintenance';
import { RootContext, type RootIndexOptions } from './rootContext';
import { rootStatus } from './rootStatus';
import { Schedule } from './schedule';

export type { RootIndexOptions } from './rootContext';

export class RootIndex {
  readonly #context: RootContext;
  readonly #builds: Builds;
  readonly #runs: IndexRuns;
  readonly #hints: HintRuns;
  readonly #commands: Commands;
  readonly #schedule: Schedule;
  #endWaiters: (() => void)[] = [];
  #onDidApply: (paths: readonly string[]) => void = () => undefined;

  constructor(options: RootIndexOptions) {
    const onDidEnd = (): void => this.#notifyEnd();
    this.#context = new RootContext(options, {
      onChanged: (paths) => this.hint(paths),
      onApplied: (paths) => this.#onDidApply(paths),
      onDidEnd,
      onDidLoad: () => this.#builds.closeInterrupted(),
      onWillUnload: () => this.#builds.stopLater(),
    });
    this.#builds = new Builds(this.#context, onDidEnd);
    this.#runs = new IndexRuns(this.#context, this.#builds, (paths) => this.hint(paths));
    this.#hints = new HintRuns(this.#context, this.#runs, onDidEnd);
    this.#commands = new Commands(this.#context, this.#runs);
    this.#schedule = new Schedule(this.#context, this.#runs);
  }

  get root(): Root {
    return this.#context.options.root;
  }

  /** Real path of the root. */
  get path(): string {
    return this.#context.path;
  }

  get facts(): FactStore {
    return this.#context.facts;
  }

  /** The search index; undefined while the index is not open. */
  get search(): SearchStore | undefined {
    return this.#context.open?.search;
  }

  /** Entries that the last scan passed over by their name or kind. */
  get scanSkipped(): ScanSkipped {
    return this.#runs.scanSkipped;
  }

  /** Calls back with the folders of each full scan: what a watcher should follow. */
  set onDidScan(listener: (folders: readonly string[]) => void) {
    this.#runs.onDidScan = listener;
  }

  /** Calls back with the paths that each durable batch changed or removed, when the facts show it. */
  set onDidApply(listener: (paths: readonly string[]) => void) {
    this.#onDidApply = listener;
  }

  /** A question failed over the search index, which is mended behind it. */
  searchFailed(error: unknown): void {
    this.#context.searchFailed(error);
  }

  /** Runs a piece of stage4, the making and updating of the SQLite form, as a task of its queue. */
  sqliteTask<T>(bytes: number, run: () => Promise<T>): Promise<T> {
    return this.#context.options.scheduler.run('stage4.sqlite', { cpu: 1, io: 1, bytes }, run);
  }

  /** Resolves when the user leaves room for what nobody waits for, or when the token is cancelled. */
  quiet(token: CancellationToken): Promise<void> {
    return this.#context.options.builds.quiet(token);
  }

  /** Which index it is, where it lies, and the last batch that the facts hold; undefined while it is not open. */
  get identity(): { readonly indexId: string; readonly folder: string; readonly seq: number } | undefined {
    const { open } = this.#context;
    return open && { indexId: open.store.indexId, folder: open.store.folder, seq: open.indexer.appliedSeq };
  }

  /** What waits and runs now, of all roots. */
  get schedulerStats(): SchedulerStats {
    return this.#context.options.scheduler.stats();
  }

  /** Of what is written, by the settings as they are now. */
  get budgets(): Readonly<Record<BudgetName, ByteBudget>> {
    return this.#context.budgets;
  }

  /** How the root is walked. */
  get scanOptions(): ScanOptions {
    return this.#context.scanOptions;
  }

  /** What was done to files since this object was made, but for rebuilds, which tell it themselves. */
  get work(): IndexWork {
    return this.#runs.work;
  }

  /** When files were last indexed because they changed, ms since the epoch: what "recently edited" means. */
  get recent(): ReadonlyMap<string, number> {
    return this.#hints.recent;
  }

  /** Why the folder itself could not be read when it was last looked at; undefined when it could. */
  get rootUnreadable(): string | undefined {
    return this.#context.rootUnreadable;
  }

  get status(): RootStatus {
    return rootStatus(this.#context, this.#runs, this.#builds);
  }

  get excludes(): readonly string[] {
    return this.#context.excludes;
  }

  set excludes(excludes: readonly string[]) {
    if (JSON.stringify(excludes) === JSON.stringify(this.#context.excludes)) return;
    this.#context.excludes = excludes;
    this.requestScan('exclude settings changed');
  }

  /**
   * Opens the index and, unless told otherwise, starts to bring it up to date. Resolves when it can answer; the state
   * says how it went.
   */
  async open({ scan: scanNow = true }: { readonly scan?: boolean } = {}): Promise<void> {
    const { machine } = this.#context;
    machine.enter('loading', 'opening the index');
    this.#schedule.start();
    try {
      await this.#context.load();
    } catch (error) {
      this.#context.fail('The index could not be opened', error);
      this.#notifyEnd();
      return;
    }
    const isNew = this.facts.size === 0;
    const { safeMode, open } = this.#context;
    machine.enter('ready', safeMode ?? (isNew ? 'nothing indexed yet' : 'loaded'));
    if (safeMode !== undefined) open?.guard?.atWork(false);
    if (scanNow && open?.store.readOnly === undefined) this.requestScan(isNew ? 'first build' : 'start');
    this.#notifyEnd();
  }

  /** Asks for a scan of the whole root; several requests before it starts are one. */
  requestScan(cause: string): void {
    this.#runs.requestScan(cause);
  }

  /** Tells of paths that may have changed; they are looked at beside whatever else runs. */
  hint(paths: Iterable<string>): void {
    this.#hints.add(paths);
  }

  /** Whether the rules of the root would let a path be indexed. */
  async wouldIndex(path: string): Promise<boolean> {
    const { ignored, secret, exists, kind } = await pathRule(this.scanOptions, path);
    return !ignored && !secret && (!exists || kind === 'file');
  }

  /** Whether a path that is not indexed comes after as many files as an index takes. */
  isBeyondLimit(path: string): boolean {
    return this.#runs.isBeyondLimit(path);
  }

  /** Whether the search index has committed the newest facts of a path. */
  isSearchable(path: string): boolean {
    const { open } = this.#context;
    if (open === undefined || open.behind === 'everything') return false;
    return !open.behind.has(path) && !open.feeder.pending.has(path);
  }

  /** When the facts of a path took the steps of their way into the index; undefined where that is not known. */
  async times(path: string): Promise<FileTimes | undefined> {
    const row = this.facts.findStored(path);
    if (row === undefined) return undefined;
    const { segment, file } = row;
    return this.#context.open?.ledger.find({ path: segment.pathBytes(file), hash: segment.hash(file) });
  }

  /** The root-relative path of a URI that is spelled below this root. */
  pathOf(uri: string): string | undefined {
    return locate([this.root], uri)?.path;
  }

  /** Extracts one file again, whatever its hash says. */
  async reindex(path: string): Promise<CommandResult> {
    const what = await this.#hints.reindex(path);
    if (what === undefined) return { ok: false, message: `${path} is not on disk, or is ignored.`, findings: [] };
    if (what === 'beyond') {
      return { ok: false, message: `${path} is not indexed: ${explainReason('tooManyFiles')}.`, findings: [] };
    }
    return done(what === 'removed' ? `Removed ${path} from the index.` : `Indexed ${path} again.`);
  }

  /** The builds that are kept, newest first. */
  async builds(): Promise<readonly BuildInfo[]> {
    const { open } = this.#context;
    return open === undefined ? [] : listBuilds(open.store.folder);
  }

  /** The account of a build, the newest without `buildId`; undefined when there is none. */
  async audit(buildId?: string): Promise<BuildAudit | undefined> {
    const { open } = this.#context;
    const audit = open && (await readBuild(open.store.folder, buildId));
    const isInWork = audit !== undefined && audit.state.buildId === this.#builds.currentId;
    return isInWork ? { ...audit, scheduler: this.schedulerStats } : audit;
  }

  pause(): CommandResult {
    this.#context.pause();
    void this.#builds.stopLater();
    return done('Indexing is paused; answers come from what is indexed.');
  }

  resume(): CommandResult {
    if (!this.#context.paused) return done('Indexing was not paused.');
    this.#context.resume();
    this.requestScan('resumed');
    return done('Indexing goes on.');
  }

  /** Makes all facts and the search index anew; the old ones answer until their replacement is there. */
  rebuild(token?: CancellationToken): Promise<CommandResult & IndexWork> {
    return this.#commands.rebuild(token);
  }

  /** Checks both stores and a sample of the sources; changes nothing. */
  verify(token?: CancellationToken): Promise<CommandResult> {
    return this.#commands.verify(token);
  }

  /** Mends what verification finds: damaged facts are extracted again, a damaged search index is made anew. */
  repair(token?: CancellationToken): Promise<CommandResult> {
    return this.#commands.repair(token);
  }

  /** Saves a snapshot of what is only in the journal, so that the next start need not replay it. */
  save(token?: CancellationToken): Promise<CommandResult> {
    return this.#commands.save(token);
  }

  /** Removes the index from the disk. It is made again by "Rebuild" or at the next start. */
  clear(): Promise<CommandResult> {
    return this.#commands.clear();
  }

  /** How many files differ from what is indexed, by a look at the whole root that changes nothing. */
  async countStale(token?: CancellationToken): Promise<number> {
    const changes = await compare(await this.#runs.walk(token), this.#context.known, undefined, token);
    return changes.filter(
      (change) => change.kind !== 'changed' || (change.why === 'metadata' && !this.#isUnreadable(change.path)),
    ).length;
  }

  /** Whether a file could not be read: without metadata that could be compared, it is tried again in each scan. */
  #isUnreadable(path: string): boolean {
    const row = this.facts.findStored(path);
    return row !== undefined && skipReasons[row.segment.byte(row.file, 'skip')] === 'unreadable';
  }

  /** Resolves when nothing that was known when asked is left to do. */
  async settled(): Promise<void> {
    while (!this.#isIndexed || !this.#isOver) await this.#nextEnd();
  }

  /** The same, but for the later stages of a build: everything answers. */
  async indexed(): Promise<void> {
    while (!this.#isIndexed) await this.#nextEnd();
  }

  async close(): Promise<void> {
    this.#schedule.stop();
    await this.#context.close();
    await this.#hints.close();
    await this.#runs.saveAtEnd();
    await this.#context.unload();
    this.#notifyEnd();
  }

  get #isIndexed(): boolean {
    const { closed, paused, machine, queue, open } = this.#context;
    if (closed || paused) return true;
    if (machine.state === 'loading' || !queue.idle) return false;
    // Without an open index hints wait for the scan that follows its opening.
    return open === undefined || (this.#hints.idle && (open.feeder.idle || open.searchIndex.isGivenUp));
  }

  /** Whether no later stage is in work, or none that goes on. */
  get #isOver(): boolean {
    const { closed, paused } = this.#context;
    return closed || paused || this.#builds.idle;
  }

  /** Resolves when some work has ended, which may have been the last. */
  #nextEnd(): Promise<void> {
    return new Promise((resolve) => this.#endWaiters.push(resolve));
  }

  #notifyEnd(): void {
    if (!this.#isIndexed) return;
    const waiters = this.#endWaiters;
    this.#endWaiters = [];
    for (const wake of waiters) wake();
  }
}
