// The SQLite form of an index that is open in this process: one for all its clients, made when it is first asked for and
// kept up to date from then on.

import { join } from 'node:path';
import { schema } from '../export/sqlite/schema';
import { SqliteForm, type FormOptions } from '../export/sqlite/sqliteForm';
import { recordLateRun } from '../pipeline/audit/lateRuns';
import { ProgressMeter } from '../pipeline/progress';
import type { RootIndex } from '../pipeline/rootIndex';
import type { SqlParams, SqlResult, SqlTable, StageProgress } from '../protocol';
import type { CancellationToken } from '../util/cancellation';
import { CancelSource } from '../util/cancelSource';

/** Limits of what a client may ask for. */
export const sqlLimits = { rows: 100_000, timeoutMs: 600_000 } as const;

/** Every table and view, for help and completion. */
export const sqlSchema: readonly SqlTable[] = schema.map(({ name, kind, doc, columns }) => ({
  name,
  kind,
  doc,
  columns,
}));

export interface SqlFormOptions {
  /** Folder of the bundled programs; `sqlite.js` lies there. */
  readonly programs: string;
  readonly log: (line: string) => void;
  readonly onDidChange: () => void;
}

export class SqlForm {
  readonly #form: SqliteForm;
  #meter: ProgressMeter | undefined;

  constructor(index: RootIndex, { programs, log, onDidChange }: SqlFormOptions) {
    this.#form = formOf(index, {
      programs,
      log,
      onProgress: (progress) => {
        if (progress === undefined) {
          this.#meter = undefined;
          onDidChange();
          return;
        }
        const { stage, done, total, unit, current } = progress;
        if (this.#meter?.stage !== stage) this.#meter = new ProgressMeter(stage, total, { unit, onDidChange });
        this.#meter.reach(done, current);
      },
    });
    index.onDidApply = (paths) => this.#form.noteChanged(paths);
  }

  /** How far it is being made; undefined when it is not. */
  get progress(): StageProgress | undefined {
    return this.#meter?.snapshot;
  }

  /** Bytes of the database; undefined where there is none. */
  get bytes(): number | undefined {
    return this.#form.bytes;
  }

  /** Brings a database that exists up to date, and keeps it so. */
  follow(): void {
    this.#form.follow();
  }

  /** @throws CancellationError, SqliteTaskError */
  query({ query, limit, timeoutMs }: SqlParams, token?: CancellationToken): Promise<SqlResult> {
    const bounded = {
      query,
      limit: within(limit, 1, sqlLimits.rows),
      timeoutMs: within(timeoutMs, 1, sqlLimits.timeoutMs),
    };
    return this.#form.query(bounded, token ?? new CancelSource().token);
  }

  close(): void {
    this.#form.close();
  }
}

/** The SQLite form of one index. */
export function formOf(
  index: RootIndex,
  options: Pick<SqlFormOptions, 'programs' | 'log'> & Partial<Pick<FormOptions, 'onProgress'>>,
): SqliteForm {
  const { programs, log, onProgress = () => undefined } = options;
  return new SqliteForm({
    entry: join(programs, 'sqlite.js'),
    budgets: () => index.budgets,
    task: (bytes, run) => index.sqliteTask(bytes, run),
    quiet: (token) => index.quiet(token),
    source: () => {
      const { identity, facts, path } = index;
      if (identity === undefined) return undefined;
      return { root: path, facts, indexFolder: identity.folder, indexId: identity.indexId, seq: identity.seq };
    },
    record: (run) => {
      const place = { indexFolder: index.identity?.folder ?? index.status.indexFolder, warn: log };
      return recordLateRun(place, 'sqlite', run);
    },
    log,
    onProgress,
  });
}

function within(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.floor(value))) : most;
}
