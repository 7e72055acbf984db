// How far something is, and the texts of it that the editor, the terminal and other editors show alike.

import { byteText } from './byteText';

export interface Progress {
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  /**
   * What they count, files if absent. `passes`: files too, each once for every time that all of them are gone through, so
   * only the ratio means something.
   */
  readonly unit?: 'bytes' | 'passes' | 'steps';
  /** Units per second over the last seconds; absent until it means something. */
  readonly rate?: number;
}

/** `1,204 / 8,330`, `12.3 MiB / 80.1 MiB`, `34%`; only what is done while the whole is not known; empty before the first. */
export function progressText(progress: Progress): string {
  const { done, total, unit } = progress;
  const count = unit === 'bytes' ? byteText : (value: number): string => value.toLocaleString('en-US');
  if (total > 0)
    return unit === 'passes' ? `${percentOf(progress)}%` : `${count(Math.min(done, total))} / ${count(total)}`;
  return done > 0 && unit !== 'passes' ? count(done) : '';
}

/** In whole percent, rounded down: 100 is the end. 0 while the whole is not known. */
export function percentOf({ done, total }: Progress): number {
  return total > 0 ? Math.floor((Math.min(done, total) / total) * 100) : 0;
}

/** What is done in a second: `1,204`, `12.3 MiB`; empty where it is not known, or is nothing that anybody counts. */
export function rateText({ rate, unit }: Progress): string {
  if (rate === undefined || unit === 'passes' || unit === 'steps') return '';
  return unit === 'bytes' ? byteText(rate) : Math.round(rate).toLocaleString('en-US');
}
