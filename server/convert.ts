// Between the index and LSP: ranges and symbols. The only place that knows both sides; it decides nothing.

import type {
  DocumentSymbol,
  Range,
  SymbolKind as LspSymbolKind,
  SymbolTag,
  WorkspaceSymbol,
} from 'vscode-languageserver';
import { SymbolFlag } from './model/columns';
import type { SymbolNode, WireRange } from './protocol';
import type { SymbolIdentity, SymbolMatch } from './query/symbols';
import { uriOf, type Root } from './workspace/roots';

/** LSP's `SymbolTag.Deprecated`. */
const deprecated: SymbolTag = 1;

export function toRange({ startLine, startColumn, endLine, endColumn }: WireRange): Range {
  return { start: { line: startLine, character: startColumn }, end: { line: endLine, character: endColumn } };
}

/** What a workspace symbol carries to be found again: it survives edits of the file meanwhile. */
interface SymbolData extends SymbolIdentity {
  /** URI of the root. */
  readonly root: string;
}

/**
 * A workspace symbol; unless told, without its range, which the client asks for when it needs it. Where `separator` is
 * given, that of a query such as `Foo.bar`, its name is qualified: editors compare it with the query once more.
 */
export function toWorkspaceSymbol(
  match: SymbolMatch,
  root: Root,
  { withRange = false, separator }: { readonly withRange?: boolean; readonly separator?: string | undefined } = {},
): WorkspaceSymbol {
  const { path, name, kind, ordinal, container } = match;
  const data: SymbolData = { root: root.uri, path, name, kind, ordinal };
  const uri = uriOf(root, path);
  const qualifier = container ?? path.replace(/^.*\/|\.[^/]*$/g, '');
  return {
    name: separator === undefined ? name : `${qualifier}${separator}${name}`,
    kind: kind as LspSymbolKind,
    ...(container === undefined ? {} : { containerName: container }),
    ...tagsOf(match.flags),
    location: withRange ? { uri, range: toRange(match.nameRange) } : { uri },
    data,
  };
}

/** The symbol that `toWorkspaceSymbol` was given, and the URI of its root; `undefined` for what is not ours. */
export function fromIdentity(data: unknown): { readonly root: string; readonly symbol: SymbolIdentity } | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { root, path, name, kind, ordinal } = data as Partial<SymbolData>;
  if (typeof root !== 'string' || typeof path !== 'string' || typeof name !== 'string') return undefined;
  if (typeof kind !== 'number' || typeof ordinal !== 'number') return undefined;
  return { root, symbol: { path, name, kind, ordinal } };
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
