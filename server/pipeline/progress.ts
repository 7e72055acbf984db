// How far a stage is, how fast it goes and when it will be done, from counts alone. Counts never go backwards.

import type { StageProgress } from '../protocol';

/** Window over which the rate is taken, ms. */
const windowMs = 5000;

export class ProgressMeter {
  readonly stage: StageProgress['stage'];
  #done = 0;
  #total: number;
  #current: string | undefined;
  readonly #marks: { readonly at: number; readonly done: number }[] = [{ at: performance.now(), done: 0 }];

  constructor(stage: StageProgress['stage'], total: number) {
    this.stage = stage;
    this.#total = total;
  }

  advance(by: number, current?: string): void {
    this.#done += by;
    this.#total = Math.max(this.#total, this.#done);
    this.#current = current ?? this.#current;
    const at = performance.now();
    this.#marks.push({ at, done: this.#done });
    while (this.#marks.length > 2 && at - (this.#marks[1] as { at: number }).at > windowMs) this.#marks.shift();
  }

  /** More work of the same stage became known. */
  extend(by: number): void {
    this.#total += by;
  }

  get snapshot(): StageProgress {
    const first = this.#marks[0] as { at: number; done: number };
    const seconds = (performance.now() - first.at) / 1000;
    const rate = seconds > 0.5 ? (this.#done - first.done) / seconds : 0;
    return {
      stage: this.stage,
      done: this.#done,
      total: this.#total,
      ...(this.#current === undefined ? {} : { current: this.#current }),
      ...(rate > 0 ? { rate, etaMs: Math.round(((this.#total - this.#done) / rate) * 1000) } : {}),
    };
  }
}
