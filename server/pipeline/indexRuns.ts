// The three runs of the queue that keep an index true to the disk: a scan of the root, the indexing of what it found,
// and a snapshot of the result. When they run is decided by schedule and commands.

import type { BuildSummary } from '../protocol';
import type { CancellationToken } from '../util/cancellation';
import { compare, scan, type FileChange, type ScanResult, type SkippedPath } from '../workspace/scan';
import { bulkFiles, type IndexOutcome } from './indexer';
import { ProgressMeter } from './progress';
import type { RootContext } from './rootContext';

export class IndexRuns {
  readonly #context: RootContext;
  readonly #hint: (paths: readonly string[]) => void;
  readonly #work = { indexed: 0, removed: 0, bytes: 0 };
  #scanNumber = 0;
  #scanSkipped: { readonly list: readonly SkippedPath[]; readonly total: number } = { list: [], total: 0 };
  #changedFiles = 0;
  #firstChange: number | undefined;
  #lastBuild: BuildSummary | undefined;
  /** Told the folders of each full scan. */
  onDidScan: (folders: readonly string[]) => void = () => undefined;

  /** @param hint takes paths that have to be looked at again */
  constructor(context: RootContext, hint: (paths: readonly string[]) => void) {
    this.#context = context;
    this.#hint = hint;
  }

  /** Entries that the last scan passed over by their name or kind. */
  get scanSkipped(): readonly SkippedPath[] {
    return this.#scanSkipped.list;
  }

  /** Files indexed and removed, and bytes of the indexed ones, since this object was made. */
  get work(): { readonly indexed: number; readonly removed: number; readonly bytes: number } {
    return this.#work;
  }

  get lastBuild(): BuildSummary | undefined {
    return this.#lastBuild;
  }

  /** What is in the journal only: how many files, and since when (ms since the epoch; undefined for none). */
  get unsaved(): { readonly files: number; readonly since: number | undefined } {
    return { files: this.#changedFiles, since: this.#firstChange };
  }

  /** Asks for a scan of the whole root; several requests before it starts are one. */
  requestScan(cause: string): void {
    const { queue } = this.#context;
    if (!queue.isWaiting(cause)) queue.add({ cause, run: () => this.#scan(cause) });
  }

  /** Lists the root, and remembers what the walk skipped. */
  async walk(token: CancellationToken | undefined): Promise<ScanResult> {
    const result = await scan(this.#context.scanOptions, '', token);
    this.#scanSkipped = { list: result.skipped(), total: result.skippedTotal };
    this.onDidScan(result.folders());
    return result;
  }

  /** Indexes changes as a job of the queue. `stages` are milliseconds spent before, for "where time went". */
  async index(
    changes: readonly FileChange[],
    cause: string,
    token: CancellationToken,
    stages: Readonly<Record<string, number>> = {},
  ): Promise<IndexOutcome> {
    const context = this.#context;
    const { machine, options } = context;
    const started = performance.now();
    const meter = new ProgressMeter('extracting', 0);
    context.meter = meter;
    machine.enter('indexing', `${cause}: ${changes.length} ${changes.length === 1 ? 'file' : 'files'}`);
    const { again, ...outcome } = await context.writable.indexer.apply(changes, meter, token);
    const extractMs = performance.now() - started;
    this.noteChanges(outcome);
    const { feeder } = context.writable;
    if (outcome.indexed > bulkFiles) {
      // A bulk load leaves trees and rows behind; what comes now needs that memory itself.
      options.pool.release();
      context.meter = new ProgressMeter('searchIndex', feeder.waiting);
      await feeder.flush();
    }
    this.#hint(again);
    const elapsedMs = performance.now() - started;
    if (outcome.indexed > bulkFiles) {
      this.#lastBuild = {
        cause,
        files: outcome.indexed,
        bytes: outcome.bytes,
        elapsedMs: elapsedMs + (stages['scan'] ?? 0),
        stages: { ...stages, extract: extractMs, searchIndex: elapsedMs - extractMs },
        peakRss: { server: process.resourceUsage().maxRSS * 1024, extractors: options.pool.peakRss },
      };
    }
    machine.enter('ready', `${cause}: ${outcome.indexed} indexed, ${outcome.removed} removed`);
    return outcome;
  }

  /** Counts what was made durable, here or beside the queue. */
  noteChanges({ indexed, removed, bytes }: IndexOutcome): void {
    this.#work.indexed += indexed;
    this.#work.removed += removed;
    this.#work.bytes += bytes;
    this.#changedFiles += indexed + removed;
    if (this.#changedFiles > 0) this.#firstChange ??= Date.now();
  }

  /** Saves a snapshot, and tidies the search index in a job of its own. */
  async snapshot(cause: string): Promise<void> {
    const context = this.#context;
    const started = performance.now();
    context.machine.enter('saving', cause);
    context.meter = new ProgressMeter('snapshot', 1);
    await context.writable.save();
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
    context.queue.add({ cause: 'tidying the search index', run: async () => context.open?.tidySearch() });
  }

  async #scan(cause: string): Promise<void> {
    const context = this.#context;
    if (context.paused || context.open === undefined) return;
    const token = context.newToken();
    context.meter = new ProgressMeter('scanning', 0);
    const started = performance.now();
    const result = await this.walk(token);
    const changes = await compare(result, context.known, this.#scanNumber++, token);
    const scanMs = performance.now() - started;
    if (changes.length > 0) {
      const outcome = await this.index(changes, cause, token, { scan: scanMs });
      if (outcome.indexed > bulkFiles) await this.snapshot(cause);
    } else if (context.machine.state !== 'ready') {
      context.machine.enter('ready', `${cause}: nothing changed`);
    }
  }
}
