// The canonical text of every fact: equal text for equal indexes, whatever order of edits, crashes and merges led there.
// Holds nothing volatile: no times, stat data, row numbers of segments or generations.

import {
  CallColumn,
  CallFlag,
  ChunkColumn,
  encodings,
  FileFlag,
  ImportColumn,
  ImportFlag,
  importKinds,
  SymbolColumn,
  SymbolFlag,
  typeRefRoles,
  TypeRefColumn,
  visibilities,
  visibilityShift,
} from '../model/columns';
import { modes } from '../model/mode';
import { limitReasons, skipReasons } from '../model/skipReason';
import { symbolKindName } from '../model/symbolKind';
import type { FileBlock } from '../facts/block';
import type { RowRef } from '../facts/merge';

/** The facts of rows in path order, a file at a time. Each piece ends with a newline. */
export function* dumpRows(rows: Iterable<RowRef>): Generator<string> {
  for (const row of rows) yield dumpFile(row);
}

/** The facts of one file as lines: the file, then its rows, indented, in table order. */
export function dumpFile({ segment, file }: RowRef): string {
  const block = segment.block(file);
  const skip = segment.byte(file, 'skip');
  const path = JSON.stringify(segment.path(file));
  if (skip !== 0) return `file ${path} skipped ${skipReasons[skip] ?? skip}\n`;
  const [language, version] = segment.hot.languages[segment.byte(file, 'language')] ?? ['unknown', 0];
  const limit = segment.byte(file, 'limit');
  const lines = [
    words(
      `file ${path} ${segment.hash(file).toString('hex')} ${language}/${version}`,
      modes[segment.byte(file, 'mode') - 1],
      encodings[segment.byte(file, 'encoding')],
      `${segment.hot.lines[file] ?? 0} lines`,
      flagNames(segment.byte(file, 'flags'), FileFlag),
      limit === 0 ? '' : `limit ${limitReasons[limit] ?? limit}`,
      (segment.hot.errors[file] ?? 0) > 0 ? `${segment.hot.errors[file]} errors` : '',
    ),
    ...symbolLines(block),
    ...importLines(block),
    ...callLines(block),
    ...typeRefLines(block),
    ...chunkLines(block),
  ];
  return `${lines.join('\n')}\n`;
}

function symbolLines(block: FileBlock): string[] {
  return rowsOf(block, 'symbols', (at) => {
    const flags = at(SymbolColumn.flags);
    return words(
      `symbol ${symbolKindName(at(SymbolColumn.kind))} ${quote(block.name(at(SymbolColumn.name)))}`,
      `${at(SymbolColumn.startLine)}:${at(SymbolColumn.startColumn)}-${at(SymbolColumn.endLine)}:${at(SymbolColumn.endColumn)}`,
      `name ${at(SymbolColumn.nameLine)}:${at(SymbolColumn.nameColumn)}-${at(SymbolColumn.nameEndColumn)}`,
      at(SymbolColumn.parent) === 0 ? '' : `in #${at(SymbolColumn.parent) - 1}`,
      labelled('container', block.optionalName(at(SymbolColumn.container))),
      flagNames(flags & 0xff, SymbolFlag),
      flags >> visibilityShift === 0 ? '' : visibilities[flags >> visibilityShift],
      at(SymbolColumn.complexity) === 0 ? '' : `complexity ${at(SymbolColumn.complexity)}`,
      labelled('signature', block.text(at(SymbolColumn.signatureStart), at(SymbolColumn.signatureLength))),
      labelled('doc', block.text(at(SymbolColumn.docStart), at(SymbolColumn.docLength))),
    );
  });
}

function importLines(block: FileBlock): string[] {
  return rowsOf(block, 'imports', (at) =>
    words(
      importKinds[at(ImportColumn.kind)],
      labelled('module', block.optionalName(at(ImportColumn.module))),
      labelled('name', block.optionalName(at(ImportColumn.name))),
      labelled('as', block.optionalName(at(ImportColumn.alias))),
      flagNames(at(ImportColumn.flags), ImportFlag),
      `${at(ImportColumn.line)}:${at(ImportColumn.column)}-${at(ImportColumn.endLine)}:${at(ImportColumn.endColumn)}`,
    ),
  );
}

function callLines(block: FileBlock): string[] {
  return rowsOf(block, 'callSites', (at) =>
    words(
      `call ${quote(block.name(at(CallColumn.callee)))}/${at(CallColumn.arguments)}`,
      labelled('on', block.text(at(CallColumn.receiverStart), at(CallColumn.receiverLength))),
      flagNames(at(CallColumn.flags), CallFlag),
      at(CallColumn.enclosing) === 0 ? '' : `in #${at(CallColumn.enclosing) - 1}`,
      `${at(CallColumn.line)}:${at(CallColumn.column)}-${at(CallColumn.endColumn)}`,
    ),
  );
}

function typeRefLines(block: FileBlock): string[] {
  return rowsOf(block, 'typeRefs', (at) =>
    words(
      `${typeRefRoles[at(TypeRefColumn.role)] ?? 'unknown'} ${quote(block.name(at(TypeRefColumn.name)))}`,
      labelled('of', block.optionalName(at(TypeRefColumn.subject))),
      at(TypeRefColumn.enclosing) === 0 ? '' : `in #${at(TypeRefColumn.enclosing) - 1}`,
      `${at(TypeRefColumn.line)}:${at(TypeRefColumn.column)}-${at(TypeRefColumn.endColumn)}`,
    ),
  );
}

function chunkLines(block: FileBlock): string[] {
  return rowsOf(block, 'chunks', (at) =>
    words(
      `chunk ${modes[at(ChunkColumn.mode) - 1] ?? 'unknown'}`,
      `bytes ${at(ChunkColumn.startByte)}-${at(ChunkColumn.endByte)}`,
      `lines ${at(ChunkColumn.startLine)}-${at(ChunkColumn.endLine)}`,
      at(ChunkColumn.symbol) === 0 ? '' : `of #${at(ChunkColumn.symbol) - 1}`,
      labelled('title', block.text(at(ChunkColumn.titleStart), at(ChunkColumn.titleLength))),
    ),
  );
}

function rowsOf(
  block: FileBlock,
  table: 'symbols' | 'imports' | 'callSites' | 'typeRefs' | 'chunks',
  line: (at: (column: number) => number) => string,
): string[] {
  return Array.from(
    { length: block.rows(table) },
    (_, row) => `  ${line((column) => block.value(table, column, row))}`,
  );
}

function words(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

function labelled(label: string, value: string | undefined): string {
  return value === undefined ? '' : `${label} ${quote(value)}`;
}

const quote = (text: string): string => JSON.stringify(text);

function flagNames(bits: number, names: Readonly<Record<string, number>>): string {
  return Object.entries(names)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(' ');
}
