// Runs extraction in a child process, so that no file can take the server down. It starts the process on demand, keeps
// it fed, finds the file to blame when it dies, and ends it when idle. What the facts mean is not its business.

import { CancellationError, type CancellationToken } from '../util/cancellation';
import { ExtractorProcess, type ExtractorExit } from './extractorProcess';
import type { ExtractedPiece, ExtractionLimits, ExtractorReply, LastWords } from './messages';
import { blame, type Job } from './blame';

/** `interactive` work starts at once, beside bulk work; `bulk` work waits its turn. */
export type ExtractionPriority = 'interactive' | 'bulk';

export interface ExtractorPoolOptions {
  /** Path of the bundled extractor entry. */
  readonly entry: string;
  readonly limits: ExtractionLimits;
  /** Resident memory in bytes above which an extractor ends itself; 1 GiB if absent. */
  readonly memoryLimit?: number;
  /** Milliseconds without work after which the extractor ends, which gives its memory back; 2 minutes if absent. */
  readonly idleMs?: number;
  /** Takes a line that the extractor wrote, or that says why it was replaced. */
  readonly log: (line: string) => void;
}

/** Bulk jobs handed to the extractor at once: one is packed into a segment, one ends, one begins. */
const bulkAhead = 3;

/** Processes that may end before they are ready, one after the other, until that counts as the installation's fault. */
const startAttempts = 3;

/** One call of `extract`, which may have become several jobs. */
interface Extraction {
  readonly pieces: ExtractedPiece[];
  /** Jobs not done. */
  open: number;
  settled: boolean;
  registration?: { dispose(): void } | undefined;
  readonly resolve: (pieces: ExtractedPiece[]) => void;
  readonly reject: (error: Error) => void;
}

type PoolJob = Job & { readonly extraction: Extraction };

/** The extractor as the server sees it: paths in, segments out, whatever the files do to the process. */
export class ExtractorPool {
  readonly #options: ExtractorPoolOptions;
  readonly #queue: PoolJob[] = [];
  readonly #running = new Map<number, PoolJob>();
  #process: ExtractorProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  #peakRss = 0;
  #restarts = 0;
  #failedStarts = 0;
  #disposed = false;
  #threads: number;

  constructor(options: ExtractorPoolOptions) {
    this.#options = options;
    this.#threads = options.limits.threads;
  }

  /** On how many threads files are extracted that are handed out from now on. */
  set threads(threads: number) {
    this.#threads = threads;
  }

  /**
   * Extracts files below `root` (real, absolute). Usually one piece comes back; more when files had to be tried apart
   * because one of them took the extractor down. Every path is in exactly one piece.
   * Throws CancellationError, or an error that says why no extractor can run.
   */
  extract(
    root: string,
    paths: readonly string[],
    priority: ExtractionPriority,
    token?: CancellationToken,
  ): Promise<ExtractedPiece[]> {
    if (paths.length === 0) return Promise.resolve([]);
    return this.#run({ work: { root, paths }, urgent: priority === 'interactive', strikes: 0, suspect: false }, token);
  }

  /** Extracts a text that is not on disk, at interactive priority; `path` decides its language. */
  async extractText(root: string, path: string, text: string, token?: CancellationToken): Promise<ExtractedPiece> {
    const job: Job = { work: { root, paths: [path], text }, urgent: true, strikes: 0, suspect: false };
    const [piece] = await this.#run(job, token);
    if (piece === undefined) throw new Error(`no facts came back for the text of ${path}`);
    return piece;
  }

  /** Most resident memory that an extractor had so far, in bytes. */
  get peakRss(): number {
    return this.#peakRss;
  }

  /** How often an extractor was replaced because it died. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Process id of the running extractor; undefined when idle. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the extractor before there is work for it, so that it is ready when the first files are known. */
  warmUp(): void {
    if (this.#disposed) return;
    this.#process ??= this.#start();
    this.#pump();
  }

  /** Ends the extractor now if it has nothing to do: after a bulk load its memory is wanted elsewhere. */
  release(): void {
    if (this.#running.size > 0 || this.#queue.length > 0) return;
    clearTimeout(this.#idle);
    this.#end();
  }

  /** Ends the extractor; work that is open is rejected with CancellationError. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#idle);
    const jobs = [...this.#running.values(), ...this.#queue];
    this.#running.clear();
    this.#queue.length = 0;
    for (const { extraction } of jobs) fail(extraction, new CancellationError());
    await this.#process?.kill();
  }

  #run(job: Job, token: CancellationToken | undefined): Promise<ExtractedPiece[]> {
    return new Promise((resolve, reject) => {
      if (this.#disposed || token?.isCancellationRequested) return reject(new CancellationError());
      const extraction: Extraction = { pieces: [], open: 1, settled: false, resolve, reject };
      extraction.registration = token?.onCancellationRequested(() => this.#cancel(extraction));
      this.#queue.push({ ...job, extraction });
      this.#pump();
    });
  }

  #cancel(extraction: Extraction): void {
    fail(extraction, new CancellationError());
    for (const [id, job] of this.#running) {
      if (job.extraction === extraction) this.#process?.send({ kind: 'cancel', id });
    }
    this.#pump();
  }

  /** Hands out as much work as may run now. */
  #pump(): void {
    if (this.#disposed) return;
    for (;;) {
      const next = this.#next();
      if (next === undefined) break;
      const id = ++this.#lastId;
      this.#running.set(id, next);
      this.#process ??= this.#start();
      const limits = { ...this.#options.limits, threads: this.#threads };
      this.#process.send({ kind: 'extract', id, work: next.work, limits, urgent: next.urgent });
    }
    clearTimeout(this.#idle);
    if (this.#process !== undefined && this.#running.size === 0) {
      this.#idle = setTimeout(() => this.#end(), this.#options.idleMs ?? 120_000).unref();
    }
  }

  /** Takes the job to run next from the queue. A suspect runs with nothing beside it, so that its guilt is certain. */
  #next(): PoolJob | undefined {
    const open = this.#queue.filter((job) => !job.extraction.settled);
    this.#queue.splice(0, this.#queue.length, ...open);
    const running = [...this.#running.values()];
    if (running.some((job) => job.suspect)) return undefined;
    const job = open.find((each) => each.suspect) ?? open.find((each) => each.urgent) ?? open[0];
    if (job === undefined) return undefined;
    if (job.suspect && running.length > 0) return undefined;
    if (!job.urgent && running.filter((each) => !each.urgent).length >= bulkAhead) return undefined;
    this.#queue.splice(this.#queue.indexOf(job), 1);
    return job;
  }

  #start(): ExtractorProcess {
    const { entry, log, memoryLimit = 2 ** 30 } = this.#options;
    const process = new ExtractorProcess(entry, memoryLimit, {
      log,
      onReply: (reply) => this.#onReply(reply),
      onExit: (exit) => {
        if (process === this.#process) this.#onExit(exit);
      },
    });
    return process;
  }

  /** Ends the idle process. It holds nothing, so it need not be asked; work that comes meanwhile starts another. */
  #end(): void {
    const idle = this.#process;
    this.#process = undefined;
    void idle?.kill();
  }

  #onReply(reply: Exclude<ExtractorReply, LastWords | { kind: 'ready' }>): void {
    if (reply.kind === 'alive') return this.#noteRss(reply.rss);
    const job = this.#running.get(reply.id);
    this.#running.delete(reply.id);
    if (job !== undefined && reply.kind === 'done') {
      this.#noteRss(reply.piece.rss);
      finish(job.extraction, reply.piece);
    } else if (job !== undefined && reply.kind === 'refused') {
      fail(job.extraction, Object.assign(new Error(reply.message), { code: reply.code }));
    }
    this.#pump();
  }

  #onExit({ started, how, words }: ExtractorExit): void {
    this.#process = undefined;
    const jobs = [...this.#running.values()].filter((job) => !job.extraction.settled);
    this.#running.clear();
    if (words !== undefined) this.#noteRss(words.rss);
    this.#failedStarts = started ? 0 : this.#failedStarts + 1;
    if (this.#failedStarts === startAttempts) {
      // Not the fault of any file: trying again would only repeat it.
      this.#failedStarts = 0;
      for (const { extraction } of [...jobs, ...this.#queue]) fail(extraction, new Error(how));
    } else if (jobs.length > 0) {
      this.#restarts++;
      this.#options.log(`extractor replaced: ${how}`);
      const again = (job: PoolJob) => (started ? blame(job, words, how, jobs.length === 1) : [job]);
      for (const job of jobs) this.#tryAgain(job, again(job));
    }
    this.#pump();
  }

  #tryAgain({ extraction }: PoolJob, jobs: readonly Job[] | Error): void {
    if (jobs instanceof Error) return fail(extraction, jobs);
    extraction.open += jobs.length - 1;
    this.#queue.unshift(...jobs.map((job) => ({ ...job, extraction })));
  }

  #noteRss(rss: number): void {
    this.#peakRss = Math.max(this.#peakRss, rss);
  }
}

function finish(extraction: Extraction, piece: ExtractedPiece): void {
  if (extraction.settled) return;
  extraction.pieces.push(piece);
  if (--extraction.open > 0) return;
  extraction.settled = true;
  extraction.registration?.dispose();
  extraction.resolve(extraction.pieces);
}

function fail(extraction: Extraction, error: Error): void {
  if (extraction.settled) return;
  extraction.settled = true;
  extraction.registration?.dispose();
  extraction.reject(error);
}
