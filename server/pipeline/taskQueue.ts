// One queue of the scheduler: tasks that wait in the order in which they came, within a number and an amount of memory,
// and producers that wait for room behind them. It does not know when a task may start.

import type { QueueStats, TaskCounters } from '../model/schedulerStats';

/** What a task takes while it runs; at most what there is in all. `mem` is in bytes. */
export interface Tokens {
  readonly cpu: number;
  readonly io: number;
  readonly mem: number;
}

/** What a queue holds, and when its turn is. */
export interface QueueLimits {
  /** The lowest number first. */
  readonly priority: number;
  readonly maxPending: number;
  /** One task is let in whatever its size. */
  readonly maxPendingBytes: number;
}

/** A task that waits. */
export interface Task {
  readonly needs: Tokens;
  readonly bytes: number;
  readonly since: number;
  /** Starts it; settles its result. */
  readonly start: (taken: Tokens) => void;
}

/** What is counted of the tasks of a queue. */
export const counterNames = ['scheduled', 'started', 'completed', 'failed', 'rejected', 'starvation'] as const;
/** Before the first task. */
export const noCounts = { scheduled: 0, started: 0, completed: 0, failed: 0, rejected: 0, starvation: 0 };

/** Tasks that wait, in the order in which they came, and producers that wait for room behind them. */
export class TaskQueue {
  readonly limits: QueueLimits;
  readonly counters: { -readonly [K in keyof TaskCounters]: number } = { ...noCounts };
  running = 0;
  #tasks: (Task | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #peakBytes = 0;
  /** Bytes of tasks whose producers were let in and are about to push them. */
  readonly #admitted: number[] = [];
  readonly #producers: { readonly bytes: number; readonly enter: () => void }[] = [];

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  /** The task that has waited longest; undefined when none waits. */
  get head(): Task | undefined {
    return this.#tasks[this.#first];
  }

  get #pending(): number {
    return this.#tasks.length - this.#first;
  }

  /** Whether a producer need not wait; those that wait already go first. */
  hasRoom(bytes: number): boolean {
    return this.#producers.length === 0 && this.#fits(bytes);
  }

  /** Resolves when a producer of a task with so many bytes may push it. */
  room(bytes: number): Promise<void> {
    return new Promise((resolve) => this.#producers.push({ bytes, enter: resolve }));
  }

  /** Puts a task behind those that wait. */
  push(task: Task): void {
    const admitted = this.#admitted.indexOf(task.bytes);
    if (admitted >= 0) this.#admitted.splice(admitted, 1);
    this.#tasks.push(task);
    this.#bytes += task.bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
  }

  /** Takes the head out. */
  shift(): void {
    const task = this.#tasks[this.#first];
    // Let go at once: the result of a task hangs on it.
    this.#tasks[this.#first++] = undefined;
    // Moved down now and then, so that a shift costs the same whatever waits.
    if (this.#first > 256 && this.#first * 2 > this.#tasks.length) {
      this.#tasks = this.#tasks.slice(this.#first);
      this.#first = 0;
    }
    this.#leave(task?.bytes ?? 0);
  }

  /** Takes a task out; false when it does not wait any more. */
  remove(task: Task): boolean {
    const place = this.#tasks.indexOf(task, this.#first);
    if (place < 0) return false;
    this.#tasks.splice(place, 1);
    this.#leave(task.bytes);
    return true;
  }

  stats(now: number): QueueStats {
    return {
      pending: this.#pending,
      pendingBytes: this.#bytes,
      peakPendingBytes: this.#peakBytes,
      running: this.running,
      maxPending: this.limits.maxPending,
      oldestWaitMs: this.head === undefined ? 0 : now - this.head.since,
      ...this.counters,
    };
  }

  #fits(bytes: number): boolean {
    const pending = this.#pending + this.#admitted.length;
    if (pending === 0) return true;
    const waiting = this.#admitted.reduce((sum, each) => sum + each, this.#bytes);
    return pending < this.limits.maxPending && waiting + bytes <= this.limits.maxPendingBytes;
  }

  #leave(bytes: number): void {
    this.#bytes -= bytes;
    for (let next = this.#producers[0]; next !== undefined && this.#fits(next.bytes); next = this.#producers[0]) {
      this.#producers.shift();
      this.#admitted.push(next.bytes);
      next.enter();
    }
  }
}
