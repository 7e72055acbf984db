// Puts queries to a database, in a process of their own: each ends at its deadline or when nobody wants its answer any
// more, with the process. Knows nothing of what is in the database.

import type { SqlResult } from '../../protocol';
import { CancellationError, type CancellationToken } from '../../util/cancellation';
import type { DatabasePlace } from './messages';
import { SqliteTaskError, type SqliteProcess } from './sqliteProcess';

/** While another program has the database: pauses between two tries, and when to give up, ms. */
const busyMs = { least: 2, most: 40, all: 5000 };
/** Most text of one answer, in UTF-16 units. */
const answerCharacters = 16 << 20;

export interface Query {
  readonly query: string;
  /** Most rows of the answer. */
  readonly limit: number;
  readonly timeoutMs: number;
}

/**
 * Answers a query; one that takes too long has an answer that says so.
 * @throws CancellationError, SqliteTaskError
 */
export async function ask(
  reader: SqliteProcess,
  place: DatabasePlace,
  { query, limit: rows, timeoutMs }: Query,
  token: CancellationToken,
): Promise<SqlResult> {
  const started = performance.now();
  const ended = { late: false };
  // Nothing else stops SQLite in the middle of a query.
  const timer = setTimeout(() => {
    ended.late = true;
    reader.end();
  }, timeoutMs);
  const registration = token.onCancellationRequested(() => reader.end());
  try {
    const limits = { rows, characters: answerCharacters };
    return await patiently(() => reader.run({ kind: 'query', place, query, limits }));
  } catch (error) {
    if (token.isCancellationRequested) throw new CancellationError();
    if (!ended.late) throw error;
    const message = `The query was ended after ${timeoutMs / 1000} s, which is how long it may take.`;
    return { columns: [], rows: [], cut: false, elapsedMs: performance.now() - started, error: { message } };
  } finally {
    clearTimeout(timer);
    registration.dispose();
  }
}

/**
 * Tries again while another program has the database locked. Its pauses are random and short: whoever writes all the time
 * leaves short gaps, which regular or growing ones would miss again and again.
 */
export async function patiently<T>(run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  for (;;) {
    try {
      return await run();
    } catch (error) {
      const isBusy = error instanceof SqliteTaskError && error.failure === 'busy';
      if (!isBusy || performance.now() - started > busyMs.all) throw error;
      const pauseMs = busyMs.least + Math.random() * (busyMs.most - busyMs.least);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
