// Feeds the search index behind the journal: what is durable is queued here, applied in groups and committed with a
// watermark. The queue holds paths, not rows, so a file that changes twice is fed once, in its newest state.

import type { FactStore } from '../facts/factStore';
import type { RowRef } from '../facts/merge';
import type { SearchStore } from '../search/searchStore';
import type { ProgressMeter } from './progress';
import { CancellationError } from '../util/cancellation';
import type { Scheduler } from './scheduler';

export interface SearchFeederOptions {
  readonly search: SearchStore;
  readonly facts: FactStore;
  readonly scheduler: Scheduler;
  /** Real path of the workspace root. */
  readonly root: string;
  readonly indexId: string;
  /** Highest seq that the search index is known to hold. */
  readonly watermark: number;
  /** The index lacks files of batches that are not queued one by one: commits claim nothing before `filled`. */
  readonly filling: boolean;
  /** Files whose bytes on disk are no longer those of the facts. */
  readonly onChanged: (paths: readonly string[]) => void;
  /** The search index failed; nothing is fed any more until it is opened again. */
  readonly onFailure: (error: unknown) => void;
  /** Every batch up to `seq` is committed, which was not so before. */
  readonly onCommitted: (seq: number) => void;
  /** A group was applied, or a commit was made. */
  readonly onProgress: () => void;
}

/** Files and bytes of source per call of `apply`: enough to keep native busy, few enough to bound what is in flight. */
const groupFiles = 256;
const groupBytes = 4 << 20;
/** Quiet time after which changes are committed, ms: a search a moment after a save finds it. */
const quietMs = 300;
/** While a bulk load runs, what a crash may have to feed again is bounded to this, ms. */
const bulkCommitMs = 30_000;

export class SearchFeeder {
  readonly #options: SearchFeederOptions;
  /** Path → seq of its newest change, oldest change first. */
  readonly #waiting = new Map<string, number>();
  /** Paths that were applied since the last commit: after a failure they are fed again. */
  readonly #uncommitted = new Set<string>();
  #seq: number;
  #committed: number;
  /** Of an index that is filled from the start: whether all of it is queued. Undefined once all of it is committed. */
  #filling: 'queueing' | 'queued' | undefined;
  #dirty = false;
  #bulk = false;
  #lastCommit = performance.now();
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #meter: ProgressMeter | undefined;
  #failed = false;
  #closed = false;

  constructor(options: SearchFeederOptions) {
    this.#options = options;
    this.#seq = options.watermark;
    this.#committed = options.watermark;
    this.#filling = options.filling ? 'queueing' : undefined;
  }

  /** Whether everything queued is in the index and committed. */
  get idle(): boolean {
    return this.#waiting.size === 0 && !this.#dirty && this.#running === undefined;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Highest seq whose batch, and every one before it, is committed. */
  get committedSeq(): number {
    return this.#committed;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** In a bulk load commits are rare; leaving it commits. */
  set bulk(on: boolean) {
    this.#bulk = on;
    this.#start();
  }

  /** Queues paths that a durable batch changed or removed. In a bulk load it resolves when there is room for more. */
  async add(seq: number, paths: readonly string[]): Promise<void> {
    this.#seq = Math.max(this.#seq, seq);
    this.#dirty = true;
    for (const path of paths) {
      this.#waiting.delete(path);
      this.#waiting.set(path, seq);
    }
    if (!this.#bulk) return this.#start();
    const needs = { cpu: 1, io: 1, bytes: this.#bytesOf(paths) };
    await this.#options.scheduler.submit('stage1.postings', needs, () => this.#feedUpTo(seq));
  }

  /** Queues paths of any batch behind the last commit, `seq` being the newest of them. */
  addAgain(seq: number, paths: Iterable<string>): Promise<void> {
    this.#seq = Math.max(this.#seq, seq);
    return this.add(this.#committed + 1, [...paths]);
  }

  /** Whether commits claim nothing yet. */
  get filling(): boolean {
    return this.#filling !== undefined;
  }

  /** Everything that an index that is being filled has to hold is queued: once it is applied, commits claim it. */
  filled(): void {
    if (this.#filling === undefined) return;
    this.#filling = 'queued';
    this.#dirty = true;
    this.#start();
  }

  /** Applies and commits everything queued; `meter` follows. Rejects when the search index fails. */
  async flush(meter?: ProgressMeter): Promise<void> {
    clearTimeout(this.#timer);
    this.#meter = meter;
    while (!this.idle) {
      this.#throwIfStopped();
      // One write at a time: what runs goes first.
      if (this.#running !== undefined) await this.#running;
      else await this.#exclusively(() => (this.#waiting.size > 0 ? this.#feed(Infinity) : this.#commit()));
    }
    this.#throwIfStopped();
  }

  /** Runs `work` when everything is committed, and keeps commits away while it runs. Gives it the committed seq. */
  async whileCommitted<T>(work: (seq: number) => Promise<T>): Promise<T> {
    for (;;) {
      await this.flush();
      if (this.#closed) throw new Error('The search index was closed');
      // Changes may have come since: only one write at a time.
      if (this.#running !== undefined || this.#dirty) continue;
      let result: { readonly value: T } | undefined;
      let failure: unknown;
      await this.#exclusively(async () => {
        try {
          result = { value: await work(this.#committed) };
        } catch (error) {
          failure = error; // not a failure of the search index: told to the caller alone
        }
      });
      if (result === undefined) throw failure;
      return result.value;
    }
  }

  /** Paths that no commit holds yet in their newest state: what a new feeder of the same index has to be given. */
  get pending(): ReadonlySet<string> {
    return new Set([...this.#uncommitted, ...this.#waiting.keys()]);
  }

  /** Merges the small segments of the index down to so many, between two groups. */
  async merge(maxSmall: number): Promise<void> {
    await this.flush();
    // Changes that came meanwhile go first; the next snapshot asks again.
    if (this.#closed || !this.idle || this.#options.search.stats().segments <= maxSmall) return;
    await this.#exclusively(() => this.#options.search.merge(maxSmall));
  }

  /** Stops after the group in work. What is not committed is fed again after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #throwIfStopped(): void {
    if (this.#closed && !this.idle) throw new CancellationError();
    if (this.#failed) throw new Error('The search index failed while changes were written to it');
  }

  #start(): void {
    if (this.#running !== undefined || this.#failed || this.#closed) return;
    // In a bulk load the scheduler says when to feed.
    if (this.#bulk) return;
    if (this.#waiting.size > 0) void this.#exclusively(() => this.#feed(Infinity));
    else if (this.#dirty) this.#commitSoon();
  }

  #commitSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#running === undefined && !this.#closed) void this.#exclusively(() => this.#commit());
    }, quietMs);
  }

  /** Runs one write at a time; the first failure ends the feeding and is reported once. */
  #exclusively(work: () => Promise<void>): Promise<void> {
    this.#running = work()
      .catch((error: unknown) => {
        this.#failed = true;
        this.#options.onFailure(error);
      })
      .finally(() => {
        this.#running = undefined;
        this.#start();
        this.#options.onProgress();
      });
    return this.#running;
  }

  /** A task of the scheduler: feeds what was queued up to a batch. */
  async #feedUpTo(seq: number): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (!this.#failed && !this.#closed) await this.#exclusively(() => this.#feed(seq));
  }

  /** Feeds what waits, up to the batch `last`. */
  async #feed(last: number): Promise<void> {
    const { search, facts, root } = this.#options;
    clearTimeout(this.#timer);
    while (!this.#closed) {
      const [oldest] = this.#waiting.values();
      if (oldest === undefined || oldest > last) return;
      const { group, rows, removed } = this.#take(facts);
      for (const [path] of group) this.#uncommitted.add(path);
      const seq = group.reduce((most, [, value]) => Math.max(most, value), 0);
      const changed = await search.apply(root, seq, rows, removed);
      this.#meter?.advance(group.length);
      this.#options.onProgress();
      if (changed.length > 0) this.#options.onChanged(changed);
      if (this.#bulk && performance.now() - this.#lastCommit > bulkCommitMs) await this.#commit();
    }
  }

  #bytesOf(paths: readonly string[]): number {
    return paths.reduce((sum, path) => {
      const row = this.#options.facts.findStored(path);
      return row === undefined ? sum : sum + (row.segment.hot.sizes[row.file] as number);
    }, 0);
  }

  /** The next group off the queue, oldest changes first. */
  #take(facts: FactStore) {
    const group: [path: string, seq: number][] = [];
    const rows: RowRef[] = [];
    const removed: string[] = [];
    let bytes = 0;
    for (const entry of this.#waiting) {
      if (group.length === groupFiles || bytes >= groupBytes) break;
      const [path] = entry;
      this.#waiting.delete(path);
      group.push(entry);
      const row = facts.findStored(path);
      if (row === undefined || row.segment.byte(row.file, 'skip') !== 0) {
        removed.push(path);
      } else {
        rows.push(row);
        bytes += row.segment.hot.sizes[row.file] as number;
      }
    }
    return { group, rows, removed };
  }

  async #commit(): Promise<void> {
    let oldest: number | undefined;
    for (const seq of this.#waiting.values()) oldest = Math.min(oldest ?? seq, seq);
    // Before the last file is in, a file of any batch may be missing, so that a start after a kill has to fill it again.
    if (this.#filling === 'queued' && oldest === undefined) this.#filling = undefined;
    const seq = this.#filling !== undefined ? 0 : oldest === undefined ? this.#seq : oldest - 1;
    if (this.#waiting.size === 0) this.#dirty = false;
    await this.#options.search.commit({ indexId: this.#options.indexId, seq: Math.max(seq, this.#committed) });
    this.#uncommitted.clear();
    if (seq > this.#committed) this.#options.onCommitted(seq);
    this.#committed = Math.max(seq, this.#committed);
    this.#lastCommit = performance.now();
  }
}
