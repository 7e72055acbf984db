// An open segment: its hot part in memory, its blocks read on demand. Immutable; who replaces rows of it is the fact store.

import { tableNames, type TableName } from '../model/columns';
import type { ByteSource } from './byteSource';
import { FileBlock } from './block';
import { decodeHotIndex, fileByteColumns, type FileByteColumn, type HotIndex } from './hotIndex';
import { decodeHeader, headerBytes, SegmentDamagedError } from './layout';

export class Segment {
  readonly hot: HotIndex;
  readonly #source: ByteSource;
  readonly #coldOffset: number;
  readonly #firstSymbol: Uint32Array;

  /** @throws SegmentDamagedError when the hot part does not check out. The segment owns `source` from here on. */
  constructor(source: ByteSource) {
    const start = source.read(0, Math.min(headerBytes, source.length));
    const { coldOffset } = decodeHeader(start, source.length);
    const { hot, header } = decodeHotIndex(source.read(0, coldOffset), source.length);
    this.hot = hot;
    this.#source = source;
    this.#coldOffset = header.coldOffset;
    this.#firstSymbol = firstSymbols(hot);
  }

  get files(): number {
    return this.hot.files;
  }

  path(file: number): string {
    const { pathBytes, pathOffsets } = this.hot;
    return pathBytes.toString('utf8', pathOffsets[file], pathOffsets[file + 1]);
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

  name(id: number): string {
    const { nameBytes, nameOffsets } = this.hot;
    return nameBytes.toString('utf8', nameOffsets[id], nameOffsets[id + 1]);
  }

  /** Reads and checks the facts of a file. */
  block(file: number): FileBlock {
    const start = (this.hot.blockOffsets[file] as number) * 8;
    const end = (this.hot.blockOffsets[file + 1] as number) * 8;
    if (this.#coldOffset + end > this.#source.length) throw new SegmentDamagedError('a block lies outside of it');
    return new FileBlock(this.#source.read(this.#coldOffset + start, end - start));
  }

  /** The bytes of the blocks of files `[from, to)`, as they are stored. */
  blockBytes(from: number, to: number): Buffer {
    const start = (this.hot.blockOffsets[from] as number) * 8;
    const end = (this.hot.blockOffsets[to] as number) * 8;
    return this.#source.read(this.#coldOffset + start, end - start);
  }

  close(): void {
    this.#source.close();
  }
}

function firstSymbols(hot: HotIndex): Uint32Array {
  const first = new Uint32Array(hot.files + 1);
  const symbols = tableNames.indexOf('symbols');
  for (let file = 0; file < hot.files; file++) {
    first[file + 1] = (first[file] as number) + (hot.rowCounts[file * tableNames.length + symbols] as number);
  }
  if (first[hot.files] !== hot.symbolNames.length) throw new SegmentDamagedError('its symbols do not add up');
  return first;
}
