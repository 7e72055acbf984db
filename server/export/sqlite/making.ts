// What a database is filled with when it is made, and the edges and metrics that are put into it later: transactions of
// bounded size in their order, and what is told of them. Knows neither when that is due nor where the database goes.

import type { FactStore } from '../../facts/factStore';
import type { RowRef } from '../../facts/merge';
import type { Progress } from '../../model/progress';
import type { Counts, StageReport } from '../../model/stageAudit';
import type { CancellationToken } from '../../util/cancellation';
import { workspaceConclusions } from './edges';
import { batchesOf, bytesOf } from './factBatches';
import type { DatabasePlace, SqliteAnswers, SqliteTask } from './messages';

/** Writes a piece, which has so many bytes in memory while it waits for its turn. */
export type Write = (task: SqliteTask, bytes?: number) => Promise<SqliteAnswers[SqliteTask['kind']]>;

/** How far the files in the database are (`sqlite`), or its edges and metrics (`conclusions`). */
export interface FormProgress extends Progress {
  readonly stage: 'sqlite' | 'conclusions';
  readonly current?: string;
}

/** What a database is made of, and where that is told. */
export interface Making {
  readonly root: string;
  readonly rows: readonly RowRef[];
  readonly place: DatabasePlace;
  /** Last batch that the rows hold. */
  readonly seq: number;
  readonly write: Write;
  readonly report: StageReport;
}

/** Edges per transaction. */
const batchEdges = 20_000;

/** Makes a database of all files at its place. @param why it is made, a sentence */
export async function fillDatabase(
  { root, rows, place, seq, write, report }: Making,
  {
    indexId,
    counts: { bytes },
    withText,
    why,
    onProgress,
  }: {
    readonly indexId: string;
    readonly counts: FactStore['counts'];
    readonly withText: boolean;
    readonly why: string;
    readonly onProgress: (progress: FormProgress) => void;
  },
): Promise<void> {
  await write({ kind: 'create', place, identity: { indexId, root }, withText });
  report.checkpoint('start', { code: { files: rows.length, bytes, fullText: Number(withText) } }, { detail: why });
  let done = 0;
  let transactions = 0;
  for (const put of batchesOf(rows)) {
    await write({ kind: 'add', root, put, removed: [] }, bytesOf(put));
    done += put.length;
    transactions++;
    onProgress({ stage: 'sqlite', done, total: rows.length });
  }
  onProgress({ stage: 'sqlite', done, total: rows.length, current: 'table indexes' });
  const written = (await write({ kind: 'finish', seq })) as SqliteAnswers['finish'];
  report.checkpoint('build', { code: { files: done, transactions, ...rowCounts(written) } });
}

/**
 * Puts the edges and metrics of all files into a database that holds the same files.
 * @returns what could not be concluded, a phrase each
 */
export async function fillConclusions(
  { root, rows, place, seq, write, report }: Making,
  onProgress: (progress: FormProgress) => void,
  token: CancellationToken,
): Promise<readonly string[]> {
  report.checkpoint('start', { code: { files: rows.length } }, { detail: 'Edges and metrics are made' });
  await write({ kind: 'clearEdges', place });
  const failures: string[] = [];
  let [edges, metrics, transactions] = [0, 0, 0];
  // All files are gone through twice: for the names that there are, and for what is meant by them.
  const total = rows.length * 2;
  const onFile = (done: number): void => onProgress({ stage: 'conclusions', unit: 'passes', done, total });
  for await (const part of workspaceConclusions({ root, rows, onFile }, batchEdges, token)) {
    if ('failure' in part) {
      failures.push(part.failure);
      continue;
    }
    if ('edges' in part) {
      await write({ kind: 'addEdges', place, files: part.edges });
      for (const file of part.edges) edges += file.edges.length;
    } else {
      await write({ kind: 'addMetrics', place, metrics: part.metrics });
      metrics += part.metrics.length;
    }
    transactions++;
  }
  onProgress({ stage: 'conclusions', unit: 'passes', done: total, total, current: 'table indexes' });
  await write({ kind: 'finishEdges', place, seq });
  report.checkpoint('update', { code: { 'rows.edges': edges, 'rows.metrics': metrics, transactions } });
  return failures;
}

/** `{ symbols: 2 }` → `{ 'rows.symbols': 2 }`. */
function rowCounts(rows: Readonly<Record<string, number>>): Counts {
  return Object.fromEntries(Object.entries(rows).map(([table, count]) => [`rows.${table}`, count]));
}
