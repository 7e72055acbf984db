// The hot part of a segment as typed arrays: a row per file, and the dictionary of symbol names with a row per symbol.
// The rows of a file's symbols follow each other, files are in path order, so one prefix sum finds them.

import { tableNames } from '../model/columns';
import { decodeHeader, encodeHot, hotIsIntact, SegmentDamagedError, type Header, type SectionName } from './layout';

/** Number of `u8` columns per file in section `fileBytes`. */
export const fileByteColumns = ['language', 'mode', 'encoding', 'flags', 'skip', 'limit'] as const;
export type FileByteColumn = (typeof fileByteColumns)[number];

/** The extractor version that a language's facts were made by. */
export type LanguageVersion = readonly [name: string, version: number];

export interface HotIndex {
  readonly languages: readonly LanguageVersion[];
  readonly files: number;
  readonly pathOffsets: Uint32Array;
  readonly pathBytes: Buffer;
  readonly hashes: Buffer;
  readonly sizes: Float64Array;
  readonly changedMs: Float64Array;
  readonly checkedMs: Float64Array;
  readonly fingerprints: Uint32Array;
  readonly fileBytes: Uint8Array;
  readonly lines: Uint32Array;
  readonly errors: Uint32Array;
  readonly rowCounts: Uint32Array;
  readonly blockOffsets: Uint32Array;
  readonly symbolNames: Uint32Array;
  readonly symbolKinds: Uint8Array;
  readonly symbolFlags: Uint16Array;
  readonly names: number;
  readonly nameOffsets: Uint32Array;
  readonly nameMasks: Uint32Array;
  readonly nameBytes: Buffer;
}

/** Allocates the file rows of a hot index for a known number of files. */
export function allocateFileRows(files: number) {
  return {
    files,
    pathOffsets: new Uint32Array(files + 1),
    hashes: Buffer.alloc(files * 32),
    sizes: new Float64Array(files),
    changedMs: new Float64Array(files),
    checkedMs: new Float64Array(files),
    fingerprints: new Uint32Array(files * 2),
    fileBytes: new Uint8Array(files * fileByteColumns.length),
    lines: new Uint32Array(files),
    errors: new Uint32Array(files),
    rowCounts: new Uint32Array(files * tableNames.length),
    blockOffsets: new Uint32Array(files + 1),
  };
}

/** Header and hot part as bytes, ready to be followed by `coldLength` bytes of blocks. */
export function encodeHotIndex(hot: HotIndex): Buffer {
  const meta = Buffer.from(JSON.stringify({ languages: hot.languages }));
  const coldLength = (hot.blockOffsets[hot.files] as number) * 8;
  return encodeHot(
    { files: hot.files, symbols: hot.symbolNames.length, names: hot.names, coldLength },
    { meta, ...hot },
  );
}

/** Views over the hot bytes of a segment, which must start at a multiple of 8 in their buffer. Copies nothing. */
export function decodeHotIndex(bytes: Buffer, available: number): { readonly hot: HotIndex; readonly header: Header } {
  const header = decodeHeader(bytes, available);
  if (bytes.length < header.coldOffset) throw new SegmentDamagedError('its hot part is cut short');
  if (!hotIsIntact(bytes, header)) throw new SegmentDamagedError('the checksum of its hot part does not match');
  const start = (name: SectionName): number => bytes.byteOffset + header.sections[name].offset;
  const length = (name: SectionName): number => header.sections[name].length;
  const u8 = (name: SectionName) => new Uint8Array(bytes.buffer, start(name), length(name));
  const u16 = (name: SectionName) => new Uint16Array(bytes.buffer, start(name), length(name) / 2);
  const u32 = (name: SectionName) => new Uint32Array(bytes.buffer, start(name), length(name) / 4);
  const f64 = (name: SectionName) => new Float64Array(bytes.buffer, start(name), length(name) / 8);
  const raw = (name: SectionName) => Buffer.from(bytes.buffer, start(name), length(name));
  const { languages } = JSON.parse(raw('meta').toString('utf8')) as { languages: LanguageVersion[] };
  const hot: HotIndex = {
    languages,
    files: header.files,
    names: header.names,
    pathOffsets: u32('pathOffsets'),
    pathBytes: raw('pathBytes'),
    hashes: raw('hashes'),
    sizes: f64('sizes'),
    changedMs: f64('changedMs'),
    checkedMs: f64('checkedMs'),
    fingerprints: u32('fingerprints'),
    fileBytes: u8('fileBytes'),
    lines: u32('lines'),
    errors: u32('errors'),
    rowCounts: u32('rowCounts'),
    blockOffsets: u32('blockOffsets'),
    symbolNames: u32('symbolNames'),
    symbolKinds: u8('symbolKinds'),
    symbolFlags: u16('symbolFlags'),
    nameOffsets: u32('nameOffsets'),
    nameMasks: u32('nameMasks'),
    nameBytes: raw('nameBytes'),
  };
  checkCounts(hot, header);
  return { hot, header };
}

/** A matching checksum with counts that disagree is a bug of the writer or a forgery: refuse before anyone indexes by them. */
function checkCounts(hot: HotIndex, header: Header): void {
  const { files, names, symbols } = header;
  const consistent =
    hot.pathOffsets.length === files + 1 &&
    hot.hashes.length === files * 32 &&
    hot.sizes.length === files &&
    hot.changedMs.length === files &&
    hot.checkedMs.length === files &&
    hot.fingerprints.length === files * 2 &&
    hot.fileBytes.length === files * fileByteColumns.length &&
    hot.lines.length === files &&
    hot.errors.length === files &&
    hot.rowCounts.length === files * tableNames.length &&
    hot.blockOffsets.length === files + 1 &&
    hot.symbolNames.length === symbols &&
    hot.symbolKinds.length === symbols &&
    hot.symbolFlags.length === symbols &&
    hot.nameOffsets.length === names + 1 &&
    hot.nameMasks.length === names * 2;
  if (!consistent) throw new SegmentDamagedError('the sizes of its sections disagree');
}
