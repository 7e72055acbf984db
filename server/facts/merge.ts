// Folds several segments into one: rows in path order, one dictionary, blocks copied as they are. Runs in slices beside
// other work; its memory is the new hot part and a part of the warm one, see mergeSymbols.ts.

import { tableNames } from '../model/columns';
import { release } from '../util/release';
import { Slicer } from '../util/yielding';
import { Scratch } from './byteSource';
import { checkSymbols } from './checkSymbols';
import { encodedLength, encodePartsLater, type SymbolParts } from './encode';
import { allocateFileRows, type FileRows, type LanguageVersion } from './fileRows';
import { fileByteColumns, warmSections } from './layout';
import { mergeSymbols, type Run } from './mergeSymbols';
import type { Segment } from './segment';
import type { Spill } from './spill';

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

/** A merged segment: its hot part, and all of its bytes. */
export interface Merged {
  readonly hot: FileRows;
  readonly bytes: number;
  /**
   * The bytes, in pieces of up to about a megabyte; each is good until the next one is asked for. Once: what they are made
   * from is given back behind them.
   */
  pieces(): AsyncGenerator<Uint8Array>;
}

/** Bytes of blocks, and about as many of symbol rows, that are read at once. */
const pieceBytes = 1 << 20;

/**
 * Merges `rows`, which must be in path order, each path once.
 * @param spill where the symbol index lies until `pieces` has read it
 * @param observe a newer observation of a row's file, if there is one
 * @throws SegmentDamagedError when a symbol index does not check out
 */
export async function mergeRows(
  rows: readonly RowRef[],
  spill: Spill,
  observe: (row: RowRef) => Observation | undefined = () => undefined,
): Promise<Merged> {
  const slicer = new Slicer();
  const scratch = new Scratch();
  const segments = [...new Set(rows.map((row) => row.segment))];
  for (const segment of segments) await checkSymbols(segment, slicer, scratch);
  const runs = [...runsOf(rows)];
  const hot = await mergeFileRows(rows, new LanguageTable(segments), observe, slicer);
  const symbols = await mergeSymbols(runs, spill, scratch, slicer);
  scratch.release();
  return { hot, bytes: encodedLength(hot, symbols), pieces: () => piecesOf(hot, symbols, runs) };
}

function* runsOf(rows: readonly RowRef[]): Generator<Run> {
  for (let first = 0; first < rows.length;) {
    const { segment, file } = rows[first] as RowRef;
    let count = 1;
    let bytes = blockUnits(segment, file) * 8;
    for (; bytes < pieceBytes; count++) {
      const next = rows[first + count];
      if (next === undefined || next.segment !== segment || next.file !== file + count) break;
      bytes += blockUnits(segment, next.file) * 8;
    }
    yield { segment, file, count };
    first += count;
  }
}

async function mergeFileRows(
  rows: readonly RowRef[],
  languages: LanguageTable,
  observe: (row: RowRef) => Observation | undefined,
  slicer: Slicer,
): Promise<FileRows> {
  const merged = allocateFileRows(rows.length);
  const pathBytes = Buffer.allocUnsafe(rows.reduce((sum, { segment, file }) => sum + pathLength(segment, file), 0));
  for (const [target, row] of rows.entries()) {
    const { segment, file } = row;
    const { hot } = segment;
    const pathStart = merged.pathOffsets[target] as number;
    hot.pathBytes.copy(pathBytes, pathStart, hot.pathOffsets[file], hot.pathOffsets[file + 1]);
    merged.pathOffsets[target + 1] = pathStart + pathLength(segment, file);
    segment.hash(file).copy(merged.hashes, target * 32);
    const seen = observe(row);
    merged.sizes[target] = hot.sizes[file] as number;
    merged.changedMs[target] = seen?.changedMs ?? (hot.changedMs[file] as number);
    merged.checkedMs[target] = seen?.checkedMs ?? (hot.checkedMs[file] as number);
    merged.fingerprints[target * 2] = seen?.low ?? (hot.fingerprints[file * 2] as number);
    merged.fingerprints[target * 2 + 1] = seen?.high ?? (hot.fingerprints[file * 2 + 1] as number);
    const width = fileByteColumns.length;
    merged.fileBytes.set(hot.fileBytes.subarray(file * width, (file + 1) * width), target * width);
    merged.fileBytes[target * width] = languages.target(segment, segment.byte(file, 'language'));
    merged.lines[target] = hot.lines[file] as number;
    merged.errors[target] = hot.errors[file] as number;
    const tables = tableNames.length;
    merged.rowCounts.set(hot.rowCounts.subarray(file * tables, (file + 1) * tables), target * tables);
    merged.blockOffsets[target + 1] = (merged.blockOffsets[target] as number) + blockUnits(segment, file);
    if (slicer.due) await slicer.pause();
  }
  return { ...merged, languages: languages.entries, pathBytes };
}

async function* piecesOf(hot: FileRows, symbols: SymbolParts, runs: readonly Run[]): AsyncGenerator<Uint8Array> {
  for await (const part of encodePartsLater(hot, symbols)) {
    for (let start = 0; start < part.length; start += pieceBytes) yield part.subarray(start, start + pieceBytes);
  }
  release(warmSections.flatMap((section) => (ArrayBuffer.isView(symbols[section]) ? [symbols[section]] : [])));
  const scratch = new Scratch();
  for (const { segment, file, count } of runs) yield segment.blockBytes(file, file + count, scratch);
  scratch.release();
}

function pathLength({ hot }: Segment, file: number): number {
  return (hot.pathOffsets[file + 1] as number) - (hot.pathOffsets[file] as number);
}

function blockUnits({ hot }: Segment, file: number): number {
  return (hot.blockOffsets[file + 1] as number) - (hot.blockOffsets[file] as number);
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
