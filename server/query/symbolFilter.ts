// What filters of a ranked search ask of the symbols that a hit defines or lies in: `kind:`, `sym:`, `in:`, `is:export`.

import type { FileBlock } from '../facts/block';
import { SymbolColumn, SymbolFlag } from '../model/columns';
import { symbolKindName } from '../model/symbolKind';
import { containerOf, nameOf, symbolAround } from './symbolRows';

/** The values of each filter; of several, any will do. */
export interface SymbolWishes {
  /** Names of kinds. */
  readonly kind: readonly string[];
  /** Parts of names. */
  readonly sym: readonly string[];
  /** Whole names of what the symbol lies in, or is. */
  readonly in: readonly string[];
  readonly exported: boolean;
}

export interface Lines {
  readonly startLine: number;
  readonly endLine: number;
}

/** The lines, within those of a hit, of the symbols that the wishes accept; `undefined` when there are none. */
export type SymbolFilter = (block: FileBlock, hit: Lines) => Lines | undefined;

/** A filter for one symbol that is all that is wanted and nothing that is not; `undefined` when nothing is asked. */
export function symbolFilter(wanted: SymbolWishes, unwanted: SymbolWishes): SymbolFilter | undefined {
  if (isEmpty(wanted) && isEmpty(unwanted)) return undefined;
  const is = [...testsOf(wanted)];
  const isNot = [...testsOf(unwanted)];
  return (block, hit) => {
    const rows = symbolsOf(block, hit);
    if (rows.length === 0) return is.length === 0 ? hit : undefined;
    const accepted = rows.filter(
      (row) => is.every((test) => test(block, row)) && !isNot.some((test) => test(block, row)),
    );
    return accepted.length === 0 ? undefined : common(block, accepted, hit);
  };
}

type SymbolTest = (block: FileBlock, row: number) => boolean;

function isEmpty({ kind, sym, in: inside, exported }: SymbolWishes): boolean {
  return kind.length + sym.length + inside.length === 0 && !exported;
}

function* testsOf({ kind, sym, in: inside, exported }: SymbolWishes): Iterable<SymbolTest> {
  if (kind.length > 0) {
    yield (block, row) => kind.includes(symbolKindName(block.value('symbols', SymbolColumn.kind, row)));
  }
  if (sym.length > 0) {
    const parts = sym.map((part) => part.toLowerCase());
    yield (block, row) => {
      const name = nameOf(block, row).toLowerCase();
      return parts.some((part) => name.includes(part));
    };
  }
  if (inside.length > 0) {
    const names = inside.map((name) => name.toLowerCase());
    yield (block, row) => {
      const chain = [...(containerOf(block, row)?.split('.') ?? []), nameOf(block, row)];
      return chain.some((name) => names.includes(name.toLowerCase()));
    };
  }
  if (exported) {
    yield (block, row) => (block.value('symbols', SymbolColumn.flags, row) & SymbolFlag.exported) !== 0;
  }
}

/** The symbols whose names stand in the lines, and the one that the lines begin in. */
function symbolsOf(block: FileBlock, { startLine, endLine }: Lines): readonly number[] {
  const around = symbolAround(block, startLine);
  const rows = around === undefined ? [] : [around];
  for (let row = 0; row < block.rows('symbols'); row++) {
    if (block.value('symbols', SymbolColumn.startLine, row) > endLine) break;
    const line = block.value('symbols', SymbolColumn.nameLine, row);
    if (line >= startLine && line <= endLine && row !== around) rows.push(row);
  }
  return rows;
}

function common(block: FileBlock, rows: readonly number[], { startLine, endLine }: Lines): Lines {
  const starts = rows.map((row) => block.value('symbols', SymbolColumn.startLine, row));
  const ends = rows.map((row) => block.value('symbols', SymbolColumn.endLine, row));
  return { startLine: Math.max(startLine, Math.min(...starts)), endLine: Math.min(endLine, Math.max(...ends)) };
}
