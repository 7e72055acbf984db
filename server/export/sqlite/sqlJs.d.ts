// The part of sql.js that is used. It is the build whose imports have kept their names: the system calls among them are
// answered by hostFiles.ts.

declare module 'sql.js/dist/sql-wasm-debug.js' {
  export interface Statement {
    /** Binds values from the first parameter on. */
    bind(values: readonly (string | number | Uint8Array | null)[]): boolean;
    /** Whether there is one more row. */
    step(): boolean;
    /** Binds, steps once and resets. */
    run(values: readonly (string | number | Uint8Array | null)[]): void;
    /** The present row; integers come as bigint where asked for. */
    get(values: null, options: { readonly useBigInt: true }): (string | number | bigint | Uint8Array | null)[];
    getColumnNames(): string[];
    reset(): void;
    free(): boolean;
  }

  export interface StatementIterator {
    next(): { readonly done: boolean; readonly value?: Statement };
    /** What follows the statement of the last `next`. */
    getRemainingSQL(): string;
    return(): unknown;
  }

  export interface Database {
    run(sql: string): Database;
    prepare(sql: string): Statement;
    iterateStatements(sql: string): StatementIterator;
    close(): void;
  }

  export interface SqlJs {
    readonly Database: new (content: Uint8Array) => Database;
  }

  export interface Options {
    /** Only our own SQL functions exist. */
    readonly useOldExtensionFunctions: false;
    instantiateWasm(
      imports: { readonly env: Record<string, (...args: never[]) => unknown> },
      onInstance: (instance: WebAssembly.Instance) => void,
    ): object;
  }

  const initSqlJs: (options: Options) => Promise<SqlJs>;
  export = initSqlJs;
}
