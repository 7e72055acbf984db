// SQLite, from sql.js, on files of the disk: whatever the size of a database, only its page cache is in memory. One
// database is open at a time. Knows no table.

import { readFile } from 'node:fs/promises';
import initSqlJs from 'sql.js/dist/sql-wasm-debug.js';
import type { Database, SqlJs, StatementIterator } from 'sql.js/dist/sql-wasm-debug.js';
import { HostFiles, type OpenFiles } from './hostFiles';
import type { Row } from './rows';

export type { Statement, StatementIterator } from 'sql.js/dist/sql-wasm-debug.js';

/** Enough for the page cache, scattered over it, and what SQLite needs beside it. */
const heapLimit = 320 << 20;

export class SqliteEngine {
  readonly #sql: SqlJs;
  readonly #files: HostFiles;
  readonly #cacheBytes: number;

  private constructor(sql: SqlJs, files: HostFiles, cacheBytes: number) {
    this.#cacheBytes = cacheBytes;
    this.#sql = sql;
    this.#files = files;
  }

  /**
   * @param wasm path of the WebAssembly module of sql.js
   * @param cacheBytes of pages kept in memory, whatever the size of the database; a sort uses as many before it goes to
   * the disk
   * @param heapBytes that the module's memory may grow to; what needs more fails with "out of memory"
   */
  static async load(wasm: string, cacheBytes: number, heapBytes = heapLimit): Promise<SqliteEngine> {
    const module = await WebAssembly.compile(await readFile(wasm));
    const files = new HostFiles(heapBytes);
    const sql = await initSqlJs({
      useOldExtensionFunctions: false,
      instantiateWasm: ({ env }, onInstance) => {
        const wrapped = files.wrap(env);
        WebAssembly.instantiate(module, { env: wrapped, wasi_snapshot_preview1: wrapped }).then((instance) => {
          files.memory = instance.exports['memory'] as WebAssembly.Memory;
          onInstance(instance);
        }, rethrowLater);
        return {};
      },
    });
    return new SqliteEngine(sql, files, cacheBytes);
  }

  /** Opens a database, which is made when it is missing and may be written to. The one before must be closed. */
  open(files: OpenFiles): SqliteDatabase {
    this.#files.use(files);
    const close = (): void => this.#files.use(undefined);
    const database = new SqliteDatabase(this.#start(files, close), close);
    database.run(`PRAGMA cache_size = -${Math.max(1, this.#cacheBytes >> 10)}`);
    return database;
  }

  #start(files: OpenFiles, close: () => void): Database {
    try {
      return new this.#sql.Database(new Uint8Array(0));
    } catch (error) {
      close();
      // sql.js asks for the message before it has the connection that knows it.
      throw new Error(`unable to open database file ${files.database}`, { cause: error });
    }
  }
}

/** Nobody waits for the start of the module but initSqlJs, which has no way to be told of this. */
function rethrowLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

export class SqliteDatabase {
  readonly #database: Database;
  readonly #onClose: () => void;

  constructor(database: Database, onClose: () => void) {
    this.#database = database;
    this.#onClose = onClose;
  }

  /** Runs statements that return nothing. */
  run(sql: string): void {
    this.#database.run(sql);
  }

  /** The rows of a query of our own. Integers must be safe. */
  all(sql: string, values: Row = []): Row[] {
    const statement = this.#database.prepare(sql);
    try {
      statement.bind(values);
      const rows: Row[] = [];
      while (statement.step()) rows.push(statement.get(null, { useBigInt: true }).map(ownValue));
      return rows;
    } finally {
      statement.free();
    }
  }

  prepare(sql: string) {
    return this.#database.prepare(sql);
  }

  /** Prepares the statements of a text one by one. */
  iterate(sql: string): StatementIterator {
    return this.#database.iterateStatements(sql);
  }

  close(): void {
    try {
      this.#database.close();
    } finally {
      this.#onClose();
    }
  }
}

function ownValue(value: string | number | bigint | Uint8Array | null): string | number | null {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
