// The SQLite forms of the indexes of a window: makes each when it is first asked for, tells it of changes, and answers
// `almagest/sql`.

import { join } from 'node:path';
import { schema } from './export/sqlite/schema';
import { SqliteForm } from './export/sqlite/sqliteForm';
import { SqliteTaskError } from './export/sqlite/sqliteProcess';
import type { RootIndex } from './pipeline/rootIndex';
import type { SqlParams, SqlResult, SqlTable } from './protocol';
import type { CancellationToken } from './util/cancellation';

/** Limits of what a client may ask for. */
export const sqlLimits = { rows: 100_000, timeoutMs: 600_000 } as const;

/** Every table and view, for help and completion. */
export const sqlSchema: readonly SqlTable[] = schema.map(({ name, kind, doc, columns }) => ({
  name,
  kind,
  doc,
  columns,
}));

export interface SqliteFormsOptions {
  /** Folder of the bundled programs; `sqlite.js` lies there. */
  readonly programs: string;
  readonly log: (line: string) => void;
}

export class SqliteForms {
  readonly #options: SqliteFormsOptions;
  readonly #forms = new Map<string, SqliteForm>();

  constructor(options: SqliteFormsOptions) {
    this.#options = options;
  }

  /** Lets a database that exists follow the index. */
  add(index: RootIndex): void {
    const form = formOf(index, this.#options);
    this.#forms.set(index.root.uri, form);
    index.onDidApply = (paths) => form.noteChanged(paths);
    form.follow();
  }

  remove(uri: string): void {
    this.#forms.get(uri)?.close();
    this.#forms.delete(uri);
  }

  /** @throws CancellationError, SqliteTaskError */
  async query(params: SqlParams, token: CancellationToken): Promise<SqlResult> {
    const [first] = this.#forms.values();
    const form = params.root === undefined ? first : this.#forms.get(params.root);
    if (form === undefined) throw new SqliteTaskError('failed', 'No folder with an index is open.');
    return form.query(
      {
        query: params.query,
        limit: within(params.limit, 1, sqlLimits.rows),
        timeoutMs: within(params.timeoutMs, 1, sqlLimits.timeoutMs),
      },
      token,
    );
  }

  close(): void {
    for (const uri of [...this.#forms.keys()]) this.remove(uri);
  }
}

/** The SQLite form of one index. */
export function formOf(
  index: RootIndex,
  options: SqliteFormsOptions & { readonly onProgress?: (done: number, total: number) => void },
): SqliteForm {
  const { programs, log, onProgress } = options;
  return new SqliteForm({
    entry: join(programs, 'sqlite.js'),
    source: () => {
      const { identity, facts, path } = index;
      if (identity === undefined) return undefined;
      return { root: path, facts, indexFolder: identity.folder, indexId: identity.indexId, seq: identity.seq };
    },
    log,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

function within(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.floor(value))) : most;
}
