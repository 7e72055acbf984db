// The hot part of a segment: a row per file, as typed arrays.

import { tableNames } from '../model/columns';
import { fileByteColumns, sectionViews, SegmentDamagedError, type Header } from './layout';

/** The extractor version that a language's facts were made by. */
export type LanguageVersion = readonly [name: string, version: number];

export interface FileRows {
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
}

/** Room for a known number of files; languages and paths come from the caller. */
export function allocateFileRows(files: number): Omit<FileRows, 'languages' | 'pathBytes'> {
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

/** Views over the hot bytes of a segment, which begin at `start`. Copies nothing. */
export function decodeFileRows(bytes: Buffer, start: number, header: Header): FileRows {
  const { raw, u8, u32, f64 } = sectionViews(bytes, start, header);
  return {
    languages: decodeLanguages(raw('meta')),
    files: header.files,
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
  };
}

function decodeLanguages(meta: Buffer): LanguageVersion[] {
  try {
    return (JSON.parse(meta.toString('utf8')) as { languages: LanguageVersion[] }).languages;
  } catch {
    throw new SegmentDamagedError('its list of languages is no JSON');
  }
}
