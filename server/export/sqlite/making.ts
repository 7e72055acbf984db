// Makes a database from all facts beside the one that is there, and the edges and metrics that are put into it later:
// transactions of bounded size in their order, and what is told of them. Knows nothing of when that is due.

import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RowRef } from '../../facts/merge';
import type { Counts } from '../../model/stageAudit';
import { installFile } from '../../store/durableFile';
import { makePrivateFolder } from '../../store/indexFolder';
import type { CancellationToken } from '../../util/cancellation';
import { workspaceConclusions } from './edges';
import { batchesOf, bytesOf } from './factBatches';
import { placeOf, type FormSource } from './formSource';
import type { FormRun, FormWriter } from './formWriter';
import { sweepLeftovers } from './leftovers';
import type { DatabasePlace } from './messages';

/** More bytes of source than this have no full text in the database. */
const maxTextBytes = 256 << 20;
/** Edges per transaction. */
const batchEdges = 20_000;

/**
 * Makes a new database beside the old one and puts it in its place. What fails leaves nothing behind.
 * @param why it is made, the beginning of a sentence
 * @returns what a user should know of it beside that, a sentence or nothing
 * @throws ByteBudgetError, SqliteTaskError
 */
export async function makeDatabase(writer: FormWriter, source: FormSource, why: string, run: FormRun): Promise<string> {
  const place = placeOf(source);
  const { facts } = source;
  await makePrivateFolder(place.temporary);
  await sweepLeftovers(place.temporary);
  const making = { ...place, file: join(place.temporary, `building-${process.pid}`) };
  const withText = facts.counts.bytes <= maxTextBytes;
  const lease = facts.lease();
  try {
    await fill(writer, { source, rows: lease.rows, place: making, withText, why }, run);
    // A journal of the old database would be taken for one of the new.
    await rm(`${place.file}-journal`, { force: true });
    await installFile(making.file, place.temporary, basename(place.file));
    await writer.reportWritten(place, run);
  } catch (error) {
    writer.end();
    throw error;
  } finally {
    lease.release();
    await sweepLeftovers(place.temporary, making.file);
  }
  if (withText) return '';
  return `It has no full text (chunk_text, chunk_search): the sources have more than ${maxTextBytes >> 20} MiB.`;
}

async function fill(
  writer: FormWriter,
  {
    source: { root, indexId, facts, seq },
    rows,
    place,
    withText,
    why,
  }: {
    readonly source: FormSource;
    readonly rows: readonly RowRef[];
    readonly place: DatabasePlace;
    readonly withText: boolean;
    readonly why: string;
  },
  run: FormRun,
): Promise<void> {
  const { report, onProgress } = run;
  const { bytes } = facts.counts;
  const total = rows.length;
  await writer.write({ kind: 'create', place, identity: { indexId, root }, withText }, { at: place, run });
  report.checkpoint('start', { code: { files: total, bytes, fullText: Number(withText) } }, { detail: why });
  let [done, transactions] = [0, 0];
  for (const put of batchesOf(rows)) {
    await writer.write({ kind: 'add', root, put, removed: [] }, { bytes: bytesOf(put), at: place, run });
    done += put.length;
    transactions++;
    onProgress({ stage: 'sqlite', done, total });
  }
  onProgress({ stage: 'sqlite', done, total, current: 'table indexes' });
  const written = await writer.write({ kind: 'finish', seq }, { at: place, run });
  report.checkpoint('build', { code: { files: done, transactions, ...rowCounts(written) } });
}

/**
 * Puts the edges and metrics of all files into a database that holds the same files, which are `rows`.
 * @returns what could not be concluded, a phrase each
 * @throws ByteBudgetError, SqliteTaskError, CancellationError
 */
export async function makeConclusions(
  writer: FormWriter,
  source: FormSource,
  rows: readonly RowRef[],
  run: FormRun,
  token: CancellationToken,
): Promise<readonly string[]> {
  const { report } = run;
  const { root, seq } = source;
  const place = placeOf(source);
  const limits = { at: place, run };
  report.checkpoint('start', { code: { files: rows.length } }, { detail: 'Edges and metrics are made' });
  await writer.write({ kind: 'clearEdges', place }, limits);
  const failures: string[] = [];
  let [edges, metrics, transactions] = [0, 0, 0];
  // All files are gone through twice: for the names that there are, and for what is meant by them.
  const total = rows.length * 2;
  const onFile = (done: number, current?: string): void =>
    run.onProgress({ stage: 'conclusions', unit: 'passes', done, total, ...(current !== undefined && { current }) });
  for await (const part of workspaceConclusions({ root, rows, onFile }, batchEdges, token)) {
    if ('failure' in part) {
      failures.push(part.failure);
      continue;
    }
    if ('edges' in part) {
      await writer.write({ kind: 'addEdges', place, files: part.edges }, limits);
      for (const file of part.edges) edges += file.edges.length;
    } else {
      await writer.write({ kind: 'addMetrics', place, metrics: part.metrics }, limits);
      metrics += part.metrics.length;
    }
    transactions++;
  }
  onFile(total, 'table indexes');
  await writer.write({ kind: 'finishEdges', place, seq }, limits);
  report.checkpoint('update', { code: { 'rows.edges': edges, 'rows.metrics': metrics, transactions } });
  await writer.reportWritten(place, run);
  return failures;
}

/** `{ symbols: 2 }` → `{ 'rows.symbols': 2 }`. */
function rowCounts(rows: Readonly<Record<string, number>>): Counts {
  return Object.fromEntries(Object.entries(rows).map(([table, count]) => [`rows.${table}`, count]));
}
