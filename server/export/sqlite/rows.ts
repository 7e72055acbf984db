// The facts of one file as rows of the tables of schema.ts: values in the order of the columns there.

import {
  CallColumn,
  CallFlag,
  ChunkColumn,
  ImportColumn,
  ImportFlag,
  importKinds,
  SymbolColumn,
  SymbolFlag,
  typeRefRoles,
  TypeRefColumn,
  visibilities,
  visibilityShift,
  type TableName,
} from '../../model/columns';
import { modes } from '../../model/mode';
import { symbolKindName } from '../../model/symbolKind';
import type { FileBlock } from '../../facts/block';
import type { FileFacts } from './fileFacts';
import { rowsPerFile, type factTables } from './schema';

export type Value = string | number | null;
export type Row = readonly Value[];
export type FactTable = (typeof factTables)[number]['name'];

/** The row of a file in `files`. */
export function fileRow(id: number, facts: FileFacts): Row {
  return [
    id,
    facts.path,
    facts.language,
    facts.languageVersion,
    facts.mode,
    facts.encoding,
    facts.bytes,
    facts.lines,
    facts.hash,
    facts.syntaxErrors,
    Number(facts.test),
    Number(facts.generated),
    Number(facts.vendored),
    facts.skipped,
    facts.limited,
  ];
}

/** The rows of a file in each other table of facts. */
export const tableRows: readonly {
  readonly table: Exclude<FactTable, 'files'>;
  readonly rows: (file: number, block: FileBlock) => Generator<Row>;
}[] = [
  { table: 'symbols', rows: symbolRows },
  { table: 'imports', rows: importRows },
  { table: 'call_sites', rows: callRows },
  { table: 'type_references', rows: typeRows },
  { table: 'chunks', rows: chunkRows },
];

/** The id of a row of a file. */
export function rowId(file: number, row: number): number {
  return file * rowsPerFile + row;
}

/** Reads a row of a table of the block. */
type At = (column: number) => number;

function* rowsOf(
  file: number,
  block: FileBlock,
  table: TableName,
  values: (at: At) => readonly Value[],
): Generator<Row> {
  for (let row = 0; row < block.rows(table); row++) {
    yield [rowId(file, row), file, ...values((column) => block.value(table, column, row))];
  }
}

function symbolRows(file: number, block: FileBlock): Generator<Row> {
  return rowsOf(file, block, 'symbols', (at) => {
    const flags = at(SymbolColumn.flags);
    const visibility = flags >> visibilityShift;
    return [
      block.name(at(SymbolColumn.name)),
      symbolKindName(at(SymbolColumn.kind)),
      symbolId(file, at(SymbolColumn.parent)),
      block.optionalName(at(SymbolColumn.container)) ?? null,
      at(SymbolColumn.startLine) + 1,
      at(SymbolColumn.startColumn) + 1,
      at(SymbolColumn.endLine) + 1,
      at(SymbolColumn.endColumn) + 1,
      at(SymbolColumn.nameLine) + 1,
      at(SymbolColumn.nameColumn) + 1,
      at(SymbolColumn.nameEndColumn) + 1,
      bit(flags, SymbolFlag.exported),
      bit(flags, SymbolFlag.deprecated),
      bit(flags, SymbolFlag.test),
      bit(flags, SymbolFlag.static),
      bit(flags, SymbolFlag.abstract),
      bit(flags, SymbolFlag.declaration),
      bit(flags, SymbolFlag.reexport),
      visibility === 0 ? null : (visibilities[visibility] ?? null),
      at(SymbolColumn.complexity),
      block.text(at(SymbolColumn.signatureStart), at(SymbolColumn.signatureLength)) ?? null,
      block.text(at(SymbolColumn.docStart), at(SymbolColumn.docLength)) ?? null,
    ];
  });
}

function importRows(file: number, block: FileBlock): Generator<Row> {
  return rowsOf(file, block, 'imports', (at) => [
    importKinds[at(ImportColumn.kind)] ?? null,
    block.optionalName(at(ImportColumn.module)) ?? null,
    block.optionalName(at(ImportColumn.name)) ?? null,
    block.optionalName(at(ImportColumn.alias)) ?? null,
    bit(at(ImportColumn.flags), ImportFlag.typeOnly),
    bit(at(ImportColumn.flags), ImportFlag.system),
    at(ImportColumn.line) + 1,
    at(ImportColumn.column) + 1,
    at(ImportColumn.endLine) + 1,
    at(ImportColumn.endColumn) + 1,
  ]);
}

function callRows(file: number, block: FileBlock): Generator<Row> {
  return rowsOf(file, block, 'callSites', (at) => [
    block.name(at(CallColumn.callee)),
    block.text(at(CallColumn.receiverStart), at(CallColumn.receiverLength)) ?? null,
    at(CallColumn.arguments),
    bit(at(CallColumn.flags), CallFlag.construct),
    bit(at(CallColumn.flags), CallFlag.macro),
    bit(at(CallColumn.flags), CallFlag.decorator),
    symbolId(file, at(CallColumn.enclosing)),
    at(CallColumn.line) + 1,
    at(CallColumn.column) + 1,
    at(CallColumn.endColumn) + 1,
  ]);
}

function typeRows(file: number, block: FileBlock): Generator<Row> {
  return rowsOf(file, block, 'typeRefs', (at) => [
    block.name(at(TypeRefColumn.name)),
    typeRefRoles[at(TypeRefColumn.role)] ?? null,
    symbolId(file, at(TypeRefColumn.enclosing)),
    block.optionalName(at(TypeRefColumn.subject)) ?? null,
    at(TypeRefColumn.line) + 1,
    at(TypeRefColumn.column) + 1,
    at(TypeRefColumn.endColumn) + 1,
  ]);
}

function chunkRows(file: number, block: FileBlock): Generator<Row> {
  return rowsOf(file, block, 'chunks', (at) => [
    modes[at(ChunkColumn.mode) - 1] ?? null,
    at(ChunkColumn.startByte),
    at(ChunkColumn.endByte),
    at(ChunkColumn.startLine) + 1,
    at(ChunkColumn.endLine) + 1,
    symbolId(file, at(ChunkColumn.symbol)),
    block.text(at(ChunkColumn.titleStart), at(ChunkColumn.titleLength)) ?? null,
  ]);
}

/** A "row + 1" column's value as an id. */
function symbolId(file: number, rowPlusOne: number): number | null {
  return rowPlusOne === 0 ? null : rowId(file, rowPlusOne - 1);
}

const bit = (flags: number, mask: number): number => Number((flags & mask) !== 0);
