// One live line on standard error that says what is being done, how far it is and when it will end. On anything but a
// terminal it draws nothing.

import type { StageProgress } from '../protocol';
import { percentOf, progressText, rateText } from '../model/progress';
import { duration, fit, visible } from './format';
import type { Output } from './output';

/** Ten redraws a second: smooth to the eye, and too few to cost anything. */
const redrawMs = 100;
const eraseLine = '\r\x1b[2K';

const stageNames: Readonly<Record<StageProgress['stage'], string>> = {
  loading: 'Loading',
  scanning: 'Scanning',
  extracting: 'Indexing',
  searchIndex: 'Search index',
  snapshot: 'Saving',
  verifying: 'Verifying',
  repairing: 'Repairing',
  relations: 'Resolving',
  analyzers: 'Analyzing',
  artifacts: 'Exporting',
  sqlite: 'SQLite',
  conclusions: 'Edges',
};

/** Shows what `progress` returns until disposed. */
export class ProgressBar {
  readonly #output: Output;
  readonly #timer: NodeJS.Timeout | undefined;
  #drawn = Promise.resolve();

  constructor(output: Output, progress: () => StageProgress | undefined) {
    this.#output = output;
    if (output.liveColumns === undefined) return;
    this.#timer = setInterval(() => {
      const columns = output.liveColumns ?? 0;
      const now = progress();
      if (now !== undefined) this.#drawn = output.draw(`${eraseLine}${progressLine(now, columns - 1)}`);
    }, redrawMs);
  }

  /** Takes the line away. */
  async dispose(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    await this.#drawn;
    await this.#output.draw(eraseLine);
  }
}

/** The line for a terminal of so many columns: `Indexing  1,204 / 8,330  14%  512/s  ETA 14.2 s  src/a.ts`. */
export function progressLine(progress: StageProgress, columns: number): string {
  const { stage, done, total, unit, etaMs, current } = progress;
  const parts = [stageNames[stage]];
  if (total > 0 && unit !== 'passes') parts.push(progressText(progress));
  if (total > 0) parts.push(`${percentOf(progress)}%`);
  const rate = rateText(progress);
  if (rate !== '') parts.push(`${rate}/s`);
  if (etaMs !== undefined && done < total) parts.push(`ETA ${duration(etaMs)}`);
  const line = parts.join('  ');
  const left = columns - line.length - 2;
  // The end of a path says more than its beginning. Less than a dozen columns say nothing.
  return current === undefined || left < 12 ? fit(line, columns) : `${line}  ${fit(visible(current), left, 'end')}`;
}
