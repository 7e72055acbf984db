// The hot part of a segment: a row per file, as typed arrays.

import { tableNames } from '../model/columns';
import { checkOffsets, fileByteColumns, sectionViews, SegmentDamagedError, type Header } from './layout';

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

/**
 * Views over the hot bytes of a segment, which begin at `start`. Copies nothing.
 * @throws SegmentDamagedError when a checksum does not hold, or an offset leads out of the segment
 */
export function decodeFileRows(bytes: Buffer, start: number, header: Header): FileRows {
  const { raw, u8, u32, f64 } = sectionViews(bytes, start, header);
  const pathBytes = raw('pathBytes');
  const pathOffsets = u32('pathOffsets');
  checkOffsets(pathOffsets, pathBytes.length, 'its paths');
  const blockOffsets = u32('blockOffsets');
  checkOffsets(blockOffsets, (header.length - header.coldOffset) / 8, 'its blocks');
  return {
    languages: decodeLanguages(raw('meta')),
    files: header.files,
    pathOffsets,
    pathBytes,
    hashes: raw('hashes'),
    sizes: f64('sizes'),
    changedMs: f64('changedMs'),
    checkedMs: f64('checkedMs'),
    fingerprints: u32('fingerprints'),
    fileBytes: u8('fileBytes'),
    lines: u32('lines'),
    errors: u32('errors'),
    rowCounts: u32('rowCounts'),
    blockOffsets,
  };
}

function decodeLanguages(meta: Buffer): LanguageVersion[] {
  let value: unknown;
  try {
    value = JSON.parse(meta.toString('utf8'));
  } catch {
    throw new SegmentDamagedError('its list of languages is no JSON');
  }
  const { languages } = (value ?? {}) as { readonly languages?: unknown };
  if (!Array.isArray(languages) || !languages.every(isLanguageVersion)) {
    throw new SegmentDamagedError('its list of languages is none');
  }
  return languages;
}

function isLanguageVersion(value: unknown): value is LanguageVersion {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number';
}
