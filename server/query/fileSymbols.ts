// The symbols of one file as a tree: what an outline shows.

import type { Facts } from '../facts/factStore';
import { SymbolColumn } from '../model/columns';
import type { SymbolNode } from '../protocol';
import { containerOf, nameOf, nameRangeOf, parentOf, rangeOf } from './symbolRows';

/**
 * Symbols nested deeper become children of the one at this depth: a message has so many levels at most
 * (`sharing/framing.ts`), and a symbol takes two of them.
 */
const maxDepth = 40;

type Growing = Omit<SymbolNode, 'children'> & { readonly children: Growing[] };

/** The top symbols of a file, in order; an open editor's facts win. Empty for a file without facts. `uri` is the file's. */
export function fileSymbols(facts: Facts, path: string, uri: string): readonly SymbolNode[] {
  const found = facts.find(path);
  if (found === undefined) return [];
  const block = found.segment.block(found.file);
  const value = (column: number, row: number): number => block.value('symbols', column, row);
  const roots: Growing[] = [];
  const nodes: Growing[] = [];
  const depths: number[] = [];
  for (let row = 0; row < block.rows('symbols'); row++) {
    const parent = parentOf(block, row);
    const container = containerOf(block, row);
    const signature = block.text(value(SymbolColumn.signatureStart, row), value(SymbolColumn.signatureLength, row));
    const doc = block.text(value(SymbolColumn.docStart, row), value(SymbolColumn.docLength, row));
    const node: Growing = {
      name: nameOf(block, row),
      kind: value(SymbolColumn.kind, row),
      uri,
      path,
      range: rangeOf(block, row),
      nameRange: nameRangeOf(block, row),
      ...(container === undefined ? {} : { container }),
      ...(signature === undefined ? {} : { signature }),
      ...(doc === undefined ? {} : { doc }),
      flags: value(SymbolColumn.flags, row),
      complexity: value(SymbolColumn.complexity, row),
      children: [],
    };
    const depth = parent === undefined ? 0 : (depths[parent] as number) + 1;
    if (parent === undefined) roots.push(node);
    else (nodes[parent] as Growing).children.push(node);
    // A node at the limit passes for its own descendants: they become its siblings.
    const isDeepest = depth === maxDepth && parent !== undefined;
    nodes.push(isDeepest ? (nodes[parent] as Growing) : node);
    depths.push(isDeepest ? depth - 1 : depth);
  }
  return roots;
}
