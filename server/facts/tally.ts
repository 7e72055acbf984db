// What a batch of extracted files amounts to, mode by mode: counted in the extractor, from rows that it has anyway, so
// that accounting for a build costs the server nothing.

import { tableNames, type TableName } from '../model/columns';
import { modes, type Mode } from '../model/mode';
import { limitReasons, skipReasons, type LimitReason, type SkipReason } from '../model/skipReason';
import type { FileCost, FileCosts } from '../model/stageAudit';
import { rowsOf, type ExtractedRows } from './segmentBuilder';

/** Totals of one mode. Comments count as `extracted-prose` with the file that they are in; rows count with their file. */
export interface ModeTally extends Readonly<Record<TableName, number>> {
  readonly files: number;
  readonly bytes: number;
  readonly lines: number;
  /** Files that have no mode because they could not be read as text count as code. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly limited: Readonly<Partial<Record<LimitReason, number>>>;
}

/** Totals of a batch, and those of its files that cost most. */
export interface Tally {
  readonly modes: Readonly<Partial<Record<Mode, ModeTally>>>;
  readonly costs: FileCosts;
}

/** So many files are kept of each kind. */
const keptCosts = 50;

/** @param paths in the order of `rows`; `micros` is what each took, in microseconds */
export function tallyOf(rows: ExtractedRows, paths: readonly string[], micros: Uint32Array): Tally {
  const tallies = new Map<Mode, Counting>();
  const of = (mode: Mode): Counting => {
    const known = tallies.get(mode) ?? newCounting();
    tallies.set(mode, known);
    return known;
  };
  const costs: FileCost[] = [];
  for (let file = 0; file < rows.files; file++) {
    const skip = skipReasons[rows.skips[file] ?? 0] ?? 'none';
    const mode = modes[(rows.modes[file] ?? 0) - 1] ?? 'code';
    const tally = of(skip === 'none' ? mode : 'code');
    let facts = 0;
    if (skip !== 'none') {
      tally.skipped[skip] = (tally.skipped[skip] ?? 0) + 1;
    } else {
      const limit = limitReasons[rows.limits[file] ?? 0] ?? 'none';
      if (limit !== 'none') tally.limited[limit] = (tally.limited[limit] ?? 0) + 1;
      tally.files++;
      tally.bytes += rows.sizes[file] ?? 0;
      tally.lines += rows.lines[file] ?? 0;
      rowsOf(rows, file).forEach((count, table) => {
        tally[tableNames[table] as TableName] += count;
        facts += count;
      });
      const comments = rows.commentChunks[file] ?? 0;
      if (comments > 0) moveComments(comments, tally, of('extracted-prose'));
    }
    costs.push({ path: paths[file] ?? '', bytes: rows.sizes[file] ?? 0, micros: micros[file] ?? 0, rows: facts });
  }
  return { modes: Object.fromEntries(tallies), costs: worst([{ slowest: costs, heaviest: costs }]) };
}

/** The tallies of one mode taken together. */
export function addTallies(a: ModeTally, b: ModeTally): ModeTally {
  const sum = { files: a.files + b.files, bytes: a.bytes + b.bytes, lines: a.lines + b.lines };
  const tables = Object.fromEntries(tableNames.map((table) => [table, a[table] + b[table]])) as Record<
    TableName,
    number
  >;
  return { ...sum, ...tables, skipped: addCounts(a.skipped, b.skipped), limited: addCounts(a.limited, b.limited) };
}

/** The worst files of several lists; equal costs in path order, so that equal input gives equal lists. */
export function worst(all: readonly FileCosts[]): FileCosts {
  const byPath = (a: FileCost, b: FileCost): number => (a.path < b.path ? -1 : 1);
  const slowest = all.flatMap((each) => each.slowest).sort((a, b) => b.micros - a.micros || byPath(a, b));
  const heaviest = all.flatMap((each) => each.heaviest).sort((a, b) => b.rows - a.rows || byPath(a, b));
  return { slowest: slowest.slice(0, keptCosts), heaviest: heaviest.slice(0, keptCosts) };
}

type Counting = { -readonly [K in keyof ModeTally]: ModeTally[K] } & {
  skipped: Partial<Record<SkipReason, number>>;
  limited: Partial<Record<LimitReason, number>>;
};

function newCounting(): Counting {
  const tables = Object.fromEntries(tableNames.map((table) => [table, 0])) as Record<TableName, number>;
  return { files: 0, bytes: 0, lines: 0, ...tables, skipped: {}, limited: {} };
}

/** Chunks of comments belong to a mode of their own. */
function moveComments(comments: number, from: Counting, to: Counting): void {
  from.chunks -= comments;
  to.files++;
  to.chunks += comments;
}

function addCounts<K extends string>(a: Partial<Record<K, number>>, b: Partial<Record<K, number>>) {
  const sum: Partial<Record<K, number>> = { ...a };
  for (const [key, count] of Object.entries(b) as [K, number][]) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}
