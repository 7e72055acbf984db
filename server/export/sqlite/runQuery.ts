// Runs one query on a database that is open for reading, within limits of rows and bytes. How long it may take is for
// the owner of the process to say, who ends it.

import type { SqlResult, SqlValue } from '../../protocol';
import type { SqliteDatabase, Statement } from './engine';
import { locateError, refusalOf } from './sqlText';

export interface QueryLimits {
  readonly rows: number;
  /** UTF-16 units of all values together. */
  readonly characters: number;
}

/** A single value is cut here. */
const longestValue = 1 << 20;

/** @throws whatever SQLite says that is not about the query: a damaged database, a lock, a failing disk */
export function runQuery(database: SqliteDatabase, query: string, limits: QueryLimits): SqlResult {
  const started = performance.now();
  const refusal = refusalOf(query);
  if (refusal !== undefined) return failure(refusal, started);
  // From here on no other process changes the database, so what SQLite refuses is the query's.
  database.run('BEGIN');
  database.all('SELECT 1 FROM sqlite_master LIMIT 1');
  let statement: Statement | undefined;
  try {
    statement = database.prepare(query);
    return { ...collect(statement, limits), elapsedMs: performance.now() - started };
  } catch (error) {
    const { message } = error as Error;
    if (isAboutDatabase(message)) throw error;
    return failure(locateError(query, readable(message), failsAlike(database, query, message)), started);
  } finally {
    statement?.free();
  }
}

/** Whether a message of SQLite says that the file is no sound database. */
export function isDamage(message: string): boolean {
  return /malformed|not a database/.test(message);
}

/** Whether a message of SQLite says that another process has the database at the moment. */
export function isBusy(message: string): boolean {
  return /^database( table)? is locked/.test(message);
}

/** Whether a message of SQLite says that something would write to a database that is open for reading. */
export function isWrite(message: string): boolean {
  return message === 'attempt to write a readonly database';
}

function isAboutDatabase(message: string): boolean {
  return isDamage(message) || isBusy(message) || /^disk I\/O error|^unable to open/.test(message);
}

function failure(error: NonNullable<SqlResult['error']>, started: number): SqlResult {
  return { columns: [], rows: [], cut: false, elapsedMs: performance.now() - started, error };
}

function collect(statement: Statement, limits: QueryLimits): Pick<SqlResult, 'columns' | 'rows' | 'cut'> {
  const rows: SqlValue[][] = [];
  let characters = 0;
  let cut = false;
  while (statement.step()) {
    if (rows.length === limits.rows || characters > limits.characters) {
      cut = true;
      break;
    }
    const row = statement.get(null, { useBigInt: true }).map((value) => {
      const shown = valueOf(value);
      if (typeof shown !== 'string') return shown;
      characters += shown.length;
      if (shown.length <= longestValue) return shown;
      cut = true;
      return shown.slice(0, longestValue);
    });
    rows.push(row);
  }
  return { columns: statement.getColumnNames(), rows, cut };
}

function valueOf(value: string | number | bigint | Uint8Array | null): SqlValue {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : value;
}

/** SQLite's words, where they say too little, in ours. */
function readable(message: string): string {
  if (isWrite(message)) return 'the database can only be read';
  if (message === 'out of memory') return 'the query needs more memory than it may have';
  return message;
}

/** For finding where an error is: whether the beginning of the query fails with the same message. */
function failsAlike(database: SqliteDatabase, query: string, message: string): (end: number) => boolean {
  return (end) => {
    try {
      database.prepare(query.slice(0, end)).free();
      return false;
    } catch (error) {
      return (error as Error).message === message;
    }
  };
}
