// Decides which piece of bulk work runs next: tasks wait in queues, and start when the tokens that they need are free.
// A full queue makes producers wait instead of buffering. Saves and answers do not go through it: they start at once.
//
// A task never submits another one: it gets no scheduler, so no task can wait for a token that it holds itself.

import { queueNames, type QueueName, type QueueStats, type SchedulerStats } from '../model/schedulerStats';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { counterNames, noCounts, TaskQueue, type QueueLimits, type Task, type Tokens } from './taskQueue';

/** Needs of a task; `bytes` is what it keeps in memory while it waits. */
export type TaskNeeds = Partial<Tokens> & { readonly bytes?: number };

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

export class Scheduler {
  readonly #queues: ReadonlyMap<QueueName, TaskQueue>;
  /** By priority. */
  readonly #order: readonly TaskQueue[];
  readonly #starvationMs: number;
  readonly #now: () => number;
  readonly #used = { cpu: 0, io: 0, mem: 0 };
  #total: Tokens;

  constructor({ tokens, queues = {}, starvationMs = 30_000, now = () => performance.now() }: SchedulerOptions) {
    this.#total = tokens;
    this.#starvationMs = starvationMs;
    this.#now = now;
    this.#queues = new Map(queueNames.map((name) => [name, new TaskQueue(queues[name] ?? defaultQueues[name])]));
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

  #queue(name: QueueName): TaskQueue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}.`);
    return queue;
  }

  #enqueue<T>(
    queue: TaskQueue,
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
  #starving(): TaskQueue | undefined {
    let found: TaskQueue | undefined;
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
