// Decides which piece of bulk work runs next: tasks wait in queues, and start when the tokens that they need are free.
// A full queue makes producers wait instead of buffering. Saves and answers do not go through it: they start at once.
//
// A task never submits another one: it gets no scheduler, so no task can wait for a token that it holds itself.

import {
  queueNames,
  type QueueName,
  type QueueStats,
  type SchedulerStats,
  type TaskCounters,
} from '../model/schedulerStats';
import { CancellationError, type CancellationToken } from '../util/cancellation';

/** What a task takes while it runs; at most what there is in all. `mem` is in bytes. */
export interface Tokens {
  readonly cpu: number;
  readonly io: number;
  readonly mem: number;
}

/** Needs of a task; `bytes` is what it keeps in memory while it waits. */
export type TaskNeeds = Partial<Tokens> & { readonly bytes?: number };

export interface QueueLimits {
  /** The lowest number first. */
  readonly priority: number;
  readonly maxPending: number;
  /** One task is let in whatever its size. */
  readonly maxPendingBytes: number;
}

export interface SchedulerOptions {
  readonly tokens: Tokens;
  readonly queues?: Partial<Readonly<Record<QueueName, QueueLimits>>>;
  /** A task that has waited so long runs next, whatever its queue; 30,000 ms if absent. */
  readonly starvationMs?: number;
  /** Milliseconds by a monotonic clock. */
  readonly now?: () => number;
}

/**
 * Three batches in extraction (one packed into a segment, one ending, one beginning), and one fed to the search index.
 * Files that are larger than usual batches, of which trees have few, are not extracted beside others of their kind.
 */
export const normalTokens: Tokens = { cpu: 4, io: 4, mem: 24 << 20 };

/** While the user needs the machine: one task after the other. */
export const slowTokens: Tokens = { cpu: 1, io: 1, mem: 24 << 20 };

/** Search first, because it empties what extraction fills; then the stages in their order. */
const defaultQueues: Readonly<Record<QueueName, QueueLimits>> = {
  'stage1.postings': { priority: 10, maxPending: 8, maxPendingBytes: 64 << 20 },
  'stage1.files': { priority: 20, maxPending: 2, maxPendingBytes: 16 << 20 },
  'stage2.relations': { priority: 30, maxPending: 64, maxPendingBytes: 256 << 20 },
  'stage4.sqlite': { priority: 40, maxPending: 64, maxPendingBytes: 256 << 20 },
  'stage3.embeddings': { priority: 50, maxPending: 64, maxPendingBytes: 256 << 20 },
};

interface Task {
  readonly needs: Tokens;
  readonly bytes: number;
  readonly since: number;
  /** Starts it; settles its result. */
  readonly start: (taken: Tokens) => void;
}

export class Scheduler {
  readonly #queues: ReadonlyMap<QueueName, Queue>;
  /** By priority. */
  readonly #order: readonly Queue[];
  readonly #starvationMs: number;
  readonly #now: () => number;
  readonly #used = { cpu: 0, io: 0, mem: 0 };
  #total: Tokens;

  constructor({ tokens, queues = {}, starvationMs = 30_000, now = () => performance.now() }: SchedulerOptions) {
    this.#total = tokens;
    this.#starvationMs = starvationMs;
    this.#now = now;
    this.#queues = new Map(queueNames.map((name) => [name, new Queue(queues[name] ?? defaultQueues[name])]));
    this.#order = [...this.#queues.values()].sort((a, b) => a.limits.priority - b.limits.priority);
  }

  /** All tokens there are; lowering them stops nothing that runs. */
  get tokens(): Tokens {
    return this.#total;
  }

  set tokens(tokens: Tokens) {
    this.#total = tokens;
    this.#pump();
  }

  /**
   * Puts a task into a queue. Resolves when the queue has room for it; `result` settles as the task does, or with
   * CancellationError when it is cancelled before it starts.
   */
  async submit<T>(
    name: QueueName,
    needs: TaskNeeds,
    run: () => Promise<T>,
    token?: CancellationToken,
  ): Promise<{ readonly result: Promise<T> }> {
    const queue = this.#queue(name);
    const bytes = needs.bytes ?? 0;
    if (!queue.hasRoom(bytes)) await queue.room(bytes);
    return { result: this.#enqueue(queue, needs, bytes, run, token) };
  }

  /** Puts a task into a queue and waits for its result. */
  async run<T>(name: QueueName, needs: TaskNeeds, run: () => Promise<T>, token?: CancellationToken): Promise<T> {
    const { result } = await this.submit(name, needs, run, token);
    return result;
  }

  stats(): SchedulerStats {
    const now = this.#now();
    const queues = {} as Record<QueueName, QueueStats>;
    const counters = { ...noCounts };
    for (const [name, queue] of this.#queues) {
      queues[name] = queue.stats(now);
      for (const key of counterNames) counters[key] += queue.counters[key];
    }
    const of = (kind: keyof Tokens) => ({ total: this.#total[kind], used: this.#used[kind] });
    return { queues, counters, tokens: { cpu: of('cpu'), io: of('io'), mem: of('mem') } };
  }

  #queue(name: QueueName): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}.`);
    return queue;
  }

  #enqueue<T>(
    queue: Queue,
    { cpu = 0, io = 0, mem = 0 }: TaskNeeds,
    bytes: number,
    run: () => Promise<T>,
    token: CancellationToken | undefined,
  ): Promise<T> {
    queue.counters.scheduled++;
    return new Promise((resolve, reject) => {
      const task: Task = {
        needs: { cpu, io, mem },
        bytes,
        since: this.#now(),
        start: (taken) => {
          registration?.dispose();
          const end = (counter: 'completed' | 'failed'): void => {
            queue.counters[counter]++;
            queue.running--;
            this.#give(taken);
          };
          new Promise<T>((settle) => settle(run())).then(
            (value) => {
              end('completed');
              resolve(value);
            },
            (error: unknown) => {
              end('failed');
              reject(error instanceof Error ? error : new Error(String(error)));
            },
          );
        },
      };
      const cancel = (): void => {
        queue.counters.rejected++;
        reject(new CancellationError());
      };
      if (token?.isCancellationRequested) return cancel();
      const registration = token?.onCancellationRequested(() => {
        registration?.dispose();
        if (!queue.remove(task)) return;
        cancel();
        this.#pump();
      });
      queue.push(task);
      this.#pump();
    });
  }

  /** Starts what may start now. */
  #pump(): void {
    for (;;) {
      const starving = this.#starving();
      const queue = starving ?? this.#order.find((each) => each.head !== undefined && this.#fits(each.head.needs));
      const task = queue?.head;
      // What starves keeps its turn until its tokens are free: others would take them again and again.
      if (queue === undefined || task === undefined || !this.#fits(task.needs)) return;
      if (starving !== undefined) queue.counters.starvation++;
      queue.shift();
      queue.counters.started++;
      queue.running++;
      task.start(this.#take(task.needs));
    }
  }

  /** The queue whose first task has waited longest, if that is too long. */
  #starving(): Queue | undefined {
    let found: Queue | undefined;
    let since = this.#now() - this.#starvationMs;
    for (const queue of this.#order) {
      if (queue.head === undefined || queue.head.since > since) continue;
      found = queue;
      since = queue.head.since;
    }
    return found;
  }

  #fits({ cpu, io, mem }: Tokens): boolean {
    const { cpu: cpus, io: ios, mem: mems } = this.#total;
    const used = this.#used;
    return (
      used.cpu + Math.min(cpu, cpus) <= cpus &&
      used.io + Math.min(io, ios) <= ios &&
      used.mem + Math.min(mem, mems) <= mems
    );
  }

  #take({ cpu, io, mem }: Tokens): Tokens {
    const taken = {
      cpu: Math.min(cpu, this.#total.cpu),
      io: Math.min(io, this.#total.io),
      mem: Math.min(mem, this.#total.mem),
    };
    this.#used.cpu += taken.cpu;
    this.#used.io += taken.io;
    this.#used.mem += taken.mem;
    return taken;
  }

  #give({ cpu, io, mem }: Tokens): void {
    this.#used.cpu -= cpu;
    this.#used.io -= io;
    this.#used.mem -= mem;
    this.#pump();
  }
}

const counterNames = ['scheduled', 'started', 'completed', 'failed', 'rejected', 'starvation'] as const;
const noCounts = { scheduled: 0, started: 0, completed: 0, failed: 0, rejected: 0, starvation: 0 };

/** Tasks that wait, in the order in which they came, and producers that wait for room behind them. */
class Queue {
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

  room(bytes: number): Promise<void> {
    return new Promise((resolve) => this.#producers.push({ bytes, enter: resolve }));
  }

  push(task: Task): void {
    const admitted = this.#admitted.indexOf(task.bytes);
    if (admitted >= 0) this.#admitted.splice(admitted, 1);
    this.#tasks.push(task);
    this.#bytes += task.bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
  }

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
