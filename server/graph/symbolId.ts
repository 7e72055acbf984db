// Ids of symbols that survive edits: `src/server.ts#Server.close:method`, with `~1`, `~2` … behind those that differ from
// an earlier one in nothing but their place. The path stands as it is; `%`, `#`, `.`, `:` and `~` in names are escaped as
// in addresses, so the last `#` ends the path.

import type { FileBlock } from '../facts/block';
import { SymbolColumn } from '../model/columns';
import { symbolKindName } from '../model/symbolKind';
import { noName } from './nameTable';
import { noSymbol, type SymbolTable } from './symbolTable';

/** The id of a symbol of the graph. */
export function symbolIdOf(table: SymbolTable, symbol: number): string {
  const file = table.fileOf(symbol);
  const parts: string[] = [];
  for (let at = symbol; at !== noSymbol; at = table.parentOf(at, file)) {
    parts.push(escaped(table.names.text(table.name[at] as number)));
    const owner = table.namedOwner(at, table.parentOf(at, file));
    if (owner !== noName) parts.push(escaped(table.names.text(owner)));
  }
  const path = table.workspace.files[file]?.path ?? '';
  return idOf(path, parts.reverse().join('.'), table.kind[symbol] as number, table.ordinalOf(symbol));
}

/** The ids of all symbols of a file, by row: the same as those of the graph, and of files that the graph has nothing of. */
export function symbolIdsOf(path: string, block: FileBlock): readonly string[] {
  const chains: string[] = [];
  const seen = new Map<string, number>();
  return Array.from({ length: block.rows('symbols') }, (_, row) => {
    const at = (column: number): number => block.value('symbols', column, row);
    const parent = at(SymbolColumn.parent) - 1;
    const outer = parent >= 0 && parent < row ? parent : undefined;
    const named = block.optionalName(at(SymbolColumn.container));
    const isNamedOnly = named !== undefined && (outer === undefined || nameOf(block, outer) !== named);
    const parts = [
      ...(outer === undefined ? [] : [chains[outer] as string]),
      ...(isNamedOnly ? [escaped(named)] : []),
      escaped(nameOf(block, row)),
    ];
    const chain = parts.join('.');
    chains.push(chain);
    const key = `${at(SymbolColumn.kind)} ${chain}`;
    const ordinal = seen.get(key) ?? 0;
    seen.set(key, ordinal + 1);
    return idOf(path, chain, at(SymbolColumn.kind), ordinal);
  });
}

function idOf(path: string, chain: string, kind: number, ordinal: number): string {
  return `${path}#${chain}:${symbolKindName(kind)}${ordinal > 0 ? `~${ordinal}` : ''}`;
}

function nameOf(block: FileBlock, row: number): string {
  return block.name(block.value('symbols', SymbolColumn.name, row));
}

function escaped(name: string): string {
  return name.replace(/[%#.:~]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
