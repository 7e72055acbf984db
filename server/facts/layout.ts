// The bytes of a segment in three parts: hot (a row per file, in memory while the segment is open), warm (the index of
// symbol names, loaded when a query first asks for it) and cold (one self-contained block of facts per file, read one by
// one). Only this folder knows them.
//
//   header   "ALMSEG02", u32: header CRC-32C, file count, symbol count, name count; f64: total length, cold offset; then
//            of each section: f64 offset, f64 length, u32 CRC-32C, u32 reserved
//   hot      the first sections of `sections`, each aligned to 8 bytes
//   warm     the others
//   cold     blocks in the order of the files, each aligned to 8 bytes (see block.ts)
//
// All numbers are little-endian, as on every platform that we ship for; readers use typed-array views without copying.

import { tableNames } from '../model/columns';
import { crc32c } from './checksum';

/** A segment that cannot be read: `what` says which part is wrong. The index treats it as absent and recovers. */
export class SegmentDamagedError extends Error {
  readonly code = 'ERR_SEGMENT_DAMAGED';
  constructor(what: string) {
    super(`The segment is damaged: ${what}`);
  }
}

/** Sections with a row per file, in their order in the file. */
const hotSections = [
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
] as const;

/** Sections with a row per symbol or per name, in their order in the file. */
export const warmSections = [
  'symbolNames', // u32 per symbol: id in the dictionary of symbol names
  'symbolKinds', // u8 per symbol
  'symbolFlags', // u16 per symbol
  'nameOffsets', // u32[names + 1]
  'nameLetters', // u32 per name, see nameMask.ts
  'nameRepeats', // u32 per name
  'nameInitials', // u32 per name
  'nameBytes', // sorted by (length, ASCII-lowercased bytes, bytes)
  'nameRows', // u32[names + 1]: where the rows of a name begin in …
  'rowsByName', // u32 per symbol: the symbols in the order of their names, then of their rows
] as const;

export type HotSection = (typeof hotSections)[number];
export type WarmSection = (typeof warmSections)[number];
export type SectionName = HotSection | WarmSection;
const sections: readonly SectionName[] = [...hotSections, ...warmSections];

/** Number of `u8` columns per file in section `fileBytes`. */
export const fileByteColumns = ['language', 'mode', 'encoding', 'flags', 'skip', 'limit'] as const;
export type FileByteColumn = (typeof fileByteColumns)[number];

const magic = Buffer.from('ALMSEG02', 'latin1');
const placesOffset = 40;
const placeBytes = 24;

/** Bytes to read before `decodeHeader` can be called. */
export const headerBytes = placesOffset + sections.length * placeBytes;

/** A section's place, counted from the segment's start, and its checksum. */
export interface Place {
  readonly offset: number;
  readonly length: number;
  readonly checksum: number;
}

/** What the header says. */
export interface Header {
  readonly files: number;
  readonly symbols: number;
  readonly names: number;
  readonly length: number;
  readonly warmOffset: number;
  readonly coldOffset: number;
  readonly places: Readonly<Record<SectionName, Place>>;
}

export const align8 = (offset: number): number => Math.ceil(offset / 8) * 8;

/** How much there is of everything in a segment. */
export interface SegmentCounts {
  readonly files: number;
  readonly symbols: number;
  readonly names: number;
  /** Bytes of all blocks. */
  readonly coldLength: number;
}

/** Header, hot and warm part, in pieces to be written one after the other; nothing is copied. Blocks follow them. */
export function* layOut(
  counts: SegmentCounts,
  parts: Readonly<Record<SectionName, ArrayBufferView>>,
): Generator<Uint8Array> {
  const views = sections.map((name) => bytesOf(parts[name]));
  yield encodeHeader(
    counts,
    views.map((view) => ({ length: view.length, checksum: crc32c(view) })),
  );
  for (const view of views) {
    yield view;
    yield padding(view.length);
  }
}

/** The same of sections some of which are read piece by piece; each piece is good until the next one is asked for. */
export async function* layOutLater(
  counts: SegmentCounts,
  parts: Readonly<Record<SectionName, ArrayBufferView | PiecewiseSection>>,
): AsyncGenerator<Uint8Array> {
  const each = sections.map((name) => {
    const part = parts[name];
    if ('pieces' in part) return part;
    const bytes = bytesOf(part);
    return { length: bytes.length, checksum: crc32c(bytes), pieces: () => [bytes] };
  });
  yield encodeHeader(counts, each);
  for (const section of each) {
    yield* section.pieces();
    yield padding(section.length);
  }
}

/** Bytes of header, hot and warm part: where the blocks begin. */
export function lengthOfParts(parts: Readonly<Record<SectionName, ArrayBufferView | PiecewiseSection>>): number {
  const lengths = sections.map((name) => {
    const part = parts[name];
    return 'pieces' in part ? part.length : part.byteLength;
  });
  return lengths.reduce((offset, length) => align8(offset + length), align8(headerBytes));
}

/** A section that is not in memory as a whole. */
export interface PiecewiseSection {
  readonly length: number;
  readonly checksum: number;
  pieces(): AsyncIterable<Uint8Array>;
}

/** The header with its padding, of sections in their order. */
function encodeHeader(
  counts: SegmentCounts,
  places: readonly { readonly length: number; readonly checksum: number }[],
): Buffer {
  const header = Buffer.alloc(align8(headerBytes));
  let offset = header.length;
  places.forEach(({ length, checksum }, index) => {
    const place = placesOffset + index * placeBytes;
    header.writeDoubleLE(offset, place);
    header.writeDoubleLE(length, place + 8);
    header.writeUInt32LE(checksum, place + 16);
    offset = align8(offset + length);
  });
  magic.copy(header);
  header.writeUInt32LE(counts.files, 12);
  header.writeUInt32LE(counts.symbols, 16);
  header.writeUInt32LE(counts.names, 20);
  header.writeDoubleLE(offset + counts.coldLength, 24);
  header.writeDoubleLE(offset, 32);
  header.writeUInt32LE(crc32c(header.subarray(12, headerBytes)), 8);
  return header;
}

/** Reads and checks a header: every offset and length lies inside `available` bytes before anyone allocates by it. */
export function decodeHeader(bytes: Buffer, available: number): Header {
  if (bytes.length < headerBytes) throw new SegmentDamagedError('it is shorter than its header');
  if (!bytes.subarray(0, 8).equals(magic)) throw new SegmentDamagedError(`it does not begin with ${magic.toString()}`);
  if (crc32c(bytes.subarray(12, headerBytes)) !== bytes.readUInt32LE(8)) {
    throw new SegmentDamagedError('the checksum of its header does not match');
  }
  const [files, symbols, names] = [bytes.readUInt32LE(12), bytes.readUInt32LE(16), bytes.readUInt32LE(20)];
  const length = bytes.readDoubleLE(24);
  const coldOffset = bytes.readDoubleLE(32);
  if (!(length <= available && coldOffset <= length)) {
    throw new SegmentDamagedError('it is shorter than its header says');
  }
  if (!(Number.isInteger(length) && coldOffset % 8 === 0)) {
    throw new SegmentDamagedError('its header holds an impossible number');
  }
  const places = {} as Record<SectionName, Place>;
  let end = headerBytes;
  sections.forEach((name, index) => {
    const at = placesOffset + index * placeBytes;
    const place = {
      offset: bytes.readDoubleLE(at),
      length: bytes.readDoubleLE(at + 8),
      checksum: bytes.readUInt32LE(at + 16),
    };
    if (place.offset !== align8(end) || !(place.length >= 0 && place.offset + place.length <= coldOffset)) {
      throw new SegmentDamagedError(`section ${name} lies outside of its place`);
    }
    // Checksums do match in a forged segment: refuse before anyone indexes by the counts.
    const expected = expectedLength(name, files, symbols, names);
    if (expected !== undefined && place.length !== expected) {
      throw new SegmentDamagedError(`section ${name} has ${place.length} bytes instead of ${expected}`);
    }
    places[name] = place;
    end = place.offset + place.length;
  });
  return { files, symbols, names, length, warmOffset: places[warmSections[0]].offset, coldOffset, places };
}

/** Typed views over some sections in `bytes`, which begin at `start` of the segment and at a multiple of 8 in their buffer. */
export function sectionViews(bytes: Buffer, start: number, { places }: Header) {
  const checked = (name: SectionName): Buffer => {
    const { offset, length, checksum } = places[name];
    const view = bytes.subarray(offset - start, offset - start + length);
    if (view.length !== length) throw new SegmentDamagedError(`section ${name} is cut short`);
    if (crc32c(view) !== checksum) throw new SegmentDamagedError(`the checksum of section ${name} does not match`);
    return view;
  };
  return {
    raw: checked,
    u8: (name: SectionName): Uint8Array => checked(name),
    u16: (name: SectionName): Uint16Array => {
      const view = checked(name);
      return new Uint16Array(view.buffer, view.byteOffset, view.length / 2);
    },
    u32: (name: SectionName): Uint32Array => {
      const view = checked(name);
      return new Uint32Array(view.buffer, view.byteOffset, view.length / 4);
    },
    f64: (name: SectionName): Float64Array => {
      const view = checked(name);
      return new Float64Array(view.buffer, view.byteOffset, view.length / 8);
    },
  };
}

/** Refuses offsets of parts that do not follow each other within `length` bytes. */
export function checkOffsets(offsets: Uint32Array, length: number, what: string): void {
  for (let i = 1; i < offsets.length; i++) {
    if ((offsets[i] as number) < (offsets[i - 1] as number)) throw new SegmentDamagedError(`${what} are not in order`);
  }
  if ((offsets.at(-1) ?? 0) > length) throw new SegmentDamagedError(`${what} lead out of it`);
}

/** Refuses numbers of things of which there are only `count`. */
export function checkBelow(numbers: Uint32Array, count: number, what: string): void {
  for (let i = 0; i < numbers.length; i++) {
    if ((numbers[i] as number) >= count) throw new SegmentDamagedError(`${what} beyond the last of ${count}`);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function padding(length: number): Uint8Array {
  return new Uint8Array(align8(length) - length);
}

/** Bytes of a section of a segment with these counts; `undefined` where its content decides. */
function expectedLength(name: SectionName, files: number, symbols: number, names: number): number | undefined {
  switch (name) {
    case 'meta':
    case 'pathBytes':
    case 'nameBytes':
      return undefined;
    case 'pathOffsets':
    case 'blockOffsets':
      return (files + 1) * 4;
    case 'hashes':
      return files * 32;
    case 'sizes':
    case 'changedMs':
    case 'checkedMs':
    case 'fingerprints':
      return files * 8;
    case 'fileBytes':
      return files * fileByteColumns.length;
    case 'lines':
    case 'errors':
      return files * 4;
    case 'rowCounts':
      return files * tableNames.length * 4;
    case 'symbolNames':
    case 'rowsByName':
      return symbols * 4;
    case 'symbolKinds':
      return symbols;
    case 'symbolFlags':
      return symbols * 2;
    case 'nameOffsets':
    case 'nameRows':
      return (names + 1) * 4;
    case 'nameLetters':
    case 'nameRepeats':
    case 'nameInitials':
      return names * 4;
  }
}
