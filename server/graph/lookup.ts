// Finds symbols by name in a part of the symbol table: a file, a package, the members of a type. Each search is a few
// binary searches; where a place has absurdly many symbols of one name, only the first of them are looked at.

import { SymbolKind } from '../model/symbolKind';
import { ambiguous, resolved, type Evidence, type Resolution } from './edge';
import { noName } from './nameTable';
import { Group, noSymbol, type SymbolTable } from './symbolTable';
import type { FileRange } from './workspaceFiles';

/** So many symbols of one name in one place are looked at; a place with more of them is ambiguous in any case. */
const maxSame = 64;

/** What a name in another file can mean. */
const visible: readonly Group[] = [Group.value, Group.type, Group.declaration];
const owned: readonly Group[] = [Group.member, Group.value, Group.type, Group.declaration, Group.hidden];

export class Lookup {
  readonly table: SymbolTable;

  constructor(table: SymbolTable) {
    this.table = table;
  }

  /** The symbols of a name in these groups of the files of a range, in the order of the groups; at most 64 of each. */
  inFiles(name: number, groups: readonly Group[], { first, end }: FileRange): number[] {
    const found: number[] = [];
    if (name === noName) return found;
    const { table } = this;
    const from = table.first[first] as number;
    const to = table.first[end] as number;
    for (const group of groups) {
      const last = table.end(name, group);
      let at = table.firstOf(name, group, from);
      for (let count = 0; at < last && count < maxSame; at++, count++) {
        const symbol = table.postings[at] as number;
        if (symbol >= to) break;
        found.push(symbol);
      }
    }
    return found;
  }

  /** What a name means at the top of files: in the package, or in the module that a file is. */
  topOf(name: number, range: FileRange): number[] {
    const found = this.withoutDeclarations(this.inFiles(name, visible, range).filter((symbol) => this.isTop(symbol)));
    const [value, type] = found;
    const isMerged = found.length === 2 && value !== undefined && this.typeOf(value) === type;
    return isMerged ? [value] : found;
  }

  /** The type that a file declares under the same name as a value: one thing to whoever imports it. */
  typeOf(symbol: number): number | undefined {
    const { table } = this;
    if (table.group[symbol] !== Group.value) return undefined;
    const file = table.fileOf(symbol);
    return this.inFiles(table.name[symbol] as number, [Group.type], { first: file, end: file + 1 })[0];
  }

  /** The members of this name of a type, object or namespace, in its own file or package. */
  membersOf(symbol: number, name: number): number[] {
    const { table } = this;
    const file = table.fileOf(symbol);
    const owner = table.name[symbol] as number;
    const inType = this.inFiles(name, owned, this.rangeAround(file)).filter((member) => {
      if (table.owner[member] !== owner || member === symbol) return false;
      const memberFile = table.fileOf(member);
      const around = table.parentOf(member, memberFile);
      // Nested symbols belong to this very type; methods beside it name it only.
      return memberFile !== file || around === symbol || around === noSymbol || table.name[around] !== owner;
    });
    return this.withoutDeclarations(inType);
  }

  /** The files that a file shares its package with: itself where there are no packages. */
  rangeAround(file: number): FileRange {
    const { workspace } = this.table;
    const entry = workspace.files[file];
    const unit = entry === undefined || entry.unit === '' ? undefined : workspace.unit(entry.family, entry.unit);
    return unit ?? { first: file, end: file + 1 };
  }

  /** Whether nothing but namespaces is around it. */
  isTop(symbol: number): boolean {
    const around = this.table.parentOf(symbol, this.table.fileOf(symbol));
    return (
      around === noSymbol || this.table.group[around] === Group.none || this.table.kind[around] === SymbolKind.Namespace
    );
  }

  /** Overloads and prototypes are what their implementation is, where that lies in the same place. */
  withoutDeclarations(symbols: readonly number[]): number[] {
    if (symbols.length < 2) return [...symbols];
    const { table } = this;
    const placeOf = (symbol: number): string => {
      const file = table.fileOf(symbol);
      return `${file} ${table.parentOf(symbol, file)} ${table.owner[symbol]}`;
    };
    const bodies = new Set(symbols.filter((symbol) => table.hasBody(symbol)).map(placeOf));
    const kept = symbols.filter((symbol) => table.hasBody(symbol) || !bodies.has(placeOf(symbol)));
    // Overloads without an implementation, as in declaration files, are one thing, too.
    const first = kept[0] as number;
    const isOne = kept.every((symbol) => !table.hasBody(symbol) && placeOf(symbol) === placeOf(first));
    return isOne ? [first] : kept;
  }
}

/** One symbol is an answer, several are candidates, none is `undefined`. */
export function answer(symbols: readonly number[], evidence: Evidence): Resolution | undefined {
  const [first] = symbols;
  if (first === undefined) return undefined;
  return symbols.length === 1 ? resolved(first, evidence) : ambiguous(symbols, evidence);
}
