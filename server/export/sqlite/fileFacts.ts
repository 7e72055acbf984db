// What the process that writes the database is told of a file: everything that is known of it, ready to cross between
// processes.

import { encodings, FileFlag } from '../../model/columns';
import { modes } from '../../model/mode';
import { limitReasons, skipReasons } from '../../model/skipReason';
import type { RowRef } from '../../facts/merge';

export interface FileFacts {
  readonly path: string;
  readonly language: string;
  readonly languageVersion: number;
  readonly mode: string | null;
  readonly encoding: string | null;
  readonly bytes: number;
  readonly lines: number;
  /** BLAKE3, hexadecimal. */
  readonly hash: string;
  readonly syntaxErrors: number;
  readonly test: boolean;
  readonly generated: boolean;
  readonly vendored: boolean;
  readonly skipped: string | null;
  readonly limited: string | null;
  /** Its tables, see facts/block.ts. */
  readonly block: Uint8Array;
}

/** Everything that is known of a file, read from its segment. */
export function fileFacts(row: RowRef): FileFacts {
  const { segment, file } = row;
  const [language, languageVersion] = languageOf(row);
  const flags = segment.byte(file, 'flags');
  return {
    path: segment.path(file),
    language,
    languageVersion,
    mode: modes[segment.byte(file, 'mode') - 1] ?? null,
    encoding: encodings[segment.byte(file, 'encoding')] ?? null,
    bytes: segment.hot.sizes[file] as number,
    lines: segment.hot.lines[file] as number,
    hash: segment.hash(file).toString('hex'),
    syntaxErrors: segment.hot.errors[file] as number,
    test: (flags & FileFlag.test) !== 0,
    generated: (flags & FileFlag.generated) !== 0,
    vendored: (flags & FileFlag.vendored) !== 0,
    skipped: reasonOf(skipReasons, segment.byte(file, 'skip')),
    limited: reasonOf(limitReasons, segment.byte(file, 'limit')),
    block: segment.blockBytes(file, file + 1),
  };
}

/** A short text that is equal for equal facts: they depend on the bytes, the language and the extractor alone. */
export function factStamp(row: RowRef): string {
  const { segment, file } = row;
  const [language, version] = languageOf(row);
  const skipped = reasonOf(skipReasons, segment.byte(file, 'skip'));
  const limited = reasonOf(limitReasons, segment.byte(file, 'limit'));
  return stampOf(segment.hash(file).toString('hex'), language, version, skipped, limited);
}

/** The stamp of facts from the columns that make it. */
export function stampOf(
  hash: string,
  language: string,
  languageVersion: number,
  skipped: string | null,
  limited: string | null,
): string {
  return `${hash} ${language}/${languageVersion} ${skipped ?? ''}/${limited ?? ''}`;
}

function languageOf({ segment, file }: RowRef): readonly [name: string, version: number] {
  return segment.hot.languages[segment.byte(file, 'language')] ?? ['unknown', 0];
}

function reasonOf(reasons: readonly string[], number: number): string | null {
  return number === 0 ? null : (reasons[number] ?? `reason ${number}`);
}
