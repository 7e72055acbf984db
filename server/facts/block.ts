// Reads the facts of one file from a self-contained block: its names, its text block and its tables, column by column. A
// block depends on nothing outside of it, so merging segments copies blocks as they are, and the search index can store
// them. Native writes blocks as it extracts (native/src/extract/block.rs).
//
//   u32: CRC-32C of the rest, names, name bytes, bytes of the text, its bytes as stored, rows of each table
//   u8:  width in bytes of each column of each table (0: every value is 0), padded to 8
//   the name offsets (u32, names + 1), the columns of width 4, 2 and 1 in this order, the names, the text; padded to 8
//
// The text (signatures, doc sentences, receivers) is half of the whole and read for one symbol at a time, so it is stored
// deflated where that makes it smaller. Columns are not: symbol queries read them by the hundred.

import { inflateRawSync } from 'node:zlib';
import { columnCounts, tableNames, type TableName } from '../model/columns';
import { crc32c } from './checksum';
import { align8, checkOffsets, SegmentDamagedError } from './layout';

/** A column: a view of 1, 2 or 4 bytes a value; `undefined` stands for "all zero". */
type Column = Uint8Array | Uint16Array | Uint32Array | undefined;

const columnTotal = tableNames.reduce((sum, table) => sum + columnCounts[table], 0);
const rowsOffset = 20;
const widthsOffset = rowsOffset + tableNames.length * 4;
const bodyOffset = align8(widthsOffset + columnTotal);

/** The facts of one file, decoded on access. Row and column numbers outside a table are a bug of the caller. */
export class FileBlock {
  readonly #bytes: Buffer;
  readonly #rows: readonly number[];
  readonly #columns: readonly (readonly Column[])[];
  readonly #nameOffsets: Uint32Array;
  readonly #namesStart: number;
  readonly #textStart: number;
  readonly #textLength: number;
  readonly #storedTextLength: number;
  #text: Buffer | undefined;

  /** @throws SegmentDamagedError when the bytes are not a whole block. `bytes` must start at a multiple of 8. */
  constructor(bytes: Buffer) {
    if (bytes.length < bodyOffset) throw new SegmentDamagedError('a block is shorter than its header');
    if (crc32c(bytes.subarray(4)) !== bytes.readUInt32LE(0)) {
      throw new SegmentDamagedError('the checksum of a block does not match');
    }
    const names = bytes.readUInt32LE(4);
    const nameBytes = bytes.readUInt32LE(8);
    this.#textLength = bytes.readUInt32LE(12);
    this.#storedTextLength = bytes.readUInt32LE(16);
    this.#rows = tableNames.map((_, index) => bytes.readUInt32LE(rowsOffset + index * 4));
    this.#bytes = bytes;
    const offsetsEnd = bodyOffset + (names + 1) * 4;
    const widths = bytes.subarray(widthsOffset, widthsOffset + columnTotal);
    const columns: Column[][] = tableNames.map(() => []);
    let offset = offsetsEnd;
    for (const width of [4, 2, 1] as const) {
      let column = 0;
      tableNames.forEach((table, t) => {
        const rows = this.#rows[t] as number;
        for (let c = 0; c < columnCounts[table]; c++, column++) {
          if (widths[column] !== width) continue;
          if (offset + width * rows > bytes.length) throw new SegmentDamagedError('a block is shorter than its tables');
          (columns[t] as Column[])[c] = viewOf(width, bytes, offset, rows);
          offset += width * rows;
        }
      });
    }
    this.#columns = columns;
    this.#namesStart = offset;
    this.#textStart = offset + nameBytes;
    if (align8(this.#textStart + this.#storedTextLength) !== bytes.length) {
      throw new SegmentDamagedError('the lengths in a block do not add up');
    }
    // Rows take no bytes where all their values are 0, which is so for a few at most: rows are at places of their own.
    if (this.#rows.some((rows) => rows > bytes.length)) throw new SegmentDamagedError('a block has too many rows');
    this.#nameOffsets = new Uint32Array(bytes.buffer, bytes.byteOffset + bodyOffset, names + 1);
    checkOffsets(this.#nameOffsets, nameBytes, 'the names of a block');
  }

  /** Number of rows of a table. */
  rows(table: TableName): number {
    return this.#rows[tableNames.indexOf(table)] as number;
  }

  /** The value at a row of a column (see model/columns.ts for the column numbers). */
  value(table: TableName, column: number, row: number): number {
    return this.column(table, column)?.[row] ?? 0;
  }

  /** A whole column, `undefined` when all its values are 0. */
  column(table: TableName, column: number): Column {
    return (this.#columns[tableNames.indexOf(table)] as readonly Column[])[column];
  }

  get nameCount(): number {
    return this.#nameOffsets.length - 1;
  }

  /** A name of this file by its id. */
  name(id: number): string {
    const start = this.#nameOffsets[id];
    const end = this.#nameOffsets[id + 1];
    if (start === undefined || end === undefined) throw new SegmentDamagedError(`a block has no name ${id}`);
    return this.#bytes.toString('utf8', this.#namesStart + start, this.#namesStart + end);
  }

  /** The bytes of all names, and where each begins and the last one ends: for work on names without strings. */
  get nameBytes(): { readonly bytes: Buffer; readonly offsets: Uint32Array } {
    return { bytes: this.#bytes.subarray(this.#namesStart, this.#textStart), offsets: this.#nameOffsets };
  }

  /** A name by an "id + 1" column's value; `undefined` for 0. */
  optionalName(idPlusOne: number): string | undefined {
    return idPlusOne === 0 ? undefined : this.name(idPlusOne - 1);
  }

  /** Part of the file's text block: a signature, a doc sentence, a receiver; `undefined` when empty. */
  text(start: number, length: number): string | undefined {
    if (length === 0) return undefined;
    if (start + length > this.#textLength) throw new SegmentDamagedError('a text lies outside of its block');
    return this.#textBytes().toString('utf8', start, start + length);
  }

  /** The whole text block; for a skipped file this is the operating system's message. */
  get wholeText(): string {
    return this.#textBytes().toString('utf8');
  }

  #textBytes(): Buffer {
    if (this.#text === undefined) {
      const stored = this.#bytes.subarray(this.#textStart, this.#textStart + this.#storedTextLength);
      const isShrunk = this.#storedTextLength !== this.#textLength;
      this.#text = isShrunk ? inflate(stored, this.#textLength) : stored;
      if (this.#text.length !== this.#textLength) throw new SegmentDamagedError('a text has not the length it should');
    }
    return this.#text;
  }

  /** The block as stored. */
  get bytes(): Buffer {
    return this.#bytes;
  }
}

/** Gives memory to no more than `length` bytes, whatever a forged text would grow to. */
function inflate(stored: Buffer, length: number): Buffer {
  try {
    return inflateRawSync(stored, { maxOutputLength: Math.max(1, length) });
  } catch (error) {
    throw new SegmentDamagedError(`a text cannot be inflated: ${(error as Error).message}`);
  }
}

function viewOf(width: 1 | 2 | 4, bytes: Buffer, offset: number, rows: number): Uint8Array | Uint16Array | Uint32Array {
  const start = bytes.byteOffset + offset;
  if (width === 4) return new Uint32Array(bytes.buffer, start, rows);
  if (width === 2) return new Uint16Array(bytes.buffer, start, rows);
  return new Uint8Array(bytes.buffer, start, rows);
}
