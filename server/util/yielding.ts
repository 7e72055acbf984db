// Long computations in slices, so that the event loop never waits for them.

/** Resolves when pending I/O and timers have had their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Tells when it is time to yield: after `sliceMs` of uninterrupted work (10 ms unless told). */
export class Slicer {
  readonly #sliceMs: number;
  #started = performance.now();

  constructor(sliceMs = 10) {
    this.#sliceMs = sliceMs;
  }

  /** Call often; waits a turn of the event loop when the slice is used up. */
  async pause(): Promise<void> {
    if (!this.due) return;
    await nextTurn();
    this.#started = performance.now();
  }

  /** Whether the slice is used up: lets hot loops avoid a promise per step. */
  get due(): boolean {
    return performance.now() - this.#started >= this.#sliceMs;
  }
}
