// Turns the rows that native extracted from a batch of files into a segment: the one place where rows become a segment.
// A pure function of its input.

import { columnCounts, SymbolColumn, tableNames, type TableName } from '../model/columns';
import { comparePaths } from '../util/pathOrder';
import { encodeBlock } from './block';
import { encodeParts } from './encode';
import { allocateFileRows, type FileRows, type LanguageVersion } from './fileRows';
import { fileByteColumns } from './layout';
import { dictionaryOf, invert, type SymbolIndex } from './symbolIndex';

/** Rows of one table for a batch: file f's block starts at `offsets[f] * columns`, its column c at `+ c * rows(f)`. */
export interface TableRows {
  readonly columns: number;
  readonly offsets: Uint32Array;
  readonly data: Uint32Array;
}

/** What extraction returns for a batch, as far as a segment needs it; see native's `ExtractedBatch`. */
export interface ExtractedRows extends Readonly<Record<TableName, TableRows>> {
  readonly files: number;
  readonly skips: Uint8Array;
  readonly details: readonly string[];
  readonly limits: Uint8Array;
  readonly languages: Uint8Array;
  readonly modes: Uint8Array;
  readonly encodings: Uint8Array;
  readonly flags: Uint8Array;
  readonly lines: Uint32Array;
  readonly errors: Uint32Array;
  readonly sizes: Float64Array;
  readonly changedMs: Float64Array;
  readonly fingerprints: Uint32Array;
  readonly hashes: Buffer;
  readonly names: Buffer;
  readonly nameOffsets: Uint32Array;
  readonly nameMaps: Uint32Array;
  readonly nameMapOffsets: Uint32Array;
  readonly texts: Buffer;
  readonly textOffsets: Uint32Array;
}

/**
 * The segment of a batch as pieces that follow each other.
 * @param languages name and extractor version of each language, in native's numbering
 * @param paths the files in the order of `rows`; they must be distinct
 * @param checkedMs when the files were read, ms since the epoch
 */
export function segmentPieces(
  rows: ExtractedRows,
  paths: readonly string[],
  languages: readonly LanguageVersion[],
  checkedMs: number,
): Uint8Array[] {
  const order = paths.map((_, index) => index).sort((a, b) => comparePaths(paths[a] as string, paths[b] as string));
  const fileRows = allocateFileRows(rows.files);
  const pathParts: Buffer[] = [];
  const blocks: Buffer[] = [];
  const symbols = new SymbolRows(rows);
  const columnOf = {
    language: 'languages',
    mode: 'modes',
    encoding: 'encodings',
    flags: 'flags',
    skip: 'skips',
    limit: 'limits',
  } as const;
  let pathLength = 0;
  let blockUnits = 0;
  order.forEach((source, file) => {
    const path = Buffer.from(paths[source] as string);
    pathParts.push(path);
    pathLength += path.length;
    fileRows.pathOffsets[file + 1] = pathLength;
    rows.hashes.copy(fileRows.hashes, file * 32, source * 32, source * 32 + 32);
    fileRows.sizes[file] = rows.sizes[source] as number;
    fileRows.changedMs[file] = rows.changedMs[source] as number;
    fileRows.checkedMs[file] = checkedMs;
    fileRows.fingerprints[file * 2] = rows.fingerprints[source * 2] as number;
    fileRows.fingerprints[file * 2 + 1] = rows.fingerprints[source * 2 + 1] as number;
    fileByteColumns.forEach((column, c) => {
      fileRows.fileBytes[file * fileByteColumns.length + c] = rows[columnOf[column]][source] as number;
    });
    fileRows.lines[file] = rows.lines[source] as number;
    fileRows.errors[file] = rows.errors[source] as number;
    tableNames.forEach((table, t) => {
      fileRows.rowCounts[file * tableNames.length + t] = rowsOf(rows[table], source);
    });
    symbols.add(source);
    const block = blockOf(rows, source);
    blocks.push(block);
    blockUnits += block.length / 8;
    fileRows.blockOffsets[file + 1] = blockUnits;
  });
  const hot: FileRows = { ...fileRows, languages, pathBytes: Buffer.concat(pathParts) };
  return [...encodeParts(hot, symbols.finish()), ...blocks];
}

function rowsOf(table: TableRows, file: number): number {
  return (table.offsets[file + 1] as number) - (table.offsets[file] as number);
}

function blockOf(rows: ExtractedRows, file: number): Buffer {
  const first = rows.nameMapOffsets[file] as number;
  const last = rows.nameMapOffsets[file + 1] as number;
  const nameOffsets = new Uint32Array(last - first + 1);
  let length = 0;
  for (let i = first; i < last; i++) {
    const id = rows.nameMaps[i] as number;
    length += (rows.nameOffsets[id + 1] as number) - (rows.nameOffsets[id] as number);
    nameOffsets[i - first + 1] = length;
  }
  const names = Buffer.allocUnsafe(length);
  for (let i = first; i < last; i++) {
    const id = rows.nameMaps[i] as number;
    rows.names.copy(names, nameOffsets[i - first], rows.nameOffsets[id], rows.nameOffsets[id + 1]);
  }
  const detail = rows.details[file];
  const counts = {} as Record<TableName, number>;
  const columns = {} as Record<TableName, Uint32Array>;
  for (const table of tableNames) {
    const { offsets, data } = rows[table];
    counts[table] = rowsOf(rows[table], file);
    const start = (offsets[file] as number) * columnCounts[table];
    columns[table] = data.subarray(start, start + counts[table] * columnCounts[table]);
  }
  const text = detail ? Buffer.from(detail) : rows.texts.subarray(rows.textOffsets[file], rows.textOffsets[file + 1]);
  return encodeBlock({ names, nameOffsets, text, rows: counts, columns });
}

/** Collects the hot symbol columns and the dictionary of the names that symbols have. */
class SymbolRows {
  readonly #rows: ExtractedRows;
  readonly #names: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #flags: Uint16Array;
  #count = 0;

  constructor(rows: ExtractedRows) {
    this.#rows = rows;
    const total = rows.symbols.offsets[rows.files] as number;
    this.#names = new Uint32Array(total);
    this.#kinds = new Uint8Array(total);
    this.#flags = new Uint16Array(total);
  }

  add(file: number): void {
    const { offsets, data } = this.#rows.symbols;
    const count = rowsOf(this.#rows.symbols, file);
    const start = (offsets[file] as number) * columnCounts.symbols;
    const map = this.#rows.nameMapOffsets[file] as number;
    for (let row = 0; row < count; row++, this.#count++) {
      this.#names[this.#count] = this.#rows.nameMaps[map + (data[start + row] as number)] as number;
      this.#kinds[this.#count] = data[start + SymbolColumn.kind * count + row] as number;
      this.#flags[this.#count] = data[start + SymbolColumn.flags * count + row] as number;
    }
  }

  /** Keeps only the names that symbols have, in the batch's order, which is the dictionary's. */
  finish(): SymbolIndex {
    const { names, nameOffsets } = this.#rows;
    const ids = new Uint32Array(nameOffsets.length - 1);
    for (const name of this.#names) ids[name] = 1;
    let count = 0;
    let bytes = 0;
    for (let id = 0; id < ids.length; id++) {
      if (ids[id] === 0) continue;
      bytes += (nameOffsets[id + 1] as number) - (nameOffsets[id] as number);
      ids[id] = ++count;
    }
    const offsets = new Uint32Array(count + 1);
    const nameBytes = Buffer.allocUnsafe(bytes);
    let offset = 0;
    for (let id = 0; id < ids.length; id++) {
      const target = ids[id] as number;
      if (target === 0) continue;
      offset += names.copy(nameBytes, offset, nameOffsets[id], nameOffsets[id + 1]);
      offsets[target] = offset;
    }
    const symbolNames = this.#names.map((name) => (ids[name] as number) - 1);
    return {
      symbolNames,
      symbolKinds: this.#kinds,
      symbolFlags: this.#flags,
      ...dictionaryOf(nameBytes, offsets),
      ...invert(symbolNames, count),
    };
  }
}
