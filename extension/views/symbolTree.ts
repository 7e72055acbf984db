// What the Symbols view makes of the symbols of a file: filtering, and the symbol around a line. Pure functions.

import type { SymbolNode } from '../../server/protocol';

/** The symbols whose name matches, with those around them; an empty filter keeps all. */
export function filterSymbols(nodes: readonly SymbolNode[], filter: string): readonly SymbolNode[] {
  if (filter === '') return nodes;
  return nodes.flatMap((node) => {
    if (matchesName(node.name, filter)) return [node];
    const children = filterSymbols(node.children, filter);
    return children.length === 0 ? [] : [{ ...node, children }];
  });
}

/** Whether the characters of `filter` appear in `name` in their order; case, spaces and separators do not count. */
export function matchesName(name: string, filter: string): boolean {
  const wanted = filter.toLowerCase().replace(/[\s_-]/g, '');
  const text = name.toLowerCase();
  let at = 0;
  for (const char of wanted) {
    at = text.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** The symbols around a line, outermost first; empty when it lies in none. */
export function symbolsAround(nodes: readonly SymbolNode[], line: number): readonly SymbolNode[] {
  const node = nodes.filter(({ range }) => range.startLine <= line && line <= range.endLine).at(-1);
  return node === undefined ? [] : [node, ...symbolsAround(node.children, line)];
}

/** How many symbols there are at all levels. */
export function countSymbols(nodes: readonly SymbolNode[]): number {
  return nodes.reduce((sum, node) => sum + 1 + countSymbols(node.children), 0);
}

/** How many symbols match by themselves, not only for what lies in them or around them. */
export function countMatches(nodes: readonly SymbolNode[], filter: string): number {
  return nodes.reduce(
    (sum, { name, children }) => sum + (matchesName(name, filter) ? 1 : 0) + countMatches(children, filter),
    0,
  );
}

/** What a signature says behind the symbol's name, which stands in front of it already: parameters, type, value. */
export function afterName(name: string, signature: string): string {
  const at = signature.indexOf(name);
  return at === -1 ? signature : signature.slice(at + name.length).trim();
}
