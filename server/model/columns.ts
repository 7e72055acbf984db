// The columns of the fact tables: what native returns row by row and what a segment stores. All values are unsigned
// 32-bit. "name" columns hold ids into the file's own sorted list of names; a column marked "+1" keeps 0 for "none".
// Positions are 0-based (line, UTF-16 column), ready for LSP. "text" columns come in pairs (start, length in bytes)
// into the file's text block (UTF-8), which holds signatures, first doc sentences and receivers.
// Adding, removing or reordering a column is a new version of the segment format.

/** Tables in the order in which native returns them and a segment stores them. */
export const tableNames = ['symbols', 'imports', 'callSites', 'typeRefs', 'chunks'] as const;
export type TableName = (typeof tableNames)[number];

/**
 * symbols: one row per definition, ordered by (start line, start column), so that a parent precedes its children.
 * `container` names an enclosing type that is no row of this file (a Go receiver, a Rust impl, `A::b` of C++).
 * `complexity` is the cyclomatic complexity of a function without its nested functions; 0 for other symbols.
 */
export const SymbolColumn = {
  name: 0,
  kind: 1,
  flags: 2,
  parent: 3, // row + 1
  container: 4, // name + 1
  startLine: 5,
  startColumn: 6,
  endLine: 7,
  endColumn: 8,
  nameLine: 9,
  nameColumn: 10,
  nameEndColumn: 11,
  signatureStart: 12,
  signatureLength: 13, // one line, cut at 200 characters
  docStart: 14,
  docLength: 15, // first sentence
  complexity: 16,
} as const;

/** Bits of `SymbolColumn.flags`; the visibility is a number in bits 8 to 10. */
export const SymbolFlag = {
  exported: 1,
  deprecated: 2,
  test: 4,
  static: 8,
  abstract: 16,
  declaration: 32, // has no body: a prototype, an overload, a forward declaration
  reexport: 64, // made visible here, defined elsewhere
} as const;
export const visibilityShift = 8;
export const visibilities = ['default', 'public', 'protected', 'private', 'internal'] as const;

/** imports: one row per imported or exported name; a whole-module import has the name `*`. */
export const ImportColumn = {
  kind: 0,
  module: 1, // name + 1, as written, without quotes
  name: 2, // name + 1
  alias: 3, // name + 1: the local name, where it differs
  flags: 4,
  line: 5,
  column: 6,
  endLine: 7,
  endColumn: 8,
} as const;
export const importKinds = ['none', 'import', 'reexport', 'include', 'require', 'export'] as const;
export const ImportFlag = { typeOnly: 1, system: 2 } as const;

/** callSites: one row per call. `enclosing` is the innermost symbol around it. */
export const CallColumn = {
  callee: 0, // name
  receiverStart: 1,
  receiverLength: 2, // `a.b` of `a.b.c()`, cut at 80 characters
  arguments: 3, // count
  flags: 4,
  enclosing: 5, // row + 1
  line: 6,
  column: 7,
  endColumn: 8, // of the callee's name
} as const;
export const CallFlag = { construct: 1, macro: 2, decorator: 4 } as const;

/** typeRefs: heritage and the types named in signatures. `subject` names the type whose heritage it is, where that is no row. */
export const TypeRefColumn = {
  name: 0,
  role: 1,
  enclosing: 2, // row + 1
  subject: 3, // name + 1
  line: 4,
  column: 5,
  endColumn: 6,
} as const;
export const typeRefRoles = [
  'none',
  'extends',
  'implements',
  'embeds',
  'traitImpl',
  'parameter',
  'return',
  'variable',
] as const;

/** chunks: the units of search, which cover the file without overlap, but for `extracted-prose` ones, which lie in code chunks. */
export const ChunkColumn = {
  mode: 0, // number of the mode, see mode.ts
  startByte: 1, // in the file's text after decoding to UTF-8, without BOM
  endByte: 2,
  startLine: 3,
  endLine: 4, // inclusive
  symbol: 5, // row + 1 of the symbol it belongs to
  titleStart: 6,
  titleLength: 7, // heading of a section, key of a record
} as const;

export const columnCounts: Readonly<Record<TableName, number>> = {
  symbols: 17,
  imports: 9,
  callSites: 9,
  typeRefs: 7,
  chunks: 8,
};

/** Bits of a file's flags. */
export const FileFlag = { test: 1, generated: 2, vendored: 4 } as const;

/** How the bytes of a file were decoded; the position is the number in the fact tables. */
export const encodings = ['utf8', 'utf8Bom', 'utf16le', 'utf16be', 'latin1'] as const;
export type Encoding = (typeof encodings)[number];
