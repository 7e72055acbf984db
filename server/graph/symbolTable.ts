// Every symbol that something can refer to, in typed arrays: name, owner, place, and from each name to its symbols. Made in
// one pass over the facts; about 20 bytes per symbol and 40 per distinct name, whatever the symbols look like.

import type { FileBlock } from '../facts/block';
import { SymbolColumn, SymbolFlag } from '../model/columns';
import { SymbolKind } from '../model/symbolKind';
import { GrowingUint32 } from '../util/growing';
import { NameTable, noName } from './nameTable';
import type { GraphFile, WorkspaceFiles } from './workspaceFiles';

/** What a symbol can be found as. */
export const Group = {
  /** Functions, variables and constants outside of types. */
  value: 0,
  /** Types, and modules and namespaces inside of files. */
  type: 1,
  /** What belongs to a type or an object. */
  member: 2,
  /** Seen in its file only: nested in a function, or private to the file. */
  hidden: 3,
  /** A function without body: counts where there is no body. */
  declaration: 4,
  /** Found through something else: a re-export, a package clause. */
  none: 5,
} as const;
export type Group = (typeof Group)[keyof typeof Group];
const groups = 5;

/** No symbol has this number. */
export const noSymbol = 0xffffffff;

export class SymbolTable {
  readonly workspace: WorkspaceFiles;
  readonly names: NameTable;
  /** Symbols `[first[f], first[f + 1])` are those of file f, in the order of their rows. */
  readonly first: Uint32Array;
  readonly name: Uint32Array;
  /** Name of the type, object or namespace around a symbol; `noName` where there is none. */
  readonly owner: Uint32Array;
  /** Row + 1 of the symbol around it, in the same file. */
  readonly parent: Uint32Array;
  readonly kind: Uint8Array;
  readonly group: Uint8Array;
  /** Bits of `SymbolFlag`. */
  readonly flags: Uint8Array;
  /** Symbols by name and group; see `firstOf`. */
  postings = new Uint32Array();
  #offsets = new Uint32Array();
  /** Names with a lower number may have postings. */
  #posted = 0;
  // Symbols that have equals before them, ascending, and how many.
  readonly #repeated = new GrowingUint32();
  readonly #ordinals = new GrowingUint32();

  constructor(workspace: WorkspaceFiles) {
    this.workspace = workspace;
    this.names = new NameTable(workspace.segments);
    const { files } = workspace;
    this.first = new Uint32Array(files.length + 1);
    files.forEach(({ segment, file, rules }, f) => {
      const rows = rules === undefined ? 0 : segment.rowCount(file, 'symbols');
      this.first[f + 1] = (this.first[f] as number) + rows;
    });
    const count = this.first[files.length] as number;
    this.name = new Uint32Array(count);
    this.owner = new Uint32Array(count).fill(noName);
    this.parent = new Uint32Array(count);
    this.kind = new Uint8Array(count);
    this.group = new Uint8Array(count);
    this.flags = new Uint8Array(count);
  }

  /** Adds the symbols of a file. Files come in the order of their numbers. */
  add(file: number, block: FileBlock): void {
    const entry = this.workspace.files[file] as GraphFile;
    const { segment, family } = entry;
    const source = this.workspace.segments.indexOf(segment);
    const from = segment.firstSymbol(entry.file);
    const first = this.first[file] as number;
    const rows = (this.first[file + 1] as number) - first;
    const { symbolNames, symbolKinds, symbolFlags } = segment.symbols;
    const parents = block.column('symbols', SymbolColumn.parent);
    const containers = block.column('symbols', SymbolColumn.container);
    for (let row = 0; row < rows; row++) {
      const symbol = first + row;
      const kind = symbolKinds[from + row] as number;
      const flags = symbolFlags[from + row] as number;
      this.name[symbol] = this.names.ofDictionary(family, source, symbolNames[from + row] as number);
      this.kind[symbol] = kind;
      this.flags[symbol] = flags & 0xff;
      // A parent precedes its children; anything else is damage that must not lead outside of the file.
      const parent = parents?.[row] ?? 0;
      const around = parent > 0 && parent <= row ? first + parent - 1 : noSymbol;
      this.parent[symbol] = around === noSymbol ? 0 : parent;
      const container = block.optionalName(containers?.[row] ?? 0);
      if (container !== undefined) this.owner[symbol] = this.names.ofText(family, container);
      else if (around !== noSymbol && !isCallable(this.kind[around] as number)) {
        this.owner[symbol] = this.name[around] as number;
      }
      this.group[symbol] = this.#groupOf(entry, kind, flags, around, container !== undefined);
    }
    this.#countRepeated(first, rows);
  }

  /** Called when all files are added: from then on names can be looked up. */
  finish(): void {
    const offsets = new Uint32Array(this.names.count * groups + 1);
    for (let symbol = 0; symbol < this.name.length; symbol++) {
      if (this.group[symbol] !== Group.none) (offsets[this.#slot(symbol) + 1] as number)++;
    }
    for (let slot = 1; slot < offsets.length; slot++) {
      offsets[slot] = (offsets[slot] as number) + (offsets[slot - 1] as number);
    }
    const postings = new Uint32Array(offsets[offsets.length - 1] as number);
    // Filled from the back, so that the offsets end as the beginnings.
    const ends = offsets.slice(1);
    for (let symbol = this.name.length - 1; symbol >= 0; symbol--) {
      if (this.group[symbol] !== Group.none) postings[--(ends[this.#slot(symbol)] as number)] = symbol;
    }
    this.postings = postings;
    this.#offsets = offsets;
    this.#posted = this.names.count;
  }

  /** Where the postings of a name in a group begin and end: `[start, end)`, in the order of the symbols' numbers. */
  start(name: number, group: Group): number {
    return name >= this.#posted ? 0 : (this.#offsets[name * groups + group] as number);
  }

  end(name: number, group: Group): number {
    return name >= this.#posted ? 0 : (this.#offsets[name * groups + group + 1] as number);
  }

  /** The first posting of a name in a group that is not before `symbol`; `end(name, group)` when there is none. */
  firstOf(name: number, group: Group, symbol: number): number {
    let low = this.start(name, group);
    let high = this.end(name, group);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.postings[middle] as number) < symbol) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  fileOf(symbol: number): number {
    let low = 0;
    let high = this.first.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.first[middle] as number) <= symbol) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The symbol around a symbol, else `noSymbol`. */
  parentOf(symbol: number, file: number): number {
    const parent = this.parent[symbol] as number;
    return parent === 0 ? noSymbol : (this.first[file] as number) + parent - 1;
  }

  /** The owner of a symbol that names it without lying in it, `around` being what it lies in; else `noName`. */
  namedOwner(symbol: number, around: number): number {
    const owner = this.owner[symbol] as number;
    return around !== noSymbol && this.name[around] === owner ? noName : owner;
  }

  /** Whether it is more than a prototype, an overload or a forward declaration. */
  hasBody(symbol: number): boolean {
    return ((this.flags[symbol] as number) & SymbolFlag.declaration) === 0;
  }

  /** How many symbols of the same kind and chain of names stand before it in its file. */
  ordinalOf(symbol: number): number {
    let low = 0;
    let high = this.#repeated.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#repeated.at(middle) < symbol) low = middle + 1;
      else high = middle;
    }
    return low < this.#repeated.length && this.#repeated.at(low) === symbol ? this.#ordinals.at(low) : 0;
  }

  #slot(symbol: number): number {
    return (this.name[symbol] as number) * groups + (this.group[symbol] as number);
  }

  #groupOf({ rules, path }: GraphFile, kind: number, flags: number, around: number, hasContainer: boolean): Group {
    if ((flags & SymbolFlag.reexport) !== 0 || kind === SymbolKind.Package) return Group.none;
    if (around !== noSymbol && (this.group[around] === Group.hidden || isCallable(this.kind[around] as number))) {
      return Group.hidden;
    }
    if (isType(kind)) return Group.type;
    const isFlat = kind === SymbolKind.EnumMember && rules?.flatEnums === true;
    const ownerIsModule = around !== noSymbol && isModule(this.kind[around] as number);
    const isMember =
      hasContainer || (around !== noSymbol && !ownerIsModule && this.kind[around] !== SymbolKind.Package);
    if (isMember && !isFlat) return Group.member;
    // What a file keeps for itself; but a header shares it with whoever includes it.
    const isPrivate = (flags & SymbolFlag.exported) === 0 && rules?.reach === 'workspace';
    if (isPrivate && !(rules.flatEnums && /\.h\w*$/.test(path))) return Group.hidden;
    return (flags & SymbolFlag.declaration) !== 0 ? Group.declaration : Group.value;
  }

  /** Numbers the symbols of a file that differ in nothing but their place. */
  #countRepeated(first: number, rows: number): void {
    const perName = new Map<number, number>();
    for (let symbol = first; symbol < first + rows; symbol++) {
      const name = this.name[symbol] as number;
      perName.set(name, (perName.get(name) ?? 0) + 1);
    }
    if (perName.size === rows) return;
    // Equal chains of names have equal numbers, given as they turn up; parents come first. 0 is the empty chain.
    const chains = new Map<string, number>();
    const extended = (chain: number, name: number): number => {
      const key = `${chain} ${name}`;
      const known = chains.get(key) ?? chains.size + 1;
      chains.set(key, known);
      return known;
    };
    const chainOf = new Uint32Array(rows);
    const seen = new Map<number, number>();
    for (let row = 0; row < rows; row++) {
      const symbol = first + row;
      const parent = this.parent[symbol] as number;
      const outer = parent === 0 ? 0 : (chainOf[parent - 1] as number);
      const named = this.namedOwner(symbol, parent === 0 ? noSymbol : first + parent - 1);
      const chain = extended(named === noName ? outer : extended(outer, named), this.name[symbol] as number);
      chainOf[row] = chain;
      const key = chain * 64 + (this.kind[symbol] as number);
      const ordinal = seen.get(key) ?? 0;
      seen.set(key, ordinal + 1);
      if (ordinal === 0) continue;
      this.#repeated.push(symbol);
      this.#ordinals.push(ordinal);
    }
  }
}

/** Whether what is defined inside is local to it. */
export function isCallable(kind: number): boolean {
  return kind === SymbolKind.Function || kind === SymbolKind.Method || kind === SymbolKind.Constructor;
}

export function isType(kind: number): boolean {
  return (
    kind === SymbolKind.Class ||
    kind === SymbolKind.Interface ||
    kind === SymbolKind.Struct ||
    kind === SymbolKind.Enum ||
    kind === SymbolKind.Object ||
    kind === SymbolKind.TypeParameter ||
    isModule(kind)
  );
}

function isModule(kind: number): boolean {
  return kind === SymbolKind.Module || kind === SymbolKind.Namespace;
}
