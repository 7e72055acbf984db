// An open segment: its file rows in memory, its symbol index loaded when first asked for, its blocks read one by one.
// Immutable; who replaces rows of it is the fact store.

import { tableNames, type TableName } from '../model/columns';
import type { ByteSource, Scratch } from './byteSource';
import { FileBlock } from './block';
import { decodeFileRows, type FileRows } from './fileRows';
import {
  decodeHeader,
  fileByteColumns,
  headerBytes,
  SegmentDamagedError,
  type FileByteColumn,
  type Header,
  type WarmSection,
} from './layout';
import { decodeSymbolIndex, type SymbolIndex } from './symbolIndex';

export class Segment {
  readonly hot: FileRows;
  readonly #source: ByteSource;
  readonly #header: Header;
  readonly #firstSymbol: Uint32Array;
  #symbols: SymbolIndex | undefined;

  /**
   * The segment owns `source` from here on.
   * @param hot its file rows, when they are in memory already because it was just written
   * @throws SegmentDamagedError when the file rows do not check out
   */
  constructor(source: ByteSource, hot?: FileRows) {
    this.#source = source;
    this.#header = decodeHeader(source.read(0, Math.min(headerBytes, source.length)), source.length);
    const { warmOffset } = this.#header;
    this.hot = hot ?? decodeFileRows(source.read(0, warmOffset), 0, this.#header);
    this.#firstSymbol = firstSymbols(this.hot, this.#header.symbols);
  }

  /** Bytes of all its parts. */
  get length(): number {
    return this.#header.length;
  }

  get files(): number {
    return this.hot.files;
  }

  /** Names in the dictionary of the symbol index. */
  get names(): number {
    return this.#header.names;
  }

  /** The symbol index; loading it costs one read of its size. @throws SegmentDamagedError when it does not check out. */
  get symbols(): SymbolIndex {
    const { warmOffset, coldOffset } = this.#header;
    this.#symbols ??= decodeSymbolIndex(
      this.#source.read(warmOffset, coldOffset - warmOffset),
      warmOffset,
      this.#header,
    );
    return this.#symbols;
  }

  /** Whether the symbol index is in memory: somebody has asked for symbols. */
  get isWarm(): boolean {
    return this.#symbols !== undefined;
  }

  /** Loads the symbol index beside other work, so that the first query need not wait for it. */
  async warmUp(): Promise<void> {
    if (this.#symbols !== undefined) return;
    const { warmOffset, coldOffset } = this.#header;
    const bytes = await this.#source.readLater(warmOffset, coldOffset - warmOffset);
    this.#symbols ??= decodeSymbolIndex(bytes, warmOffset, this.#header);
  }

  /** Bytes of a section of the symbol index as they are stored: unchecked, and good until `scratch` is read into again. */
  warmBytes(section: WarmSection, from: number, to: number, scratch?: Scratch): Buffer {
    return this.#source.read(this.#header.places[section].offset + from, to - from, scratch);
  }

  /** The same of a section of 32-bit numbers. */
  warmNumbers(section: WarmSection, from: number, to: number, scratch?: Scratch): Uint32Array {
    const bytes = this.warmBytes(section, from * 4, to * 4, scratch);
    return new Uint32Array(bytes.buffer, bytes.byteOffset, to - from);
  }

  /** Length and CRC-32C of a section of the symbol index. */
  warmPlace(section: WarmSection): { readonly length: number; readonly checksum: number } {
    return this.#header.places[section];
  }

  path(file: number): string {
    const { pathBytes, pathOffsets } = this.hot;
    return pathBytes.toString('utf8', pathOffsets[file], pathOffsets[file + 1]);
  }

  /** The same as UTF-8. */
  pathBytes(file: number): Buffer {
    const { pathBytes, pathOffsets } = this.hot;
    return pathBytes.subarray(pathOffsets[file], pathOffsets[file + 1]);
  }

  hash(file: number): Buffer {
    return this.hot.hashes.subarray(file * 32, file * 32 + 32);
  }

  byte(file: number, column: FileByteColumn): number {
    return this.hot.fileBytes[file * fileByteColumns.length + fileByteColumns.indexOf(column)] as number;
  }

  rowCount(file: number, table: TableName): number {
    return this.hot.rowCounts[file * tableNames.length + tableNames.indexOf(table)] as number;
  }

  /** Symbols `[firstSymbol(f), firstSymbol(f + 1))` of the segment are the symbol rows of file f, in order. */
  firstSymbol(file: number): number {
    return this.#firstSymbol[file] as number;
  }

  /** The file that a symbol of the segment lies in. */
  fileOfSymbol(symbol: number): number {
    let low = 0;
    let high = this.hot.files;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#firstSymbol[middle] as number) <= symbol) low = middle;
      else high = middle;
    }
    return low;
  }

  /** A name of the symbol index. */
  name(id: number): string {
    const { nameBytes, nameOffsets } = this.symbols;
    const bytes = nameBytes.subarray(nameOffsets[id], nameOffsets[id + 1]);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }

  /** Reads and checks the facts of a file. With `scratch` they are good until it is read into again. */
  block(file: number, scratch?: Scratch): FileBlock {
    return new FileBlock(this.blockBytes(file, file + 1, scratch));
  }

  /** The bytes of the blocks of files `[from, to)`, as they are stored. */
  blockBytes(from: number, to: number, scratch?: Scratch): Buffer {
    const { coldOffset } = this.#header;
    const start = (this.hot.blockOffsets[from] as number) * 8;
    const end = (this.hot.blockOffsets[to] as number) * 8;
    if (coldOffset + end > this.#source.length) throw new SegmentDamagedError('a block lies outside of it');
    return this.#source.read(coldOffset + start, end - start, scratch);
  }

  close(): void {
    this.#source.close();
  }
}

function firstSymbols(hot: FileRows, symbols: number): Uint32Array {
  const first = new Uint32Array(hot.files + 1);
  const column = tableNames.indexOf('symbols');
  for (let file = 0; file < hot.files; file++) {
    first[file + 1] = (first[file] as number) + (hot.rowCounts[file * tableNames.length + column] as number);
  }
  if (first[hot.files] !== symbols) throw new SegmentDamagedError('its symbols do not add up');
  return first;
}
