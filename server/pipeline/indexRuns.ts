// The three runs of the queue that keep an index true to the disk: a scan of the root, the indexing of what it found,
// and a snapshot of the result. When they run is decided by schedule and commands.

import { randomInt } from 'node:crypto';
import { languageVersions } from '../extraction/languageVersions';
import type { BuildSummary, NextSnapshot } from '../protocol';
import type { CancellationToken } from '../util/cancellation';
import { messageOf } from '../util/messageOf';
import { comparePaths } from '../util/pathOrder';
import { count, counted } from '../util/counted';
import { compare, scan, type FileChange, type ScanResult, type ScanSkipped } from '../workspace/scan';
import type { Builds, Stage1 } from './builds';
import { bulkFiles, type IndexOutcome, type IndexPlan, type IndexWork } from './indexer';
import { outdatedFiles } from './outdated';
import type { ProgressMeter } from './progress';
import type { RootContext } from './rootContext';
import { nextSnapshot, snapshotPolicy, type DueSnapshot } from './snapshotPolicy';

/** How a build came to know of its changes: since when it looked, and the files that a scan of the whole root found. */
export interface Found {
  /** `performance.now()` when looking began. */
  readonly startedMs: number;
  readonly files?: number;
  /** A build whatever the number of changes; else only many are one. */
  readonly isBuild?: boolean;
  /** The search index is new, and the changes are all that it has to hold. */
  readonly fillsSearch?: boolean;
}

export class IndexRuns {
  readonly #context: RootContext;
  readonly #builds: Builds;
  readonly #hint: (paths: readonly string[]) => void;
  readonly #work = { indexed: 0, removed: 0, bytes: 0 };
  #scanNumber = 0;
  #isRenewed = false;
  /** Each start audits another hundredth of the files first. */
  #auditTurn = randomInt(100);
  #scanSkipped: ScanSkipped = { list: [], counts: {} };
  #scannedFiles = 0;
  #changedFiles = 0;
  /** Both by `performance.now()`, which goes on when somebody sets the clock. */
  #firstChange: number | undefined;
  #lastChange = 0;
  #lastScan = performance.now();
  #lastBuild: BuildSummary | undefined;
  /** Told the folders of each full scan. */
  onDidScan: (folders: readonly string[]) => void = () => undefined;

  /** @param hint takes paths that have to be looked at again */
  constructor(context: RootContext, builds: Builds, hint: (paths: readonly string[]) => void) {
    this.#context = context;
    this.#builds = builds;
    this.#hint = hint;
  }

  /** Entries that the last scan passed over by their name or kind. */
  get scanSkipped(): ScanSkipped {
    return this.#scanSkipped;
  }

  /** What was done to files since this object was made, but for rebuilds, which tell it themselves. */
  get work(): IndexWork {
    return this.#work;
  }

  get lastBuild(): BuildSummary | undefined {
    return this.#lastBuild;
  }

  /** What is in the journal only: how many files, and since when (ms since the epoch). */
  get unsaved(): { readonly files: number; readonly since: number | undefined } {
    const since = this.#firstChange;
    return { files: this.#changedFiles, since: since === undefined ? undefined : toEpoch(since) };
  }

  /** When what is unsaved will be saved, and why then; undefined when nothing is, or nobody will. */
  get nextSnapshot(): NextSnapshot | undefined {
    const due = this.#dueSnapshot();
    return due && { ...due, at: toEpoch(due.at) };
  }

  get isSnapshotDue(): boolean {
    return (this.#dueSnapshot()?.at ?? Infinity) <= performance.now();
  }

  /** Milliseconds since the last scan of the whole root. */
  get sinceScanMs(): number {
    return performance.now() - this.#lastScan;
  }

  /** Asks for a scan of the whole root; several requests before it starts are one. */
  requestScan(cause: string): void {
    const { queue } = this.#context;
    if (!queue.isWaiting(cause)) queue.add({ cause, run: () => this.#scan(cause) });
  }

  /** Lists the root, and remembers what the walk skipped. */
  async walk(token: CancellationToken | undefined): Promise<ScanResult> {
    // One that fails counts too, or it would be tried again at once, and again.
    this.#lastScan = performance.now();
    const result = await scan(this.#context.scanOptions, '', token);
    this.#lastScan = performance.now();
    this.#context.rootIsRead();
    this.#warnOfLimit(result.skippedCounts.tooManyFiles ?? 0);
    this.#scanSkipped = { list: result.skipped(), counts: result.skippedCounts };
    this.#scannedFiles = result.count;
    this.onDidScan(result.folders());
    return result;
  }

  /** Indexes changes as a job of the queue. A build has an account of its stages and is saved at its end. */
  async index(
    changes: readonly FileChange[],
    cause: string,
    token: CancellationToken,
    found: Found,
  ): Promise<IndexOutcome> {
    const context = this.#context;
    const meter = context.measure('extracting', 0);
    context.machine.enter('indexing', `${cause}: ${counted(changes.length, 'file')}`);
    const plan = await context.writable.indexer.plan(changes, meter, token);
    const isBuild = found.isBuild === true || plan.files.length + plan.removed.length > bulkFiles;
    if (!isBuild) return this.#carryOut(plan, cause, token, meter);
    const discovery = {
      startedMs: found.startedMs,
      files: found.files ?? changes.length,
      changed: plan.files.length,
      removed: plan.removed.length,
      skipped: found.files === undefined ? {} : this.scanSkipped.counts,
      isFull: found.isBuild === true,
    };
    return this.#builds.run(cause, discovery, async (stage1) => {
      const outcome = await this.#carryOut(plan, cause, token, meter, { ...stage1, ...found });
      await this.snapshot(cause);
      await stage1?.saved();
      return outcome;
    });
  }

  async #carryOut(
    plan: IndexPlan,
    cause: string,
    token: CancellationToken,
    meter: ProgressMeter,
    build?: Partial<Stage1> & Found,
  ): Promise<IndexOutcome> {
    const { machine, options, writable } = this.#context;
    const started = performance.now();
    const { again, ...outcome } = await writable.indexer.apply(plan, meter, token, build?.observer);
    const extractMs = performance.now() - started;
    build?.extracted?.();
    this.noteChanges(outcome);
    const { feeder } = this.#context.writable;
    if (build !== undefined) {
      // A bulk load leaves trees and rows behind; what comes now needs that memory itself.
      options.pool.release();
      const searchMeter = this.#context.measure('searchIndex', feeder.waiting);
      if (build.fillsSearch === true) await writable.searchIndex.finishRebuild(searchMeter);
      else await feeder.flush(searchMeter);
      build.searchable?.(outcome);
      const elapsedMs = performance.now() - build.startedMs;
      const scan = started - build.startedMs;
      this.#lastBuild = {
        cause,
        files: outcome.indexed,
        bytes: outcome.bytes,
        elapsedMs,
        stages: { scan, extract: extractMs, searchIndex: elapsedMs - scan - extractMs },
        peakRss: { server: process.resourceUsage().maxRSS * 1024, extractors: options.pool.peakRss },
      };
    }
    this.#hint(again);
    const { indexed, removed } = outcome;
    const did = indexed + removed === 0 ? 'nothing changed' : `${indexed} indexed, ${removed} removed`;
    machine.enter('ready', `${cause}: ${did}`);
    return outcome;
  }

  /**
   * Of changes that hints led to, those that can be made at once. What comes to a root with as many files as an index
   * takes, or goes, moves the limit: which file is the last is told by a scan, which is asked for here.
   */
  withinLimit(changes: readonly FileChange[]): readonly FileChange[] {
    const { facts, options } = this.#context;
    const { maxFiles } = options;
    const isKnownCrowd = (this.#scanSkipped.counts.tooManyFiles ?? 0) > 0;
    const created = changes.filter(({ kind }) => kind === 'created').length;
    if (!isKnownCrowd && Math.max(facts.size, this.#scannedFiles) + created <= maxFiles) return changes;
    // Most of what is edited beyond the limit is counted there already, and no reason to look at all files.
    const last = isKnownCrowd && facts.size >= maxFiles ? facts.lastPath() : undefined;
    const isBeyond = ({ path }: FileChange): boolean => last !== undefined && comparePaths(path, last) > 0;
    if (changes.some((change) => change.kind !== 'changed' && !isBeyond(change))) {
      this.requestScan('files came or went at the limit of files');
    }
    return changes.filter(({ kind }) => kind !== 'created');
  }

  /** Whether a path that is not indexed comes after as many files as an index takes. */
  isBeyondLimit(path: string): boolean {
    const { facts, options } = this.#context;
    const last = facts.size < options.maxFiles ? undefined : facts.lastPath();
    return last !== undefined && comparePaths(path, last) > 0;
  }

  /** Counts what was done to files. */
  noteWork({ indexed, removed, bytes }: IndexWork): void {
    this.#work.indexed += indexed;
    this.#work.removed += removed;
    this.#work.bytes += bytes;
  }

  /** Remembers that there is more to save: what was made durable, here or beside the queue. */
  noteChanges({ indexed, removed }: IndexWork): void {
    this.#changedFiles += indexed + removed;
    const { facts, options } = this.#context;
    if (facts.size > options.maxFiles) this.requestScan('more files than an index takes');
    if (indexed + removed === 0) return;
    this.#lastChange = performance.now();
    this.#firstChange ??= this.#lastChange;
  }

  /** Saves a snapshot, and tidies the search index in a job of its own. */
  async snapshot(cause: string): Promise<void> {
    const context = this.#context;
    const started = performance.now();
    context.machine.enter('saving', cause);
    const index = context.writable;
    const mended = index.mustBeSaved;
    const { waiting } = index.feeder;
    await index.feeder.flush(waiting === 0 ? undefined : context.measure('searchIndex', waiting));
    await index.save(context.measure('snapshot', 0, 'bytes'));
    if (mended) {
      await index.store.setAsideDamaged();
      index.store.rungs.note(
        'new manifest',
        cause,
        `generation ${index.store.generation}`,
        performance.now() - started,
      );
    }
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
    context.machine.enter('ready', `${cause}: saved`);
    context.queue.add({ cause: 'tidying the search index', run: () => this.#tidy() });
  }

  #dueSnapshot(): DueSnapshot | undefined {
    const { open, paused, budgets, options } = this.#context;
    if (open === undefined || paused || open.store.readOnly !== undefined) return undefined;
    const changes = { files: this.#changedFiles, since: this.#firstChange, last: this.#lastChange };
    const journal = { journalBytes: open.store.sizes.journal, maxJournalBytes: budgets.journal.maxBytes };
    return nextSnapshot({ ...changes, ...journal }, options.snapshotLimits());
  }

  #warnOfLimit(beyond: number): void {
    if (beyond === 0 || this.#scanSkipped.counts.tooManyFiles !== undefined) return;
    const { log, root, maxFiles } = this.#context.options;
    const left = `${counted(beyond, 'file is', 'files are')} not indexed`;
    const remedy = 'Exclude folders by ".gitignore" or "almagest.exclude", or open a folder below it.';
    const limit = `an index takes the first ${count(maxFiles)} of a folder, in the order of their paths`;
    log('warn', `${root.name}: ${left}: ${limit}. ${remedy}`);
  }

  async #tidy(): Promise<void> {
    const { open, options } = this.#context;
    const isFollowed = options.isFollowed === true;
    await open?.searchIndex.tidy(isFollowed);
    // After the merges, which take as much memory.
    if (isFollowed) await open?.facts.warmUp();
  }

  /**
   * Saves what is unsaved when that takes no time worth speaking of, at the end of the process: the journal holds it
   * all the same, and closing must not wait for a large index to be written.
   */
  async saveAtEnd(): Promise<void> {
    const { open, machine, options } = this.#context;
    if (open === undefined || open.store.readOnly !== undefined || machine.state !== 'ready') return;
    const { journal, snapshot } = open.store.sizes;
    const { files, quickBytes } = snapshotPolicy;
    if (this.#changedFiles < files.atEnd || journal + snapshot > quickBytes || !open.feeder.idle) return;
    try {
      machine.enter('saving', 'closing');
      await open.save();
      machine.enter('ready', 'closing: saved');
    } catch (error) {
      options.log('warn', `${options.root.name}: not saved at the end, the journal holds it: ${messageOf(error)}`);
    }
  }

  async #scan(cause: string): Promise<void> {
    const context = this.#context;
    if (!context.mayWork) return;
    const token = context.newToken();
    await this.reconcile(cause, token);
    await this.#renew(token);
    const { open } = context;
    if (open?.mustBeSaved === true && open.store.readOnly === undefined) await this.snapshot('repaired at opening');
  }

  /** Extracts again what an older extractor has extracted. Once a start: extractors do not change while they run. */
  async #renew(token: CancellationToken): Promise<void> {
    if (this.#isRenewed) return;
    const changes = outdatedFiles(this.#context.facts, languageVersions());
    if (changes.length > 0) {
      this.noteWork(await this.index(changes, 'newer extractors', token, { startedMs: performance.now() }));
    }
    this.#isRenewed = true;
  }

  /** Looks at the whole root and indexes what differs. */
  async reconcile(cause: string, token: CancellationToken): Promise<void> {
    const context = this.#context;
    context.measure('scanning', 0);
    const started = performance.now();
    const { pool } = context.options;
    const isFirst = context.facts.size === 0;
    if (isFirst) pool.warmUp();
    const result = await this.walk(token);
    const changes = await compare(result, context.known, this.#auditTurn++, token);
    if (this.#scanNumber++ === 0) {
      const said = `${changes.length} to look at`;
      context.open?.store.rungs.note('scan', `${result.count} files`, said, performance.now() - started);
    }
    if (changes.length > 0) {
      const found = { startedMs: started, files: result.count, isBuild: isFirst };
      this.noteWork(await this.index(changes, cause, token, found));
      return;
    }
    if (isFirst) pool.release();
    if (context.machine.state !== 'ready') context.machine.enter('ready', `${cause}: nothing changed`);
  }
}

/** A time of `performance.now()` as people see it: ms since the epoch, by the clock as it is set now. */
function toEpoch(ms: number): number {
  return Math.round(Date.now() - performance.now() + ms);
}
