// How far a stage is, how fast it goes and when it will be done, from counts alone. Counts never go backwards.

import type { StageProgress } from '../protocol';

/** Window over which the rate is taken, ms. */
const windowMs = 5000;

export interface MeterOptions {
  /** What is counted; files if absent. */
  readonly unit?: StageProgress['unit'];
  /** The counts are others now. */
  readonly onDidChange?: () => void;
}

export class ProgressMeter {
  readonly stage: StageProgress['stage'];
  readonly #unit: StageProgress['unit'];
  readonly #onDidChange: (() => void) | undefined;
  #done = 0;
  #total: number;
  #current: string | undefined;
  readonly #marks: { readonly at: number; readonly done: number }[] = [{ at: performance.now(), done: 0 }];

  constructor(stage: StageProgress['stage'], total: number, { unit, onDidChange }: MeterOptions = {}) {
    this.stage = stage;
    this.#total = total;
    this.#unit = unit;
    this.#onDidChange = onDidChange;
  }

  advance(by: number, current?: string): void {
    this.#done += by;
    this.#total = Math.max(this.#total, this.#done);
    this.#current = current ?? this.#current;
    const at = performance.now();
    this.#marks.push({ at, done: this.#done });
    while (this.#marks.length > 2 && at - (this.#marks[1] as { at: number }).at > windowMs) this.#marks.shift();
    this.#onDidChange?.();
  }

  /** So much is done, of which a part was done before. */
  reach(done: number, current?: string): void {
    this.advance(Math.max(0, done - this.#done), current);
  }

  /** More work of the same stage became known. */
  extend(by: number): void {
    this.#total += by;
    this.#onDidChange?.();
  }

  get snapshot(): StageProgress {
    const first = this.#marks[0] as { at: number; done: number };
    const seconds = (performance.now() - first.at) / 1000;
    const rate = seconds > 0.5 ? (this.#done - first.done) / seconds : 0;
    return {
      stage: this.stage,
      done: this.#done,
      total: this.#total,
      ...(this.#unit === undefined ? {} : { unit: this.#unit }),
      ...(this.#current === undefined ? {} : { current: this.#current }),
      ...(rate > 0 ? { rate, etaMs: Math.round(((this.#total - this.#done) / rate) * 1000) } : {}),
    };
  }
}
