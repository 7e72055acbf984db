// The bytes of a segment: a header, the hot part (file rows and the symbol-name index, kept in memory while a segment is
// open) and the cold part (one self-contained block of facts per file, read when asked for). Only this folder knows it.
//
//   header   "ALMSEG01", u32: header CRC-32C, hot CRC-32C, file count, symbol count, name count, reserved;
//            f64: total length, cold offset; then (f64 offset, f64 length) of each hot section
//   hot      sections in the order of `sections`, each aligned to 8 bytes
//   cold     blocks in the order of the files, each aligned to 8 bytes (see block.ts)
//
// All numbers are little-endian, as on every platform that we ship for; readers use typed-array views without copying.

import { crc32c } from './checksum';

/** A segment that cannot be read: `what` says which part is wrong. The index treats it as absent and recovers. */
export class SegmentDamagedError extends Error {
  readonly code = 'ERR_SEGMENT_DAMAGED';
  constructor(what: string) {
    super(`The segment is damaged: ${what}`);
  }
}

/** Hot sections in their order in the file. */
export const sections = [
  'meta', // JSON: { languages: [name, extractor version][] }
  'pathOffsets', // u32[files + 1]
  'pathBytes',
  'hashes', // 32 bytes per file, BLAKE3 of the raw content
  'sizes', // f64 per file, bytes on disk
  'changedMs', // f64 per file: max(mtime, ctime) when read
  'checkedMs', // f64 per file: when it was read
  'fingerprints', // u32[2] per file: stat fingerprint when read
  'fileBytes', // six u8 columns of one entry per file: language, mode, encoding, flags, skip, limit
  'lines', // u32 per file
  'errors', // u32 per file
  'rowCounts', // u32[tables] per file
  'blockOffsets', // u32[files + 1], in units of 8 bytes from the cold offset
  'symbolNames', // u32 per symbol: id in the dictionary of symbol names
  'symbolKinds', // u8 per symbol
  'symbolFlags', // u16 per symbol
  'nameOffsets', // u32[names + 1]
  'nameMasks', // u32[2] per name, see nameMask.ts
  'nameBytes', // sorted by (ASCII-lowercased bytes, bytes)
] as const;
export type SectionName = (typeof sections)[number];

const magic = Buffer.from('ALMSEG01', 'latin1');
const headerLength = 48 + sections.length * 16;

/** What the header says; section offsets count from the segment's start. */
export interface Header {
  readonly files: number;
  readonly symbols: number;
  readonly names: number;
  readonly length: number;
  readonly coldOffset: number;
  readonly hotChecksum: number;
  readonly sections: Readonly<Record<SectionName, { readonly offset: number; readonly length: number }>>;
}

/** Bytes to read before `decodeHeader` can be called. */
export const headerBytes = headerLength;

export const align8 = (offset: number): number => Math.ceil(offset / 8) * 8;

/** Lays out header and hot part in one buffer of `coldOffset` bytes; the cold part is appended by the caller. */
export function encodeHot(
  counts: { readonly files: number; readonly symbols: number; readonly names: number; readonly coldLength: number },
  parts: Readonly<Record<SectionName, ArrayBufferView>>,
): Buffer {
  let offset = align8(headerLength);
  const places = sections.map((name) => {
    const place = { name, offset, length: parts[name].byteLength };
    offset = align8(offset + place.length);
    return place;
  });
  const coldOffset = offset;
  const bytes = Buffer.alloc(coldOffset);
  magic.copy(bytes);
  bytes.writeUInt32LE(counts.files, 16);
  bytes.writeUInt32LE(counts.symbols, 20);
  bytes.writeUInt32LE(counts.names, 24);
  bytes.writeDoubleLE(coldOffset + counts.coldLength, 32);
  bytes.writeDoubleLE(coldOffset, 40);
  places.forEach((place, index) => {
    bytes.writeDoubleLE(place.offset, 48 + index * 16);
    bytes.writeDoubleLE(place.length, 56 + index * 16);
    const part = parts[place.name];
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), place.offset);
  });
  bytes.writeUInt32LE(crc32c(bytes.subarray(align8(headerLength))), 12);
  bytes.writeUInt32LE(crc32c(bytes.subarray(12, headerLength)), 8);
  return bytes;
}

/** Reads and checks a header: every offset and length lies inside `available` bytes before anyone allocates by it. */
export function decodeHeader(bytes: Buffer, available: number): Header {
  if (bytes.length < headerLength) throw new SegmentDamagedError('it is shorter than its header');
  if (!bytes.subarray(0, 8).equals(magic)) throw new SegmentDamagedError('it does not begin with ALMSEG01');
  if (crc32c(bytes.subarray(12, headerLength)) !== bytes.readUInt32LE(8)) {
    throw new SegmentDamagedError('the checksum of its header does not match');
  }
  const length = bytes.readDoubleLE(32);
  const coldOffset = bytes.readDoubleLE(40);
  if (length > available || coldOffset > length) throw new SegmentDamagedError('it is shorter than its header says');
  const places = {} as Record<SectionName, { offset: number; length: number }>;
  sections.forEach((name, index) => {
    const place = { offset: bytes.readDoubleLE(48 + index * 16), length: bytes.readDoubleLE(56 + index * 16) };
    if (place.offset < headerLength || place.offset + place.length > coldOffset) {
      throw new SegmentDamagedError(`section ${name} lies outside of it`);
    }
    places[name] = place;
  });
  return {
    files: bytes.readUInt32LE(16),
    symbols: bytes.readUInt32LE(20),
    names: bytes.readUInt32LE(24),
    length,
    coldOffset,
    hotChecksum: bytes.readUInt32LE(12),
    sections: places,
  };
}

/** Whether the hot part (header included in `bytes`) has the checksum that its header names. */
export function hotIsIntact(bytes: Buffer, header: Header): boolean {
  return crc32c(bytes.subarray(align8(headerLength), header.coldOffset)) === header.hotChecksum;
}
