// One file's facts as the search index stores them beside the file, so that a lost snapshot can be made from them: its row
// and its block. The symbol index follows from the block, and is made when they are read back, which is hardly ever.
//
//   head   "ALMFIL01", u32: CRC-32C of the rest of the head, its bytes; f64: size, changed, checked; u32: fingerprint (2),
//          lines, errors, version of the extractor, bytes of its language's name and of the path, rows of each table;
//          u8: the columns of `fileByteColumns`; the hash, the language's name, the path; padded to 8
//   block  see block.ts

import { SymbolColumn, tableNames } from '../model/columns';
import { FileBlock } from './block';
import { MemorySource } from './byteSource';
import { crc32c } from './checksum';
import { encodeParts } from './encode';
import { allocateFileRows, type FileRows, type LanguageVersion } from './fileRows';
import { align8, fileByteColumns, SegmentDamagedError } from './layout';
import type { RowRef } from './merge';
import { Segment } from './segment';
import { dictionaryOf, invert, type SymbolIndex } from './symbolIndex';

const magic = Buffer.from('ALMFIL01', 'latin1');
const timesOffset = 16;
const numbersOffset = timesOffset + 3 * 8;
const rowsOffset = numbersOffset + 7 * 4;
const bytesOffset = rowsOffset + tableNames.length * 4;
const hashOffset = bytesOffset + fileByteColumns.length;
const namesOffset = hashOffset + 32;

/** What is stored of a file, `block` being its block. */
export function storedFile({ segment, file }: RowRef, block: FileBlock): Buffer {
  const { hot } = segment;
  const path = segment.pathBytes(file);
  const [name, version] = hot.languages[segment.byte(file, 'language')] ?? ['', 0];
  const language = Buffer.from(name);
  const headLength = align8(namesOffset + language.length + path.length);
  const bytes = Buffer.allocUnsafeSlow(headLength + block.bytes.length);
  bytes.fill(0, headLength - 8, headLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(12, headLength, true);
  [hot.sizes, hot.changedMs, hot.checkedMs].forEach((column, index) => {
    view.setFloat64(timesOffset + index * 8, column[file] as number, true);
  });
  const [low, high] = [hot.fingerprints[file * 2] as number, hot.fingerprints[file * 2 + 1] as number];
  const [lines, errors] = [hot.lines[file] as number, hot.errors[file] as number];
  [low, high, lines, errors, version, language.length, path.length].forEach((number, index) => {
    view.setUint32(numbersOffset + index * 4, number, true);
  });
  tableNames.forEach((table, index) => view.setUint32(rowsOffset + index * 4, segment.rowCount(file, table), true));
  const columns = fileByteColumns.length;
  bytes.set(hot.fileBytes.subarray(file * columns, (file + 1) * columns), bytesOffset);
  bytes[bytesOffset] = 0; // the number of a language means nothing outside of its segment
  bytes.set(segment.hash(file), hashOffset);
  bytes.set(language, namesOffset);
  bytes.set(path, namesOffset + language.length);
  bytes.set(block.bytes, headLength);
  bytes.set(magic, 0);
  view.setUint32(8, crc32c(bytes.subarray(12, headLength)), true);
  return bytes;
}

/** A segment that holds the row of a stored file alone. @throws SegmentDamagedError when it does not check out */
export function segmentOfStored(stored: Uint8Array): Segment {
  // A copy, because views of numbers have to begin at a multiple of their size.
  const bytes = Buffer.allocUnsafeSlow(stored.length);
  bytes.set(stored);
  const headLength = checkedHead(bytes);
  const view = new DataView(bytes.buffer);
  const block = new FileBlock(bytes.subarray(headLength));
  const number = (index: number): number => view.getUint32(numbersOffset + index * 4, true);
  const time = (index: number): number => view.getFloat64(timesOffset + index * 8, true);
  const pathOffset = namesOffset + number(5);
  const pathEnd = pathOffset + number(6);
  if (align8(pathEnd) !== headLength) throw new SegmentDamagedError('the lengths of a stored file do not add up');
  const language: LanguageVersion = [bytes.toString('utf8', namesOffset, pathOffset), number(4)];
  const rows = allocateFileRows(1);
  rows.pathOffsets[1] = pathEnd - pathOffset;
  bytes.copy(rows.hashes, 0, hashOffset, namesOffset);
  [rows.sizes[0], rows.changedMs[0], rows.checkedMs[0]] = [time(0), time(1), time(2)];
  rows.fingerprints.set([number(0), number(1)]);
  rows.fileBytes.set(bytes.subarray(bytesOffset, hashOffset));
  [rows.lines[0], rows.errors[0]] = [number(2), number(3)];
  tableNames.forEach((_, index) => (rows.rowCounts[index] = view.getUint32(rowsOffset + index * 4, true)));
  rows.blockOffsets[1] = block.bytes.length / 8;
  const pathBytes = bytes.subarray(pathOffset, pathEnd);
  const single: FileRows = { ...rows, languages: [language], pathBytes };
  return new Segment(new MemorySource(Buffer.concat([...encodeParts(single, symbolsOf(block)), block.bytes])));
}

/** The bytes of the head, after checking it. */
function checkedHead(bytes: Buffer): number {
  if (bytes.length < namesOffset) throw new SegmentDamagedError('a stored file is shorter than its head');
  if (!bytes.subarray(0, 8).equals(magic)) throw new SegmentDamagedError('a stored file does not begin as one');
  const headLength = bytes.readUInt32LE(12);
  if (headLength < namesOffset || headLength > bytes.length) {
    throw new SegmentDamagedError('a stored file is shorter than its head');
  }
  if (crc32c(bytes.subarray(12, headLength)) !== bytes.readUInt32LE(8)) {
    throw new SegmentDamagedError('the checksum of a stored file does not match');
  }
  return headLength;
}

/** The symbol index of one file, from its block: the names of a block are in the dictionary's order. */
function symbolsOf(block: FileBlock): SymbolIndex {
  const count = block.rows('symbols');
  const names = Uint32Array.from({ length: count }, (_, row) => block.value('symbols', SymbolColumn.name, row));
  const ids = [...new Set(names)].sort((a, b) => a - b);
  const places = new Map(ids.map((id, place) => [id, place]));
  const parts = ids.map((id) => Buffer.from(block.name(id)));
  const nameOffsets = new Uint32Array(ids.length + 1);
  parts.forEach((part, place) => (nameOffsets[place + 1] = (nameOffsets[place] as number) + part.length));
  const symbolNames = names.map((id) => places.get(id) as number);
  return {
    symbolNames,
    symbolKinds: Uint8Array.from({ length: count }, (_, row) => block.value('symbols', SymbolColumn.kind, row)),
    symbolFlags: Uint16Array.from({ length: count }, (_, row) => block.value('symbols', SymbolColumn.flags, row)),
    ...dictionaryOf(Buffer.concat(parts), nameOffsets),
    ...invert(symbolNames, ids.length),
  };
}
