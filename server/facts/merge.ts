// Folds several segments into one: rows in path order, one dictionary, blocks copied as they are. Runs in slices beside
// other work; its memory is the new hot part plus one buffer of blocks.

import { tableNames } from '../model/columns';
import { Slicer } from '../util/yielding';
import { allocateFileRows, encodeHotIndex, fileByteColumns, type HotIndex, type LanguageVersion } from './hotIndex';
import type { Segment } from './segment';

/** A file row of an open segment. */
export interface RowRef {
  readonly segment: Segment;
  readonly file: number;
}

/** What the disk said about a file when it was last found unchanged; replaces the row's own. */
export interface Observation {
  readonly low: number;
  readonly high: number;
  readonly changedMs: number;
  readonly checkedMs: number;
}

/** The merged hot part, and the blocks to append to it. */
export interface Merged {
  readonly hot: HotIndex;
  /** Header and hot part, then the blocks, in pieces of about a megabyte. */
  pieces(): AsyncGenerator<Buffer>;
}

/**
 * Merges `rows`, which must be in path order, each path once.
 * @param observe a newer observation of a row's file, if there is one
 */
export async function mergeRows(
  rows: readonly RowRef[],
  observe: (row: RowRef) => Observation | undefined = () => undefined,
): Promise<Merged> {
  const slicer = new Slicer();
  const segments = [...new Set(rows.map((row) => row.segment))];
  const languages = new LanguageTable(segments);
  const dictionary = await mergeDictionaries(segments, await usedNames(rows, segments, slicer), slicer);
  const fileRows = allocateFileRows(rows.length);
  const symbols = rows.reduce((sum, { segment, file }) => sum + segment.rowCount(file, 'symbols'), 0);
  const symbolNames = new Uint32Array(symbols);
  const symbolKinds = new Uint8Array(symbols);
  const symbolFlags = new Uint16Array(symbols);
  const pathBytes = Buffer.allocUnsafe(rows.reduce((sum, { segment, file }) => sum + pathLength(segment, file), 0));
  let symbol = 0;
  for (const [target, row] of rows.entries()) {
    const { segment, file } = row;
    const { hot } = segment;
    const pathStart = fileRows.pathOffsets[target] as number;
    hot.pathBytes.copy(pathBytes, pathStart, hot.pathOffsets[file], hot.pathOffsets[file + 1]);
    fileRows.pathOffsets[target + 1] = pathStart + pathLength(segment, file);
    segment.hash(file).copy(fileRows.hashes, target * 32);
    const seen = observe(row);
    fileRows.sizes[target] = hot.sizes[file] as number;
    fileRows.changedMs[target] = seen?.changedMs ?? (hot.changedMs[file] as number);
    fileRows.checkedMs[target] = seen?.checkedMs ?? (hot.checkedMs[file] as number);
    fileRows.fingerprints[target * 2] = seen?.low ?? (hot.fingerprints[file * 2] as number);
    fileRows.fingerprints[target * 2 + 1] = seen?.high ?? (hot.fingerprints[file * 2 + 1] as number);
    const width = fileByteColumns.length;
    fileRows.fileBytes.set(hot.fileBytes.subarray(file * width, (file + 1) * width), target * width);
    fileRows.fileBytes[target * width] = languages.target(segment, segment.byte(file, 'language'));
    fileRows.lines[target] = hot.lines[file] as number;
    fileRows.errors[target] = hot.errors[file] as number;
    const tables = tableNames.length;
    fileRows.rowCounts.set(hot.rowCounts.subarray(file * tables, (file + 1) * tables), target * tables);
    fileRows.blockOffsets[target + 1] = (fileRows.blockOffsets[target] as number) + blockUnits(segment, file);
    const ids = dictionary.ids.get(segment) as Uint32Array;
    for (let source = segment.firstSymbol(file); source < segment.firstSymbol(file + 1); source++, symbol++) {
      symbolNames[symbol] = ids[hot.symbolNames[source] as number] as number;
      symbolKinds[symbol] = hot.symbolKinds[source] as number;
      symbolFlags[symbol] = hot.symbolFlags[source] as number;
    }
    if (slicer.due) await slicer.pause();
  }
  const hot: HotIndex = {
    ...fileRows,
    languages: languages.entries,
    pathBytes,
    symbolNames,
    symbolKinds,
    symbolFlags,
    ...dictionary.merged,
  };
  return { hot, pieces: () => piecesOf(hot, rows) };
}

async function* piecesOf(hot: HotIndex, rows: readonly RowRef[]): AsyncGenerator<Buffer> {
  yield encodeHotIndex(hot);
  const wanted = 1 << 20;
  for (let first = 0; first < rows.length;) {
    // A run of neighbours in one segment is copied by one read.
    const { segment, file } = rows[first] as RowRef;
    let count = 1;
    let bytes = blockUnits(segment, file) * 8;
    for (; bytes < wanted; count++) {
      const next = rows[first + count];
      if (next === undefined || next.segment !== segment || next.file !== file + count) break;
      bytes += blockUnits(segment, next.file) * 8;
    }
    yield segment.blockBytes(file, file + count);
    first += count;
  }
}

function pathLength({ hot }: Segment, file: number): number {
  return (hot.pathOffsets[file + 1] as number) - (hot.pathOffsets[file] as number);
}

function blockUnits({ hot }: Segment, file: number): number {
  return (hot.blockOffsets[file + 1] as number) - (hot.blockOffsets[file] as number);
}

/** Which names of each segment the merged rows use: names of replaced rows are left behind. */
async function usedNames(
  rows: readonly RowRef[],
  segments: readonly Segment[],
  slicer: Slicer,
): Promise<Map<Segment, Uint8Array>> {
  const used = new Map(segments.map((segment) => [segment, new Uint8Array(segment.hot.names)]));
  for (const { segment, file } of rows) {
    const marks = used.get(segment) as Uint8Array;
    const end = segment.firstSymbol(file + 1);
    for (let symbol = segment.firstSymbol(file); symbol < end; symbol++) {
      marks[segment.hot.symbolNames[symbol] as number] = 1;
    }
    if (slicer.due) await slicer.pause();
  }
  return used;
}

/** A cursor over the used names of one segment's dictionary. */
class NameCursor {
  readonly segment: Segment;
  readonly ids: Uint32Array;
  readonly #used: Uint8Array;
  id = -1;
  start = 0;
  end = 0;

  constructor(segment: Segment, used: Uint8Array) {
    this.segment = segment;
    this.ids = new Uint32Array(segment.hot.names);
    this.#used = used;
  }

  advance(): boolean {
    do this.id++;
    while (this.id < this.#used.length && this.#used[this.id] === 0);
    if (this.id >= this.#used.length) return false;
    this.start = this.segment.hot.nameOffsets[this.id] as number;
    this.end = this.segment.hot.nameOffsets[this.id + 1] as number;
    return true;
  }
}

/** The dictionary's order: ASCII-lowercased bytes first, then the bytes themselves. */
export function compareNames(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  let tie = 0;
  for (let i = 0; i < length; i++) {
    const x = a[aStart + i] as number;
    const y = b[bStart + i] as number;
    if (x === y) continue;
    const difference = lower(x) - lower(y);
    if (difference !== 0) return difference;
    if (tie === 0) tie = x - y;
  }
  return aEnd - aStart - (bEnd - bStart) || tie;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function compareCursors(a: NameCursor, b: NameCursor): number {
  return compareNames(a.segment.hot.nameBytes, a.start, a.end, b.segment.hot.nameBytes, b.start, b.end);
}

async function mergeDictionaries(segments: readonly Segment[], used: ReadonlyMap<Segment, Uint8Array>, slicer: Slicer) {
  const cursors = segments.map((segment) => new NameCursor(segment, used.get(segment) as Uint8Array));
  const capacity = segments.reduce((sum, { hot }) => sum + hot.names, 0);
  const nameBytes = Buffer.allocUnsafe(segments.reduce((sum, { hot }) => sum + hot.nameBytes.length, 0));
  const nameOffsets = new Uint32Array(capacity + 1);
  const nameMasks = new Uint32Array(capacity * 2);
  const heap = new CursorHeap(cursors.filter((cursor) => cursor.advance()));
  let count = 0;
  let length = 0;
  for (let cursor = heap.top; cursor !== undefined; cursor = heap.top) {
    const { hot } = cursor.segment;
    const previous = nameOffsets[count - 1] ?? 0;
    const isNew =
      count === 0 || compareNames(nameBytes, previous, length, hot.nameBytes, cursor.start, cursor.end) !== 0;
    if (isNew) {
      hot.nameBytes.copy(nameBytes, length, cursor.start, cursor.end);
      length += cursor.end - cursor.start;
      nameMasks[count * 2] = hot.nameMasks[cursor.id * 2] as number;
      nameMasks[count * 2 + 1] = hot.nameMasks[cursor.id * 2 + 1] as number;
      nameOffsets[++count] = length;
    }
    cursor.ids[cursor.id] = count - 1;
    heap.replaceTop(cursor.advance());
    if ((count & 1023) === 0 && slicer.due) await slicer.pause();
  }
  return {
    ids: new Map(cursors.map((cursor) => [cursor.segment, cursor.ids])),
    merged: {
      names: count,
      nameOffsets: nameOffsets.slice(0, count + 1),
      nameMasks: nameMasks.slice(0, count * 2),
      nameBytes: Buffer.from(nameBytes.subarray(0, length)),
    },
  };
}

/** A binary heap of cursors, smallest name on top. */
class CursorHeap {
  readonly #items: NameCursor[];

  constructor(items: NameCursor[]) {
    this.#items = items;
    for (let i = items.length >> 1; i >= 0; i--) this.#sink(i);
  }

  get top(): NameCursor | undefined {
    return this.#items[0];
  }

  /** After the top cursor has moved: restores the order, or drops the cursor when it is at its end. */
  replaceTop(hasMore: boolean): void {
    if (!hasMore) {
      const last = this.#items.pop() as NameCursor;
      if (this.#items.length === 0) return;
      this.#items[0] = last;
    }
    this.#sink(0);
  }

  #sink(start: number): void {
    const items = this.#items;
    let parent = start;
    for (;;) {
      const left = parent * 2 + 1;
      const right = left + 1;
      let least = parent;
      if (left < items.length && compareCursors(items[left] as NameCursor, items[least] as NameCursor) < 0)
        least = left;
      if (right < items.length && compareCursors(items[right] as NameCursor, items[least] as NameCursor) < 0) {
        least = right;
      }
      if (least === parent) return;
      [items[parent], items[least]] = [items[least] as NameCursor, items[parent] as NameCursor];
      parent = least;
    }
  }
}

/** The union of the segments' language tables; a language that several versions made stands once per version. */
class LanguageTable {
  readonly entries: LanguageVersion[] = [];
  readonly #targets = new Map<Segment, number[]>();

  constructor(segments: readonly Segment[]) {
    for (const segment of segments) {
      this.#targets.set(
        segment,
        segment.hot.languages.map(([name, version]) => {
          const known = this.entries.findIndex((entry) => entry[0] === name && entry[1] === version);
          return known >= 0 ? known : this.entries.push([name, version]) - 1;
        }),
      );
    }
  }

  target(segment: Segment, language: number): number {
    return (this.#targets.get(segment) as number[])[language] as number;
  }
}
