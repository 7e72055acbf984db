// Puts what native extracted from a batch of files together as a segment: the one place where a segment begins. A pure
// function of its input.

import { tableNames } from '../model/columns';
import { encodeParts } from './encode';
import type { FileRows, LanguageVersion } from './fileRows';
import { fileByteColumns, type FileByteColumn } from './layout';
import { dictionaryOf, invert } from './symbolIndex';

/**
 * What extraction returns for a batch, as far as a segment needs it; see native's `ExtractedBatch`. Files are in path order.
 */
export interface ExtractedRows {
  readonly files: number;
  readonly skips: Uint8Array;
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
  /** Rows of each table, `tableNames.length` per file. */
  readonly rowCounts: Uint32Array;
  /** Of a file's chunks, those of comments. */
  readonly commentChunks: Uint32Array;
  /** Names that symbols have, in the dictionary's order. */
  readonly names: Buffer;
  readonly nameOffsets: Uint32Array;
  /** Per symbol, file after file. */
  readonly symbolNames: Uint32Array;
  readonly symbolKinds: Uint8Array;
  readonly symbolFlags: Uint16Array;
  /** Each file's block. */
  readonly blocks: Buffer;
  /** In units of 8 bytes. */
  readonly blockOffsets: Uint32Array;
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
  const { files, hashes, sizes, changedMs, fingerprints, lines, errors, rowCounts, blockOffsets } = rows;
  const { symbolNames, symbolKinds, symbolFlags } = rows;
  const hot: FileRows = {
    files,
    hashes,
    sizes,
    changedMs,
    fingerprints,
    lines,
    errors,
    rowCounts,
    blockOffsets,
    languages,
    ...pathsOf(paths),
    checkedMs: new Float64Array(files).fill(checkedMs),
    fileBytes: fileBytesOf(rows),
  };
  const dictionary = dictionaryOf(rows.names, rows.nameOffsets);
  const symbols = { symbolNames, symbolKinds, symbolFlags, ...dictionary, ...invert(symbolNames, dictionary.names) };
  return [...encodeParts(hot, symbols), rows.blocks];
}

/** Rows of all tables that a file of the batch has. */
export function rowsOf({ rowCounts }: ExtractedRows, file: number): readonly number[] {
  return tableNames.map((_, table) => rowCounts[file * tableNames.length + table] as number);
}

function pathsOf(paths: readonly string[]): Pick<FileRows, 'pathBytes' | 'pathOffsets'> {
  const parts = paths.map((path) => Buffer.from(path));
  const pathOffsets = new Uint32Array(paths.length + 1);
  parts.forEach(({ length }, file) => (pathOffsets[file + 1] = (pathOffsets[file] as number) + length));
  return { pathBytes: Buffer.concat(parts), pathOffsets };
}

const arrayOf = {
  language: 'languages',
  mode: 'modes',
  encoding: 'encodings',
  flags: 'flags',
  skip: 'skips',
  limit: 'limits',
} as const satisfies Record<FileByteColumn, keyof ExtractedRows>;

function fileBytesOf(rows: ExtractedRows): Uint8Array {
  const columns = fileByteColumns.map((column) => rows[arrayOf[column]]);
  const bytes = new Uint8Array(rows.files * columns.length);
  columns.forEach((values, c) => values.forEach((value, file) => (bytes[file * columns.length + c] = value)));
  return bytes;
}
