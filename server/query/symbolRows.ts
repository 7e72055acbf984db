// Reads symbol rows out of a file's block: the place, the container and the texts of one symbol.

import type { FileBlock } from '../facts/block';
import { SymbolColumn } from '../model/columns';
import type { WireRange } from '../protocol';

/** Deeper containers are cut: no reader wants more, and a hostile file can nest without end. */
const maxContainers = 16;

/** The whole of a symbol. */
export function rangeOf(block: FileBlock, row: number): WireRange {
  return {
    startLine: block.value('symbols', SymbolColumn.startLine, row),
    startColumn: block.value('symbols', SymbolColumn.startColumn, row),
    endLine: block.value('symbols', SymbolColumn.endLine, row),
    endColumn: block.value('symbols', SymbolColumn.endColumn, row),
  };
}

/** The symbol's name alone. */
export function nameRangeOf(block: FileBlock, row: number): WireRange {
  const line = block.value('symbols', SymbolColumn.nameLine, row);
  return {
    startLine: line,
    startColumn: block.value('symbols', SymbolColumn.nameColumn, row),
    endLine: line,
    endColumn: block.value('symbols', SymbolColumn.nameEndColumn, row),
  };
}

export function nameOf(block: FileBlock, row: number): string {
  return block.name(block.value('symbols', SymbolColumn.name, row));
}

/** What a symbol lies in, outermost first and joined by dots; `undefined` at the top of a file. */
export function containerOf(block: FileBlock, row: number): string | undefined {
  const names: string[] = [];
  for (let at = row; names.length < maxContainers;) {
    const outside = block.optionalName(block.value('symbols', SymbolColumn.container, at));
    if (outside !== undefined) names.unshift(outside);
    const parent = parentOf(block, at);
    if (parent === undefined) break;
    names.unshift(nameOf(block, parent));
    at = parent;
  }
  return names.length === 0 ? undefined : names.join('.');
}

/** The row of the symbol around a symbol. Parents precede their children, so chains of them end. */
export function parentOf(block: FileBlock, row: number): number | undefined {
  const parent = block.value('symbols', SymbolColumn.parent, row) - 1;
  return parent >= 0 && parent < row ? parent : undefined;
}

/** The innermost symbol around a line: the last to begin of those that cover it. */
export function symbolAround(block: FileBlock, line: number): number | undefined {
  const starts = block.column('symbols', SymbolColumn.startLine);
  let low = 0;
  let high = block.rows('symbols');
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts?.[middle] ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  // Whatever covers the line is the last symbol to begin before it, or lies around that one.
  for (let row: number | undefined = low - 1; row !== undefined && row >= 0; row = parentOf(block, row)) {
    if (block.value('symbols', SymbolColumn.endLine, row) >= line) return row;
  }
  return undefined;
}
