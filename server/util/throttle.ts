// Calls a function at most once per interval, and once more after the last request.

export class Throttle {
  readonly #intervalMs: number;
  readonly #run: () => void;
  #timer: NodeJS.Timeout | undefined;
  #again = false;

  constructor(intervalMs: number, run: () => void) {
    this.#intervalMs = intervalMs;
    this.#run = run;
  }

  request(): void {
    if (this.#timer !== undefined) {
      this.#again = true;
      return;
    }
    this.#run();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.request();
    }, this.#intervalMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#again = false;
  }
}
