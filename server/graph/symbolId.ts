// Ids of symbols that survive edits: `src/server.ts#Server.close:method`, with `~1`, `~2` … behind those that differ from
// an earlier one in nothing but their place. The path stands as it is; `%`, `#`, `.`, `:` and `~` in names are escaped as
// in addresses, so the last `#` ends the path.

import { symbolKindName } from '../model/symbolKind';
import { noName } from './nameTable';
import { noSymbol, type SymbolTable } from './symbolTable';

/** Deeper surroundings are cut: no reader wants more, and a hostile file can nest without end. */
const maxDepth = 32;

export function symbolIdOf(table: SymbolTable, symbol: number): string {
  const file = table.fileOf(symbol);
  const parts: string[] = [];
  for (let at = symbol; at !== noSymbol && parts.length < maxDepth; at = table.parentOf(at, file)) {
    parts.unshift(escaped(table.names.text(table.name[at] as number)));
    const owner = table.owner[at] as number;
    const around = table.parentOf(at, file);
    const isNamedOnly = owner !== noName && (around === noSymbol || table.name[around] !== owner);
    if (isNamedOnly) parts.unshift(escaped(table.names.text(owner)));
  }
  const path = table.workspace.files[file]?.path ?? '';
  const ordinal = table.ordinalOf(symbol);
  return `${path}#${parts.join('.')}:${symbolKindName(table.kind[symbol] as number)}${ordinal > 0 ? `~${ordinal}` : ''}`;
}

function escaped(name: string): string {
  return name.replace(/[%#.:~]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
