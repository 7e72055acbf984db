// Facts written by hand: turns a readable outline of files into the rows that extraction returns, and those into an open
// segment. Symbols are lines `kind name [flag …] [in=Container]`, nested by indentation; a line's number is the symbol's
// place, and a symbol ends with the last line nested in it.

import { MemorySource } from '../../server/facts/byteSource';
import { Segment } from '../../server/facts/segment';
import { segmentPieces, type ExtractedRows } from '../../server/facts/segmentBuilder';
import { ChunkColumn, columnCounts, FileFlag, SymbolColumn, SymbolFlag } from '../../server/model/columns';
import { modeNumber, type Mode } from '../../server/model/mode';
import { limitReasons, skipReasons, type LimitReason, type SkipReason } from '../../server/model/skipReason';
import { SymbolKind } from '../../server/model/symbolKind';
import { comparePaths } from '../../server/util/pathOrder';
import { blockOf } from './blocks';

/** A chunk; its bytes are those of its lines in `text`, where the file has one. */
export interface ChunkOutline {
  readonly mode: Mode;
  readonly startLine: number;
  readonly endLine: number;
}

/** One file of a segment. */
export interface FileOutline {
  readonly path: string;
  readonly symbols?: string;
  readonly language?: string;
  readonly mode?: Mode;
  readonly flags?: readonly (keyof typeof FileFlag)[];
  readonly skip?: SkipReason;
  readonly detail?: string;
  readonly limit?: LimitReason;
  readonly hash?: Uint8Array;
  readonly text?: string;
  readonly chunks?: readonly ChunkOutline[];
}

interface SymbolRow {
  readonly columns: number[];
  readonly name: string;
  readonly container: string | undefined;
}

/** An open segment in memory with these files. */
export function segmentOf(...files: readonly FileOutline[]): Segment {
  return new Segment(new MemorySource(bytesOf(...files)));
}

/** The bytes of that segment. */
export function bytesOf(...outlines: readonly FileOutline[]): Buffer {
  const files = [...outlines].sort((a, b) => comparePaths(a.path, b.path));
  const languages = [...new Set(files.map(({ language = 'typescript' }) => language))];
  return Buffer.concat(
    segmentPieces(
      rowsOf(files, languages),
      files.map(({ path }) => path),
      languages.map((name) => [name, 1]),
      1000,
    ),
  );
}

function rowsOf(files: readonly FileOutline[], languages: readonly string[]): ExtractedRows {
  const symbols = files.map((file) => parseOutline(file.symbols ?? ''));
  const names = sorted(symbols.flat().map(({ name }) => name));
  const places = placesOf(names);
  const blocks = files.map((file, f) => blockOfFile(file, symbols[f] ?? []));
  const hashes = Buffer.concat(files.map(({ hash, path }) => Buffer.from(hash ?? Buffer.alloc(32, path))));
  const column = (number: number) => symbols.flat().map(({ columns }) => columns[number] as number);
  return {
    files: files.length,
    skips: Uint8Array.from(files, ({ skip }) => (skip === undefined ? 0 : skipReasons.indexOf(skip))),
    limits: Uint8Array.from(files, ({ limit }) => (limit === undefined ? 0 : limitReasons.indexOf(limit))),
    languages: Uint8Array.from(files, ({ language = 'typescript' }) => languages.indexOf(language)),
    modes: Uint8Array.from(files, ({ mode = 'code' }) => modeNumber(mode)),
    encodings: new Uint8Array(files.length),
    flags: Uint8Array.from(files, ({ flags = [] }) => flags.reduce((bits, flag) => bits | FileFlag[flag], 0)),
    lines: new Uint32Array(files.length),
    errors: new Uint32Array(files.length),
    sizes: new Float64Array(files.length),
    changedMs: new Float64Array(files.length),
    fingerprints: new Uint32Array(files.length * 2),
    hashes,
    rowCounts: Uint32Array.from(
      files.flatMap(({ chunks = [] }, f) => [symbols[f]?.length ?? 0, 0, 0, 0, chunks.length]),
    ),
    commentChunks: Uint32Array.from(
      files,
      ({ chunks = [] }) => chunks.filter(({ mode }) => mode === 'extracted-prose').length,
    ),
    names: Buffer.from(names.join('')),
    nameOffsets: offsetsOf(names.map((name) => Buffer.from(name))),
    symbolNames: Uint32Array.from(symbols.flat(), ({ name }) => places.get(name) as number),
    symbolKinds: Uint8Array.from(column(SymbolColumn.kind)),
    symbolFlags: Uint16Array.from(column(SymbolColumn.flags)),
    blocks: Buffer.concat(blocks),
    blockOffsets: offsetsOf(blocks.map(({ length }) => ({ length: length / 8 }))),
  };
}

function blockOfFile({ chunks = [], text = '', detail = '' }: FileOutline, symbols: readonly SymbolRow[]): Buffer {
  const names = sorted(symbols.flatMap(({ name, container }) => [name, container ?? name]));
  const places = placesOf(names);
  const symbolRows = symbols.map(({ columns, name, container }) => {
    const row = [...columns];
    row[SymbolColumn.name] = places.get(name) as number;
    row[SymbolColumn.container] = container === undefined ? 0 : (places.get(container) as number) + 1;
    return row;
  });
  const lines = text.split(/(?<=\n)/);
  const bytesBefore = (line: number): number => Buffer.byteLength(lines.slice(0, line).join(''));
  const chunkRows = chunks.map(({ mode, startLine, endLine }) => {
    const row = new Array<number>(columnCounts.chunks).fill(0);
    row[ChunkColumn.mode] = modeNumber(mode);
    row[ChunkColumn.startByte] = bytesBefore(startLine);
    row[ChunkColumn.endByte] = bytesBefore(endLine + 1);
    row[ChunkColumn.startLine] = startLine;
    row[ChunkColumn.endLine] = endLine;
    return row;
  });
  return blockOf({ names, text: detail, rows: { symbols: symbolRows, chunks: chunkRows } });
}

function placesOf(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, place) => [name, place]));
}

function parseOutline(outline: string): SymbolRow[] {
  const rows: SymbolRow[] = [];
  const open: { row: number; indent: number }[] = [];
  outline.split('\n').forEach((text, line) => {
    if (text.trim() === '') return;
    const indent = text.length - text.trimStart().length;
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
    for (const { row } of open) (rows[row] as SymbolRow).columns[SymbolColumn.endLine] = line;
    const [kind = '', name = '', ...marks] = text.trim().split(' ');
    const columns = new Array<number>(columnCounts.symbols).fill(0);
    columns[SymbolColumn.kind] = kindOf(kind);
    columns[SymbolColumn.parent] = (open.at(-1)?.row ?? -1) + 1;
    columns[SymbolColumn.startLine] = columns[SymbolColumn.endLine] = columns[SymbolColumn.nameLine] = line;
    columns[SymbolColumn.startColumn] = indent;
    columns[SymbolColumn.nameColumn] = indent + kind.length + 1;
    columns[SymbolColumn.nameEndColumn] = indent + kind.length + 1 + name.length;
    columns[SymbolColumn.endColumn] = 1000;
    let container: string | undefined;
    for (const mark of marks) {
      if (mark.startsWith('in=')) container = mark.slice(3);
      else
        columns[SymbolColumn.flags] =
          (columns[SymbolColumn.flags] as number) | SymbolFlag[mark as keyof typeof SymbolFlag];
    }
    open.push({ row: rows.length, indent });
    rows.push({ columns, name, container });
  });
  return rows;
}

function kindOf(word: string): number {
  const found = Object.entries(SymbolKind).find(([name]) => name.toLowerCase() === word.toLowerCase());
  if (found === undefined) throw new Error(`no symbol kind is called "${word}"`);
  return found[1];
}

function offsetsOf(parts: readonly { readonly length: number }[]): Uint32Array {
  const offsets = new Uint32Array(parts.length + 1);
  parts.forEach(({ length }, index) => (offsets[index + 1] = (offsets[index] as number) + length));
  return offsets;
}

/** Each once, in the dictionary's order: by length, then by ASCII-lowercased bytes, then by bytes. */
function sorted(names: readonly string[]): string[] {
  const key = (name: string): Buffer => Buffer.from(name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  const compare = (a: string, b: string): number =>
    Buffer.byteLength(a) - Buffer.byteLength(b) || key(a).compare(key(b)) || Buffer.from(a).compare(Buffer.from(b));
  return [...new Set(names)].sort(compare);
}
