// Rows about what refers to what: occurrences, edges, call sites, and the relations of a file. Within a file they are in
// the order that their artifact documents; files come in the order of their paths.

import type { FileBlock } from '../../facts/block';
import { edgeKinds, type EdgeKind, type Resolution } from '../../graph/edge';
import {
  CallColumn,
  CallFlag,
  ImportColumn,
  ImportFlag,
  importKinds,
  SymbolColumn,
  TypeRefColumn,
} from '../../model/columns';
import type { FileView } from './fileView';

/** A place: lines count from 1, columns from 0 in UTF-16, the end is not included. */
interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** An edge with what its rows say. */
interface Reference {
  readonly kind: EdgeKind;
  readonly row: number;
  readonly name: string;
  readonly range: Range;
  readonly chunkUid: string;
  readonly symbolId: string | undefined;
  readonly resolution: Resolution;
}

/** `symbol_occurrences`, by chunk, role, name, status and place. */
export function* symbolOccurrences(view: FileView): Generator<object> {
  const { block } = view;
  const definitions = Array.from({ length: block.rows('symbols') }, (_, row) => {
    const at = (column: number): number => block.value('symbols', column, row);
    const line = at(SymbolColumn.nameLine) + 1;
    return {
      host: { file: view.path, chunkUid: view.chunkAt(at(SymbolColumn.nameLine)) },
      role: 'definition',
      ref: { targetName: block.name(at(SymbolColumn.name)), status: 'resolved', symbolId: view.symbolIds[row] },
      range: { line, column: at(SymbolColumn.nameColumn), endLine: line, endColumn: at(SymbolColumn.nameEndColumn) },
    };
  });
  const references = [...referencesOf(view)].map(({ kind, name, range, chunkUid, resolution }) => ({
    host: { file: view.path, chunkUid },
    role: kind === 'typeRef' || kind === 'extends' || kind === 'implements' ? 'reference' : kind,
    ref: { targetName: name, status: resolution.status, ...targetIds(view, resolution) },
    range,
  }));
  yield* [...definitions, ...references].sort(
    (a, b) =>
      compare(a.host.chunkUid, b.host.chunkUid) ||
      compare(a.role, b.role) ||
      compare(a.ref.targetName, b.ref.targetName) ||
      compare(a.ref.status, b.ref.status) ||
      comparePlaces(a.range, b.range),
  );
}

/** `symbol_edges`, by chunk, type, name, status and place. */
export function* symbolEdges(view: FileView): Generator<object> {
  const sorted = [...referencesOf(view)].sort(
    (a, b) =>
      compare(a.chunkUid, b.chunkUid) ||
      compare(a.kind, b.kind) ||
      compare(a.name, b.name) ||
      compare(a.resolution.status, b.resolution.status) ||
      comparePlaces(a.range, b.range),
  );
  for (const { kind, name, range, chunkUid, symbolId, resolution } of sorted) {
    const { status, evidence, candidates, listed, module } = resolution;
    yield {
      type: kind,
      from: { file: view.path, chunkUid, ...(symbolId === undefined ? {} : { symbolId }) },
      to: {
        targetName: name,
        status,
        ...targetIds(view, resolution),
        ...(module === undefined ? {} : { module }),
        ...(listed === undefined ? {} : { candidates, listed: listed.map((each) => view.graph.symbolId(each)) }),
      },
      evidence,
      range,
    };
  }
}

/** `call_sites`, by place. */
export function* callSites(view: FileView): Generator<object> {
  const { block } = view;
  for (const { kind, row, name, range, chunkUid, symbolId, resolution } of referencesOf(view)) {
    if (kind !== 'call') continue;
    const at = (column: number): number => block.value('callSites', column, row);
    const receiver = block.text(at(CallColumn.receiverStart), at(CallColumn.receiverLength));
    yield {
      file: view.path,
      chunkUid,
      ...(symbolId === undefined ? {} : { caller: symbolId }),
      callee: name,
      ...(receiver === undefined ? {} : { receiver }),
      arguments: at(CallColumn.arguments),
      flags: namesOf(at(CallColumn.flags), CallFlag),
      range,
      status: resolution.status,
      evidence: resolution.evidence,
      ...targetIds(view, resolution),
    };
  }
}

/** `file_relations`: one row per file that imports or exports something. */
export function* fileRelations(view: FileView): Generator<object> {
  const { block } = view;
  const files = new Set<string>();
  const modules = new Set<string>();
  const relations = [...referencesOf(view)].flatMap(({ kind, row, name, resolution, range }) => {
    if (kind !== 'import' && kind !== 'export') return [];
    const at = (column: number): number => block.value('imports', column, row);
    const module = block.optionalName(at(ImportColumn.module));
    const alias = block.optionalName(at(ImportColumn.alias));
    const target = targetFile(view, resolution);
    if (target !== undefined && target !== view.path) files.add(target);
    if (resolution.module !== undefined) modules.add(resolution.module);
    return {
      kind: importKinds[at(ImportColumn.kind)],
      ...(module === undefined ? {} : { module }),
      name,
      ...(alias === undefined ? {} : { alias }),
      flags: namesOf(at(ImportColumn.flags), ImportFlag),
      line: range.line,
      status: resolution.status,
      ...targetIds(view, resolution),
    };
  });
  if (relations.length === 0) return;
  yield { file: view.path, relations, files: [...files].sort(compare), externalModules: [...modules].sort(compare) };
}

/** The edges of a file in the order of their tables and rows. */
function* referencesOf(view: FileView): Generator<Reference> {
  const { block, edges } = view;
  for (let edge = 0; edge < edges.count; edge++) {
    const kind = edgeKinds[edges.kinds[edge] as number] ?? 'call';
    const row = edges.rows[edge] as number;
    const { name, range, enclosing } = readers[kind](block, row);
    yield {
      kind,
      row,
      name,
      range,
      chunkUid: view.chunkAt(range.line - 1),
      symbolId: view.symbolId(enclosing),
      resolution: edges.resolutions[edge] as Resolution,
    };
  }
}

type Reader = (
  block: FileBlock,
  row: number,
) => { readonly name: string; readonly range: Range; readonly enclosing: number };

const readImport: Reader = (block, row) => {
  const at = (column: number): number => block.value('imports', column, row);
  return {
    name: block.optionalName(at(ImportColumn.name)) ?? '*',
    range: {
      line: at(ImportColumn.line) + 1,
      column: at(ImportColumn.column),
      endLine: at(ImportColumn.endLine) + 1,
      endColumn: at(ImportColumn.endColumn),
    },
    enclosing: 0,
  };
};

const readCall: Reader = (block, row) => {
  const at = (column: number): number => block.value('callSites', column, row);
  const line = at(CallColumn.line) + 1;
  return {
    name: block.name(at(CallColumn.callee)),
    range: { line, column: at(CallColumn.column), endLine: line, endColumn: at(CallColumn.endColumn) },
    enclosing: at(CallColumn.enclosing),
  };
};

const readTypeRef: Reader = (block, row) => {
  const at = (column: number): number => block.value('typeRefs', column, row);
  const line = at(TypeRefColumn.line) + 1;
  return {
    name: block.name(at(TypeRefColumn.name)),
    range: { line, column: at(TypeRefColumn.column), endLine: line, endColumn: at(TypeRefColumn.endColumn) },
    enclosing: at(TypeRefColumn.enclosing),
  };
};

const readers: Readonly<Record<EdgeKind, Reader>> = {
  call: readCall,
  import: readImport,
  export: readImport,
  extends: readTypeRef,
  implements: readTypeRef,
  typeRef: readTypeRef,
};

function targetIds({ graph }: FileView, { symbol, file }: Resolution): object {
  if (symbol !== undefined) return { symbolId: graph.symbolId(symbol) };
  return file === undefined ? {} : { file: graph.pathOf(file) };
}

function targetFile({ graph }: FileView, { symbol, file }: Resolution): string | undefined {
  if (symbol !== undefined) return graph.pathOf(graph.symbols.fileOf(symbol));
  return file === undefined ? undefined : graph.pathOf(file);
}

function namesOf(bits: number, names: Readonly<Record<string, number>>): string[] {
  return Object.entries(names).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePlaces(a: Range, b: Range): number {
  return a.line - b.line || a.column - b.column;
}
