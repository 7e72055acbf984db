// What is due without anybody asking: snapshots, scans in doubt of the watcher, and trying to write again after a
// failure. Looks once a second, by a clock that nobody sets; never on the path of a save.

import type { IndexRuns } from './indexRuns';
import type { RootContext } from './rootContext';

/** After so many ms without a scan there is one when nothing else happens, in doubt of the watcher. */
const idleScanMs = 600_000;
/** Seconds between two tries to write again after a failure. */
const writeAgainTicks = 10;
/** Pause between two snapshots, ms. */
const retryMs = 30_000;

export class Schedule {
  readonly #context: RootContext;
  readonly #runs: IndexRuns;
  #timer: NodeJS.Timeout | undefined;
  #readOnlyTicks = 0;
  #notBefore = 0;

  constructor(context: RootContext, runs: IndexRuns) {
    this.#context = context;
    this.#runs = runs;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), 1000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const { open, queue, machine, mayWork } = this.#context;
    if (open === undefined) return;
    const idle = queue.idle && mayWork;
    if (open.store.readOnly !== undefined) {
      if (++this.#readOnlyTicks % writeAgainTicks === 0) this.#tryToWriteAgain();
    } else if (idle && performance.now() > this.#notBefore && this.#runs.isSnapshotDue) {
      // One that fails changes nothing, and is not tried again at once.
      this.#notBefore = performance.now() + retryMs;
      queue.add({ cause: 'snapshot due', run: () => this.#runs.snapshot('snapshot due') });
    } else if (idle && this.#runs.sinceScanMs > idleScanMs && machine.state === 'ready') {
      this.#runs.requestScan('ten minutes without a scan');
    }
  }

  /** A full disk or a failing one may be well again; what was not written is found by the scan. */
  #tryToWriteAgain(): void {
    const { open } = this.#context;
    open?.store.resumeWriting().then(
      () => {
        if (open.store.readOnly !== undefined) return;
        if (open.feeder.failed) {
          const run = async (): Promise<void> => void (await open.searchIndex.mend('it could not be written'));
          this.#context.queue.add({ cause: 'search index failed', run });
        }
        this.#runs.requestScan('the index can be written again');
      },
      () => undefined, // still read-only, and the status says why
    );
  }
}
