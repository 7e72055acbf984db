// Puts the facts of files into a database, and takes them out again: one transaction at a time, touching the rows of the
// named files only. Knows nothing of where the facts come from or when they are due.

import { FileBlock } from '../../facts/block';
import { ChunkColumn } from '../../model/columns';
import type { SqliteDatabase, Statement } from './engine';
import type { FileFacts } from './fileFacts';
import { fileRow, rowId, tableRows, type Value } from './rows';
import { indexStatements, schemaVersion, tableStatements } from './schema';

/** What a database is of. */
export interface DatabaseIdentity {
  readonly indexId: string;
  /** Real path of the root. */
  readonly root: string;
}

/** What a database says of itself. */
export interface DatabaseState extends DatabaseIdentity {
  /** Last batch of the index that it holds; 0: it was left in the middle of an update. */
  readonly seq: number;
  /** Batch that its edges and metrics were made from; 0: there are none. */
  readonly edgesSeq: number;
  readonly withText: boolean;
}

/** The full text of a file: the bytes that its chunks' offsets count in; undefined: not the text of the facts. */
export type TextOf = (facts: FileFacts) => Uint8Array | undefined;

/**
 * Of a sort in memory, and of pages beside it. SQLite sorts in one piece that it doubles as it grows; the larger it may
 * become, the less likely a memory that holds scattered pages has room for it.
 */
const sortBytes = 16 << 20;

/** Makes the tables of a new database, to be filled by a writer and finished by `makeIndexes`. */
export function createTables(database: SqliteDatabase, identity: DatabaseIdentity, withText: boolean): void {
  // Until it has its final name nobody else has it open, and a crash leaves it behind: nothing is to be rolled back.
  database.run('PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
  database.run('BEGIN');
  for (const sql of tableStatements(withText)) database.run(sql);
  const meta = Object.entries({
    schema_version: schemaVersion,
    index_id: identity.indexId,
    root: identity.root,
    seq: 0,
    edges_seq: 0,
    full_text: Number(withText),
  });
  const statement = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  for (const entry of meta) statement.run(entry);
  statement.free();
  database.run('COMMIT');
}

/** Ends the making of a new database: its indexes, and what SQLite wants to know of them to plan queries. */
export function makeIndexes(database: SqliteDatabase): void {
  database.run(`PRAGMA cache_size = -${sortBytes >> 10}`);
  for (const sql of indexStatements) database.run(sql);
  database.run('PRAGMA analysis_limit = 1000; ANALYZE');
}

/** What a database is; undefined: made by another version, or no database of ours. */
export function readState(database: SqliteDatabase): DatabaseState | undefined {
  if (database.all("SELECT 1 FROM sqlite_master WHERE name = 'meta'").length === 0) return undefined;
  const meta = new Map(database.all('SELECT key, value FROM meta').map(([key, value]) => [key, value]));
  if (meta.get('schema_version') !== schemaVersion) return undefined;
  return {
    indexId: String(meta.get('index_id')),
    root: String(meta.get('root')),
    seq: Number(meta.get('seq')),
    edgesSeq: Number(meta.get('edges_seq')),
    withText: meta.get('full_text') === 1,
  };
}

export class SqliteWriter {
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, Statement>();
  readonly #rows = new Map<string, number>();
  readonly #withText: boolean;

  /** @param database one that has the tables, with those of the text or without */
  constructor(database: SqliteDatabase, withText: boolean) {
    this.#database = database;
    this.#withText = withText;
  }

  /** Rows that were put into each table. */
  get rows(): ReadonlyMap<string, number> {
    return this.#rows;
  }

  begin(): void {
    // Takes the lock of a writer at once, so that what is read next stays true.
    this.#database.run('BEGIN IMMEDIATE');
  }

  /** Makes everything since `begin` durable, as what the index held at `seq`. */
  commit(seq: number): void {
    this.#run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', ['seq', seq]);
    this.#database.run('COMMIT');
  }

  /** Puts a file's facts in the place of whatever is there of it. */
  put(facts: FileFacts, textOf: TextOf): void {
    const known = this.#idOf(facts.path);
    if (known !== undefined) this.#removeRows(known);
    const id = known ?? this.#nextId();
    this.#insert('files', fileRow(id, facts));
    const block = new FileBlock(aligned(facts.block));
    for (const { table, rows } of tableRows) for (const row of rows(id, block)) this.#insert(table, row);
    if (this.#withText) this.#putText(id, chunkTexts(block, textOf(facts)));
  }

  remove(path: string): void {
    const id = this.#idOf(path);
    if (id === undefined) return;
    if (this.#withText) this.#putText(id, []);
    this.#removeRows(id);
  }

  /** Gives the statements back; the database must not be closed before. */
  dispose(): void {
    for (const statement of this.#statements.values()) statement.free();
    this.#statements.clear();
  }

  /**
   * Brings the texts of a file's chunks up to date. What is the same stays: the full-text index is the dearest part of
   * an update, and most edits change one chunk.
   */
  #putText(id: number, texts: readonly string[]): void {
    const old = this.#database.all('SELECT id, text FROM chunk_text WHERE id BETWEEN ? AND ?', rangeOf(id));
    // The index reads the old text to find what to take out, so that goes last.
    for (const [chunk, text] of old) {
      if (texts[Number(chunk) - rowId(id, 0)] === text) continue;
      // Numbers beyond 32 bits are bound as floating ones, which the index refuses as ids.
      this.#run('DELETE FROM chunk_search WHERE docid = CAST(? AS INTEGER)', [chunk ?? null]);
      this.#run('DELETE FROM chunk_text WHERE id = ?', [chunk ?? null]);
    }
    const kept = new Map(old.map(([chunk, text]) => [chunk, text]));
    texts.forEach((text, row) => {
      const chunk = rowId(id, row);
      if (kept.get(chunk) === text) return;
      this.#insert('chunk_text', [chunk, text]);
      this.#run('INSERT INTO chunk_search (docid, text) VALUES (CAST(? AS INTEGER), ?)', [chunk, text]);
    });
  }

  #removeRows(id: number): void {
    for (const { table } of tableRows) this.#run(`DELETE FROM ${table} WHERE id BETWEEN ? AND ?`, rangeOf(id));
    this.#run('DELETE FROM files WHERE id = ?', [id]);
  }

  #idOf(path: string): number | undefined {
    return this.#database.all('SELECT id FROM files WHERE path = ?', [path])[0]?.[0] as number | undefined;
  }

  #nextId(): number {
    return this.#database.all('SELECT ifnull(max(id), 0) + 1 FROM files')[0]?.[0] as number;
  }

  #insert(table: string, row: readonly Value[]): void {
    this.#rows.set(table, (this.#rows.get(table) ?? 0) + 1);
    this.#run(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`, row);
  }

  #run(sql: string, values: readonly Value[]): void {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    statement.run(values);
  }
}

/** The bytes at a place where blocks can be read: what comes from another process may lie anywhere. */
function aligned(bytes: Uint8Array): Buffer {
  const start = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  return Buffer.from(start.buffer, start.byteOffset, start.length);
}

/** The ids that the rows of a file may have. */
function rangeOf(file: number): [first: number, last: number] {
  return [rowId(file, 0), rowId(file + 1, 0) - 1];
}

/** The text of each chunk; none where the file's text is not that of its facts. */
function chunkTexts(block: FileBlock, text: Uint8Array | undefined): string[] {
  if (text === undefined) return [];
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  const starts = block.column('chunks', ChunkColumn.startByte);
  const ends = block.column('chunks', ChunkColumn.endByte);
  return Array.from({ length: block.rows('chunks') }, (_, row) =>
    bytes.toString('utf8', starts?.[row] ?? 0, ends?.[row] ?? 0),
  );
}
