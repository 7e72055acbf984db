// Writes the edges of the graph, and the metrics that follow from them, into a database that has the facts. All of them at
// once: an edge may change with any file, so they are cleared and made anew.

import type { SqliteDatabase } from './engine';
import type { EdgesOfFile, PlacedMetric, Target } from './edges';
import { rowId } from './rows';
import { conclusionIndexes, conclusionTables, metricStatements } from './schema';

/** Takes all edges and metrics out, with their indexes, which are quicker to make than to keep. */
export function clearEdges(database: SqliteDatabase): void {
  database.run('BEGIN IMMEDIATE');
  setEdgesSeq(database, 0);
  for (const { name } of conclusionIndexes) database.run(`DROP INDEX IF EXISTS ${name}`);
  for (const { name } of conclusionTables) database.run(`DELETE FROM ${name}`);
  database.run('COMMIT');
}

/** Adds the edges of some files, in one transaction. Files that the database has not are passed over. */
export function addEdges(database: SqliteDatabase, files: readonly EdgesOfFile[]): void {
  const { idOf, dispose } = fileIds(database);
  const symbolOf = (target: Target | null): number | null => {
    const file = target === null ? undefined : idOf(target.path);
    return file === undefined || target?.row === undefined ? null : rowId(file, target.row);
  };
  database.run('BEGIN IMMEDIATE');
  const insert = database.prepare(
    `INSERT INTO edges VALUES (${conclusionTables[0].columns.map(() => '?').join(', ')})`,
  );
  for (const { path, edges } of files) {
    const file = idOf(path);
    if (file === undefined) continue;
    for (const { kind, origin, source, status, evidence, candidates, module, target } of edges) {
      const from = source === null ? null : rowId(file, source);
      const targetFile = target === null ? null : (idOf(target.path) ?? null);
      const ends = [from, symbolOf(target), targetFile];
      insert.run([kind, file, rowId(file, origin), ...ends, status, evidence, candidates, module]);
    }
  }
  insert.free();
  dispose();
  database.run('COMMIT');
}

/** Adds metrics that analyzers made, in one transaction. */
export function addMetrics(database: SqliteDatabase, metrics: readonly PlacedMetric[]): void {
  const { idOf, dispose } = fileIds(database);
  database.run('BEGIN IMMEDIATE');
  const insert = database.prepare('INSERT INTO metrics VALUES (?, ?, ?, ?)');
  for (const { name, path, row, value } of metrics) {
    const file = idOf(path);
    if (file !== undefined) insert.run([name, file, row === undefined ? null : rowId(file, row), value]);
  }
  insert.free();
  dispose();
  database.run('COMMIT');
}

/** Makes the metrics and the indexes, and notes the batch that the facts were at. */
export function finishEdges(database: SqliteDatabase, seq: number): void {
  database.run('BEGIN IMMEDIATE');
  for (const sql of metricStatements) database.run(sql);
  for (const { sql } of conclusionIndexes) database.run(sql);
  setEdgesSeq(database, seq);
  database.run('COMMIT; PRAGMA analysis_limit = 1000; ANALYZE');
}

/** Looks up `files.id` by path, each once. */
function fileIds(database: SqliteDatabase) {
  const ids = new Map<string, number | undefined>();
  const find = database.prepare('SELECT id FROM files WHERE path = ?');
  const idOf = (path: string): number | undefined => {
    if (!ids.has(path)) {
      find.bind([path]);
      ids.set(path, find.step() ? Number(find.get(null, { useBigInt: true })[0]) : undefined);
      find.reset();
    }
    return ids.get(path);
  };
  return { idOf, dispose: () => find.free() };
}

function setEdgesSeq(database: SqliteDatabase, seq: number): void {
  database.run(`UPDATE meta SET value = ${Math.floor(seq)} WHERE key = 'edges_seq'`);
}
