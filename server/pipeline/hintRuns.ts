// Looks at hinted paths beside whatever the queue runs: watcher events and saves do not wait for a long scan. A burst
// is handed to the queue as the bulk load that it is.

import { CancellationError } from '../util/cancellation';
import { scanHints, type FileChange } from '../workspace/scan';
import { bulkFiles } from './indexer';
import type { IndexRuns } from './indexRuns';
import { ProgressMeter } from './progress';
import { RecentFiles } from './recentFiles';
import type { RootContext } from './rootContext';

export class HintRuns {
  readonly #context: RootContext;
  readonly #runs: IndexRuns;
  readonly #onDidEnd: () => void;
  readonly #hints = new Set<string>();
  readonly #recent = new RecentFiles();
  #running: Promise<void> | undefined;

  /** @param onDidEnd a run ended; nothing may be left to do now */
  constructor(context: RootContext, runs: IndexRuns, onDidEnd: () => void) {
    this.#context = context;
    this.#runs = runs;
    this.#onDidEnd = onDidEnd;
  }

  get idle(): boolean {
    return this.#hints.size === 0 && this.#running === undefined;
  }

  /** When files were last indexed because they changed, ms since the epoch: what "recently edited" means. */
  get recent(): ReadonlyMap<string, number> {
    return this.#recent.map;
  }

  /** Tells of paths that may have changed. */
  add(paths: Iterable<string>): void {
    for (const path of paths) this.#hints.add(path);
    this.#pump();
  }

  /**
   * Extracts one file again, whatever its hash says; what was done with it, or `undefined` when it is not on disk.
   * `beyond`: nothing, as the index has as many files as it takes.
   */
  async reindex(path: string): Promise<'indexed' | 'removed' | 'beyond' | undefined> {
    const [change] = await scanHints(this.#context.scanOptions, [path], this.#context.known);
    if (change === undefined) return undefined;
    if (change.kind === 'created' && this.#runs.withinLimit([change]).length === 0) return 'beyond';
    const created: FileChange =
      change.kind === 'changed' ? { kind: 'created', path: change.path, size: change.size } : change;
    await this.#apply([created]);
    return change.kind === 'deleted' ? 'removed' : 'indexed';
  }

  /** Forgets what waits and resolves when the running look has ended. The context is closed before. */
  async close(): Promise<void> {
    this.#hints.clear();
    await this.#running;
  }

  #pump(): void {
    const { open, closed, paused } = this.#context;
    if (this.#running !== undefined || closed || paused || this.#hints.size === 0) return;
    if (open === undefined || open.store.readOnly !== undefined) return;
    const paths = [...this.#hints];
    this.#hints.clear();
    this.#running = this.#lookAt(paths)
      .catch((error: unknown) => {
        if (!(error instanceof CancellationError)) this.#context.fail('A changed file could not be indexed', error);
      })
      .finally(() => {
        this.#running = undefined;
        this.#onDidEnd();
        this.#pump();
      });
  }

  async #lookAt(paths: readonly string[]): Promise<void> {
    const context = this.#context;
    const found = await scanHints(context.scanOptions, paths, context.known);
    const changes = this.#runs.withinLimit(found);
    if (changes.length === 0) return;
    if (changes.length > bulkFiles) {
      const cause = `${changes.length} files changed`;
      const run = async (): Promise<void> => {
        if (!context.mayWork) return; // the scan after it finds them
        const found = { startedMs: performance.now() };
        this.#runs.noteWork(await this.#runs.index(changes, 'files changed', context.newToken(), found));
      };
      context.queue.add({ cause, run });
      return;
    }
    await this.#apply(changes);
    for (const { kind, path } of changes) {
      if (kind === 'deleted') this.#recent.forget(path);
      else this.#recent.note(path);
    }
    context.options.onDidChange();
  }

  async #apply(changes: readonly FileChange[]): Promise<void> {
    const { indexer } = this.#context.writable;
    const meter = new ProgressMeter('extracting', 0);
    const { again, ...outcome } = await indexer.apply(await indexer.plan(changes, meter), meter);
    this.#runs.noteChanges(outcome);
    this.#runs.noteWork(outcome);
    this.add(again);
  }
}
