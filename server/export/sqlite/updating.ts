// Brings a database that exists up to the facts: what differs, and the rows of those files in transactions of bounded size.

import type { RowRef } from '../../facts/merge';
import { Slicer } from '../../util/yielding';
import { batchesOf, bytesOf } from './factBatches';
import { factStamp } from './fileFacts';
import type { FormRun, FormWriter } from './formWriter';
import type { FormSource } from './formSource';
import type { DatabasePlace, Stamped } from './messages';
import { patiently } from './queries';

/** The paths whose facts are not those of the database, removed ones too. */
export async function differences(
  writer: FormWriter,
  { facts }: FormSource,
  place: DatabasePlace,
): Promise<readonly string[]> {
  const lease = facts.lease();
  try {
    const slicer = new Slicer();
    const stamps: Stamped[] = [];
    for (const row of lease.rows) {
      stamps.push([row.segment.path(row.file), factStamp(row)]);
      if (slicer.due) await slicer.pause();
    }
    const { changed, removed } = await writer.write({ kind: 'compare', place, stamps });
    return [...changed, ...removed];
  } finally {
    lease.release();
  }
}

/**
 * Writes the facts of some paths; only the last transaction says that the database is up to date.
 * @throws ByteBudgetError, SqliteTaskError
 */
export async function updateFiles(
  writer: FormWriter,
  { root, facts, seq }: FormSource,
  place: DatabasePlace,
  paths: readonly string[],
  run?: FormRun,
): Promise<void> {
  const rows: RowRef[] = [];
  const removed: string[] = [];
  for (const path of paths) {
    const row = facts.findStored(path);
    if (row === undefined) removed.push(path);
    else rows.push(row);
  }
  const counts = { files: rows.length, removed: removed.length };
  run?.report.checkpoint('start', { code: counts });
  let [transactions, done] = [0, 0];
  const batches = batchesOf(rows);
  for (let batch = batches.next(), first = true; ; first = false) {
    const next = batch.done ? batch : batches.next();
    const isLast = next.done === true;
    const put = batch.done ? [] : batch.value;
    const task = { root, put, removed: first ? removed : [], seq: isLast ? seq : 0 };
    const measured = { bytes: bytesOf(put), at: place, ...(run && { run }) };
    await patiently(() => writer.write({ kind: 'update', place, ...task }, measured));
    transactions++;
    done += put.length;
    run?.onProgress({ stage: 'sqlite', done, total: rows.length });
    if (isLast) break;
    batch = next;
  }
  run?.report.checkpoint('update', { code: { ...counts, transactions } });
  if (run !== undefined) await writer.reportWritten(place, run);
}
