// The order of symbol matches, as one number per match, and a bounded heap that keeps the best of them.

import type { LiveSegment } from '../facts/factStore';
import { fileByteColumns } from '../facts/layout';
import { FileFlag, SymbolFlag } from '../model/columns';
import { modeNumber } from '../model/mode';
import { comparePaths } from '../util/pathOrder';
import { parentOf } from '../util/paths';
import { fileOf, filesBelow } from './fileRange';
import type { Tier } from '../search/namePattern';

/** A symbol row, with its rank: smaller is better. */
export interface RankedRow {
  readonly rank: number;
  readonly entry: LiveSegment;
  readonly file: number;
  /** Row in the segment. */
  readonly symbol: number;
}

/** What the user is at, as far as it changes the order. */
export interface Vantage {
  /** The files in editors, the one worked on last first: they come first, then the neighbours of that one. */
  readonly openPaths?: readonly string[];
  /** When files were last edited here, ms since the epoch. */
  readonly recent?: ReadonlyMap<string, number>;
}

const foreign = FileFlag.generated | FileFlag.vendored;
const elsewhere = SymbolFlag.declaration | SymbolFlag.reexport;
const codeMode = modeNumber('code');
const flagsColumn = fileByteColumns.indexOf('flags');
const modeColumn = fileByteColumns.indexOf('mode');
type FileRange = readonly [from: number, to: number];

/** Open files beyond so many are like any other: each is looked at first, in every segment. */
const maxOpen = 100;
/** A folder with more files is no neighbourhood, and costs too much to look at first. */
const maxNeighbours = 500;

/** The parts of a rank in bits, least significant last. `rankTier` moves a tier in front of all of them. */
const lengthBits = 10;
const recentBits = 8;
const nearBits = 2;
const flagBits = 5;
/** Longer names rank like this one. */
export const maxLength = (1 << lengthBits) - 1;
const maxRecent = (1 << recentBits) - 1;
const farAway = (1 << nearBits) - 1;
const tierShift = lengthBits + recentBits + nearBits + flagBits;

/** Added to the rank of a match whose container fits less than exactly: it comes after all exact ones of its tier. */
export const inexactContainer = 1 << (tierShift - 1);

/** No row of this or a worse tier has a rank below this one. */
function rankTier(tier: Tier): number {
  return tier << tierShift;
}

/** The tier that a rank is of. */
export function tierOf(rank: number): Tier {
  return (rank >> tierShift) as Tier;
}

/** No row has a lower rank for a name of so many bytes, but those in the files of `RowRanker.favoured`. */
export function lowestRank(tier: Tier, length: number): number {
  return rankTier(tier) | (((farAway << recentBits) | maxRecent) << lengthBits) | Math.min(length, maxLength);
}

/** Ranks the rows of one segment for one query. */
export class RowRanker {
  readonly #entry: LiveSegment;
  readonly #open: ReadonlySet<number>;
  /** [from, to) of the files at a distance: the folder of the first open file, the folder around that. */
  readonly #near: readonly FileRange[];
  readonly #recent: ReadonlyMap<number, number>;

  constructor(entry: LiveSegment, { openPaths = [], recent }: Vantage) {
    this.#entry = entry;
    this.#open = new Set(openPaths.slice(0, maxOpen).flatMap((path) => fileOf(entry.segment, path) ?? []));
    this.#near = openPaths[0] === undefined ? [] : surroundings(entry, openPaths[0]);
    this.#recent = recent === undefined ? new Map<number, number>() : recentFiles(entry, recent);
  }

  /** The rank of a symbol row with a name of so many bytes; `undefined` when the row is not alive. */
  rank(symbol: number, file: number, tier: Tier, length: number): number | undefined {
    const { segment, alive } = this.#entry;
    if (alive[file] !== 1) return undefined;
    const { fileBytes } = segment.hot;
    const fileFlags = fileBytes[file * fileByteColumns.length + flagsColumn] as number;
    const flags = segment.symbols.symbolFlags[symbol] as number;
    let rank = (fileFlags & foreign) !== 0 ? 1 : 0;
    rank = (rank << 1) | (fileBytes[file * fileByteColumns.length + modeColumn] === codeMode ? 0 : 1);
    rank = (rank << 1) | ((fileFlags & FileFlag.test) !== 0 || (flags & SymbolFlag.test) !== 0 ? 1 : 0);
    rank = (rank << 1) | ((flags & elsewhere) !== 0 ? 1 : 0);
    rank = (rank << nearBits) | this.#distance(file);
    rank = (rank << recentBits) | (this.#recent.get(file) ?? maxRecent);
    return rankTier(tier) | (rank << lengthBits) | Math.min(length, maxLength);
  }

  /** The files that rank before others because of where the user is, each once. */
  get favoured(): ReadonlySet<number> {
    const files = new Set([...this.#open, ...this.#recent.keys()]);
    for (const [from, to] of this.#near) for (let file = from; file < to; file++) files.add(file);
    return files;
  }

  #distance(file: number): number {
    if (this.#open.has(file)) return 0;
    for (let level = 0; level < this.#near.length; level++) {
      const [from, to] = this.#near[level] as FileRange;
      if (file >= from && file < to) return level + 1;
    }
    return farAway;
  }
}

/** Keeps the `limit` best rows it was offered. */
export class BestRows {
  readonly #limit: number;
  /** A binary heap with the worst row on top. */
  readonly #heap: RankedRow[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#heap.length >= this.#limit;
  }

  /** Ranks above this one cannot enter; equal ones may. */
  get worst(): number {
    return this.full ? (this.#heap[0] as RankedRow).rank : Number.MAX_SAFE_INTEGER;
  }

  offer(row: RankedRow): void {
    const heap = this.#heap;
    if (!this.full) {
      heap.push(row);
      this.#rise(heap.length - 1);
    } else if (compareRows(row, heap[0] as RankedRow) < 0) {
      heap[0] = row;
      this.#sink();
    }
  }

  /** Best first. */
  sorted(): readonly RankedRow[] {
    return [...this.#heap].sort(compareRows);
  }

  #rise(start: number): void {
    const heap = this.#heap;
    const row = heap[start] as RankedRow;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (compareRows(heap[parent] as RankedRow, row) >= 0) break;
      heap[at] = heap[parent] as RankedRow;
      at = parent;
    }
    heap[at] = row;
  }

  #sink(): void {
    const heap = this.#heap;
    const row = heap[0] as RankedRow;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && compareRows(heap[child + 1] as RankedRow, heap[child] as RankedRow) > 0) child++;
      if (compareRows(heap[child] as RankedRow, row) <= 0) break;
      heap[at] = heap[child] as RankedRow;
      at = child;
    }
    heap[at] = row;
  }
}

/** By rank, then path, then place in the file. */
export function compareRows(a: RankedRow, b: RankedRow): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.entry === b.entry) return a.symbol - b.symbol; // files are in path order
  return comparePaths(a.entry.segment.path(a.file), b.entry.segment.path(b.file)) || a.symbol - b.symbol;
}

function surroundings({ segment }: LiveSegment, openPath: string): FileRange[] {
  const ranges: FileRange[] = [];
  for (let folder = openPath; ranges.length < farAway - 1 && folder !== '';) {
    folder = parentOf(folder);
    const [from, to] = filesBelow(segment, folder);
    if (to - from > maxNeighbours) break;
    ranges.push([from, to]);
  }
  return ranges;
}

/** Files of the segment that were edited, with 0 for the one edited last. */
function recentFiles({ segment }: LiveSegment, recent: ReadonlyMap<string, number>): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  [...recent]
    .sort((a, b) => b[1] - a[1])
    .slice(0, maxRecent)
    .forEach(([path], place) => {
      const file = fileOf(segment, path);
      if (file !== undefined) places.set(file, place);
    });
  return places;
}
