// Matching text over many files: the only TypeScript that touches native's matcher. Policy (which files, which limits) is
// the caller's.

import {
  bestLines as nativeBestLines,
  CancelFlag,
  grepFiles,
  grepText,
  type GrepHit,
  type GrepOptions,
  type GrepResult,
} from '../../native';
import { CancellationError, type CancellationToken } from '../util/cancellation';

export type { GrepHit, GrepOptions, GrepResult };

/** A range of lines of a file, both inclusive. */
export interface LineRange {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** The matching lines of files on disk. Rejects with `ERR_QUERY` for a pattern that is none, or CancellationError. */
export function matchFiles(
  options: GrepOptions,
  paths: readonly string[],
  token?: CancellationToken,
): Promise<GrepResult> {
  return cancellable(token, (cancel) => grepFiles(options, [...paths], cancel));
}

/** The matching lines of one text that is not on disk. Rejects as `matchFiles`. */
export function matchText(
  options: GrepOptions,
  path: string,
  text: string,
  token?: CancellationToken,
): Promise<GrepResult> {
  return cancellable(token, (cancel) => grepText(options, path, text, cancel));
}

/** For each range the line that has the most of the words; ranges whose file is gone have none. */
export function bestLines(root: string, ranges: readonly LineRange[], words: readonly string[]): Promise<GrepHit[]> {
  return nativeBestLines(root, [...ranges], [...words]);
}

async function cancellable<T>(
  token: CancellationToken | undefined,
  run: (cancel: CancelFlag) => Promise<T>,
): Promise<T> {
  if (token?.isCancellationRequested) throw new CancellationError();
  const cancel = new CancelFlag();
  const registration = token?.onCancellationRequested(() => cancel.cancel());
  try {
    return await run(cancel);
  } catch (error) {
    if (token?.isCancellationRequested) throw new CancellationError();
    throw error;
  } finally {
    registration?.dispose();
  }
}
