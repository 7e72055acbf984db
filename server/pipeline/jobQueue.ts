// Jobs of one index, one after the other, each with the cause that asked for it.

export interface Job {
  readonly cause: string;
  readonly run: () => Promise<void>;
}

export class JobQueue {
  readonly #waiting: Job[] = [];
  readonly #onError: (job: Job, error: unknown) => void;
  readonly #onDidEnd: () => void;
  #running: Promise<void> | undefined;
  #closed = false;

  /**
   * @param onError a job failed; the next one runs all the same
   * @param onDidEnd a job ended, well or not; the queue may be idle now
   */
  constructor(onError: (job: Job, error: unknown) => void, onDidEnd: () => void) {
    this.#onError = onError;
    this.#onDidEnd = onDidEnd;
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#running === undefined;
  }

  /** Whether a job with this cause waits and has not begun. */
  isWaiting(cause: string): boolean {
    return this.#waiting.some((job) => job.cause === cause);
  }

  add(job: Job): void {
    if (this.#closed) return;
    this.#waiting.push(job);
    this.#next();
  }

  /** Forgets what waits and resolves when the running job has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    await this.#running;
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#running = job
      .run()
      .catch((error: unknown) => this.#onError(job, error))
      .finally(() => {
        this.#running = undefined;
        this.#onDidEnd();
        this.#next();
      });
  }
}
