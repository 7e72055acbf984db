// The messages between the SQL Console's host (extension/views/sqlView.ts) and its front end (media/sql).

import type { SqlResult, SqlTable } from '../server/protocol';

/** From the front end. `id` numbers the runs of one front end upwards; an answer repeats it. */
export type SqlToHost =
  | { readonly type: 'ready' }
  | {
      readonly type: 'run';
      readonly id: number;
      readonly query: string;
      readonly limit: number;
      readonly seconds: number;
    }
  | { readonly type: 'stop' }
  | { readonly type: 'save'; readonly query: string }
  | { readonly type: 'remove'; readonly name: string }
  /** The rows of the last result. */
  | { readonly type: 'export'; readonly format: 'csv' | 'json' }
  | { readonly type: 'open'; readonly path: string; readonly line: number };

/** From the host. */
export type SqlToView =
  | { readonly type: 'schema'; readonly tables: readonly SqlTable[] }
  | { readonly type: 'queries'; readonly saved: readonly NamedQuery[]; readonly examples: readonly NamedQuery[] }
  | { readonly type: 'result'; readonly id: number; readonly result: SqlResult; readonly summary: string }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  /** What the answer that is under way waits for, a phrase; empty: for nothing but the query. */
  | { readonly type: 'waiting'; readonly message: string };

export interface NamedQuery {
  readonly name: string;
  readonly query: string;
}

export const maxRows = 10_000;
export const maxSeconds = 600;

const maxQueryLength = 100_000;

/** The message, or `undefined` when the value is none. */
export function parseSqlToHost(value: unknown): SqlToHost | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, id, query, limit, seconds, name, format, path, line } = value as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'ready':
    case 'stop':
      return { type };
    case 'run': {
      const isRun = isText(query) && isNumber(id, 0, Number.MAX_SAFE_INTEGER);
      if (!isRun || !isNumber(limit, 1, maxRows) || !isNumber(seconds, 1, maxSeconds)) return undefined;
      return { type, id, query, limit, seconds };
    }
    case 'save':
      return isText(query) ? { type, query } : undefined;
    case 'remove':
      return isText(name) ? { type, name } : undefined;
    case 'export':
      return format === 'csv' || format === 'json' ? { type, format } : undefined;
    case 'open':
      return isText(path) && isNumber(line, 0, Number.MAX_SAFE_INTEGER) ? { type, path, line } : undefined;
    default:
      return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxQueryLength;
}

function isNumber(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
}
