// Between the index and LSP: ranges, symbols, paths. The only place that knows both sides; it decides nothing.

import type {
  DocumentSymbol,
  Location,
  Range,
  SymbolInformation,
  SymbolKind as LspSymbolKind,
  SymbolTag,
  WorkspaceSymbol,
} from 'vscode-languageserver';
import { URI } from 'vscode-uri';
import { SymbolFlag } from './model/columns';
import type { SymbolNode, WireRange } from './protocol';
import type { SymbolIdentity, SymbolMatch } from './query/symbols';

/** LSP's `SymbolTag.Deprecated`. */
const deprecated: SymbolTag = 1;

export function toRange({ startLine, startColumn, endLine, endColumn }: WireRange): Range {
  return { start: { line: startLine, character: startColumn }, end: { line: endLine, character: endColumn } };
}

export function fromRange({ start, end }: Range): WireRange {
  return { startLine: start.line, startColumn: start.character, endLine: end.line, endColumn: end.character };
}

/** The URI of a root-relative path ('' is the root itself). */
export function toUri(rootUri: string, path: string): string {
  if (path === '') return rootUri;
  const root = URI.parse(rootUri);
  return root.with({ path: `${root.path.replace(/\/$/, '')}/${path}` }).toString();
}

/** The root-relative path of a URI ('' is the root itself); `undefined` when it is not in this root. */
export function fromUri(rootUri: string, uri: string): string | undefined {
  const root = URI.parse(rootUri);
  const file = URI.parse(uri);
  if (file.scheme !== root.scheme || file.authority !== root.authority) return undefined;
  const folder = `${root.path.replace(/\/$/, '')}/`;
  if (`${file.path}/` === folder) return '';
  return file.path.startsWith(folder) ? file.path.slice(folder.length).replace(/\/$/, '') : undefined;
}

/** What a workspace symbol carries to be resolved later: it survives edits of the file meanwhile. */
export interface SymbolData extends SymbolIdentity {
  readonly root: string;
}

/** A workspace symbol whose range the client asks for when it needs it. */
export function toWorkspaceSymbol(rootUri: string, match: SymbolMatch): WorkspaceSymbol {
  const { path, name, kind, ordinal, container } = match;
  const data: SymbolData = { root: rootUri, path, name, kind, ordinal };
  return {
    name,
    kind: kind as LspSymbolKind,
    ...(container === undefined ? {} : { containerName: container }),
    ...tagsOf(match.flags),
    location: { uri: toUri(rootUri, path) },
    data,
  };
}

/** The same for clients that cannot resolve: with its place at once. */
export function toSymbolInformation(rootUri: string, match: SymbolMatch): SymbolInformation {
  const { name, kind, container } = match;
  return {
    name,
    kind: kind as LspSymbolKind,
    ...(container === undefined ? {} : { containerName: container }),
    ...tagsOf(match.flags),
    location: toLocation(rootUri, match),
  };
}

/** Where a match's name stands. */
export function toLocation(rootUri: string, { path, nameRange }: SymbolMatch): Location {
  return { uri: toUri(rootUri, path), range: toRange(nameRange) };
}

/** What a client sent back of `toWorkspaceSymbol`; `undefined` when it is not ours. */
export function fromSymbolData(data: unknown): SymbolData | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { root, path, name, kind, ordinal } = data as Partial<SymbolData>;
  const isOurs =
    typeof root === 'string' &&
    typeof path === 'string' &&
    typeof name === 'string' &&
    Number.isInteger(kind) &&
    Number.isInteger(ordinal);
  return isOurs ? { root, path, name, kind: kind as number, ordinal: ordinal as number } : undefined;
}

/** An outline. The tree's depth is bounded where it is made. */
export function toDocumentSymbols(nodes: readonly SymbolNode[]): DocumentSymbol[] {
  return nodes.map((node) => ({
    name: node.name === '' ? ' ' : node.name, // clients refuse empty names
    ...(node.signature === undefined ? {} : { detail: node.signature }),
    kind: node.kind as LspSymbolKind,
    ...tagsOf(node.flags),
    range: toRange(node.range),
    selectionRange: toRange(contains(node.range, node.nameRange) ? node.nameRange : node.range),
    children: toDocumentSymbols(node.children),
  }));
}

/** Clients throw a whole outline away when a name lies outside of its symbol. */
function contains(outer: WireRange, inner: WireRange): boolean {
  const startsBefore =
    outer.startLine < inner.startLine ||
    (outer.startLine === inner.startLine && outer.startColumn <= inner.startColumn);
  const endsAfter =
    outer.endLine > inner.endLine || (outer.endLine === inner.endLine && outer.endColumn >= inner.endColumn);
  return startsBefore && endsAfter;
}

function tagsOf(flags: number): { tags?: SymbolTag[] } {
  return (flags & SymbolFlag.deprecated) !== 0 ? { tags: [deprecated] } : {};
}
