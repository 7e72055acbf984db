// The first rungs of the ladder, for the names of one file: what is around a place, what imports bind, what the file, its
// package and the workspace define. Each distinct name is looked up once.

import type { FileBlock } from '../facts/block';
import { ImportColumn, ImportFlag } from '../model/columns';
import { ambiguous, external, unresolved, type Evidence, type Resolution } from './edge';
import type { Exports, Meaning } from './exports';
import { ImportRole, readImport } from './importTable';
import type { LanguageRules } from './languageRules';
import { answer, type Lookup } from './lookup';
import type { Module } from './modules/module';
import type { ModuleTable } from './modules/moduleTable';
import { noName } from './nameTable';
import { Group, isCallable, isType, noSymbol, type SymbolTable } from './symbolTable';
import type { FileRange, GraphFile } from './workspaceFiles';

/** What a name is wanted as. */
export type Want = 'value' | 'type';

const inFile: Readonly<Record<Want, readonly Group[]>> = {
  value: [Group.value, Group.type, Group.hidden, Group.declaration],
  type: [Group.type, Group.hidden],
};
const inPackage: Readonly<Record<Want, readonly Group[]>> = {
  value: [Group.value, Group.type, Group.declaration],
  type: [Group.type],
};

/** An import row with what it leads to, which is found when it is asked for. */
interface Binding {
  readonly row: number;
  readonly name: number;
  readonly module: Module;
  readonly moduleText: string;
  meaning?: Meaning;
}

export interface ScopeContext {
  readonly table: SymbolTable;
  readonly lookup: Lookup;
  readonly exports: Exports;
  readonly modules: ModuleTable;
}

export class FileScope {
  readonly file: number;
  readonly entry: GraphFile;
  readonly block: FileBlock;
  readonly rules: LanguageRules;
  readonly #context: ScopeContext;
  readonly #own: FileRange;
  readonly #names: Float64Array;
  readonly #bindings = new Map<string, Binding>();
  readonly #byRow: (Binding | undefined)[] = [];
  readonly #stars: { readonly module: Module; readonly moduleText: string }[] = [];
  /** Files that this one includes by themselves. */
  readonly #included = new Set<number>();
  readonly #bare: Readonly<Record<Want, Map<number, Resolution>>> = { value: new Map(), type: new Map() };

  constructor(file: number, block: FileBlock, rules: LanguageRules, context: ScopeContext) {
    this.file = file;
    this.entry = context.table.workspace.files[file] as GraphFile;
    this.block = block;
    this.rules = rules;
    this.#context = context;
    this.#own = { first: file, end: file + 1 };
    this.#names = new Float64Array(block.nameCount).fill(-1);
    this.#readImports();
  }

  /** The number that a name of this file's block has in the tables; `noName` where nothing is called so. */
  nameOf(id: number): number {
    const known = this.#names[id];
    if (known === undefined) return noName;
    if (known >= 0) return known;
    const { bytes, offsets } = this.block.nameBytes;
    const name = this.#context.table.names.find(
      this.entry.family,
      bytes,
      offsets[id] as number,
      offsets[id + 1] as number,
    );
    this.#names[id] = name;
    return name;
  }

  nameOfText(text: string): number {
    return this.#context.table.names.findText(this.entry.family, text);
  }

  /** What an import or export row means; `undefined` for a row that only loads something. */
  importRow(row: number): Meaning | undefined {
    const binding = this.#byRow[row];
    return binding === undefined ? undefined : this.#meaningOf(binding);
  }

  /** What an import binds a name to. */
  bound(text: string): Meaning | undefined {
    const binding = this.#bindings.get(text);
    return binding === undefined ? undefined : this.#meaningOf(binding);
  }

  /** What a name without receiver means at a place: `around` is the innermost symbol there. */
  bare(id: number, want: Want, around: number): Resolution {
    const known = this.#bare[want].get(id);
    if (known !== undefined) return known;
    const { found, isSameEverywhere } = this.#climb(this.nameOf(id), () => this.block.name(id), want, around);
    if (isSameEverywhere) this.#bare[want].set(id, found);
    return found;
  }

  /** The same for a name that is no name of the facts: the beginning of a receiver. */
  bareName(name: number, text: string, around: number): Resolution {
    return this.#climb(name, () => text, 'value', around).found;
  }

  #climb(name: number, text: () => string, want: Want, around: number) {
    const { lookup, table } = this.#context;
    const own = lookup
      .inFiles(name, inFile[want], this.#own)
      .filter((symbol) => want === 'value' || isType(table.kind[symbol] as number));
    // What only the file's top level and what lies beyond can mean, means the same everywhere in it.
    const isNested = own.some((symbol) => table.parentOf(symbol, this.file) !== noSymbol);
    const isSameEverywhere = !isNested && !this.rules.bareMembers;
    const near =
      this.#nearest(own, around) ?? (this.rules.bareMembers ? this.enclosingMember(name, around) : undefined);
    return { found: near ?? this.#far(text(), name, want, own), isSameEverywhere };
  }

  /** A member of one of the types around a place, the innermost first. */
  enclosingMember(name: number, around: number): Resolution | undefined {
    const { table, lookup } = this.#context;
    for (let at = around; at !== noSymbol; at = table.parentOf(at, this.file)) {
      const types = isType(table.kind[at] as number) ? [at] : this.#ownerOf(at);
      for (const type of types) {
        const found = answer(lookup.membersOf(type, name), 'enclosingType');
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** The type that a method names as its own, where it does not lie in it: a receiver of Go, an `impl`, `A::b`. */
  #ownerOf(symbol: number): readonly number[] {
    const { table, lookup } = this.#context;
    const owner = table.owner[symbol] as number;
    const around = table.parentOf(symbol, this.file);
    if (owner === noName || (around !== noSymbol && table.name[around] === owner)) return [];
    const near = lookup.inFiles(owner, [Group.type, Group.value], lookup.rangeAround(this.file));
    if (near.length > 0) return near;
    // A type of this name anywhere is this one if there is only one.
    const start = table.start(owner, Group.type);
    return table.end(owner, Group.type) - start === 1 ? [table.postings[start] as number] : [];
  }

  /** Of the symbols of one name in this file, the one that is nested in the function around the place. */
  #nearest(own: readonly number[], around: number): Resolution | undefined {
    if (own.length === 0) return undefined;
    const { table } = this.#context;
    for (let at = around; at !== noSymbol; at = table.parentOf(at, this.file)) {
      const inside = own.filter((symbol) => table.parentOf(symbol, this.file) === at);
      const found = answer(
        this.#context.lookup.withoutDeclarations(inside),
        isCallable(table.kind[at] as number) ? 'scope' : 'sameFile',
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #far(text: string, name: number, want: Want, own: readonly number[]): Resolution {
    const { lookup, exports } = this.#context;
    const top = lookup.withoutDeclarations(own.filter((symbol) => lookup.isTop(symbol)));
    const bound = this.bound(text);
    if (bound !== undefined) {
      const value = bound.status === 'module' ? exports.asValue(bound.module, this.entry.family) : undefined;
      const meaning = value ?? plain(bound);
      // Bound and defined: which one it is depends on what runs.
      if (top.length > 0) {
        const both = meaning.symbol === undefined ? top : [meaning.symbol, ...top];
        return ambiguous(both, 'importBinding', Math.max(2, both.length));
      }
      return meaning;
    }
    if (top.length > 0) return answer(top, 'sameFile') ?? unresolved;
    if (this.rules.reach === 'package' && this.entry.unit !== '') {
      const near = lookup.inFiles(name, inPackage[want], lookup.rangeAround(this.file));
      const found = answer(lookup.withoutDeclarations(near.filter((each) => lookup.isTop(each))), 'samePackage');
      if (found !== undefined) return found;
    }
    if (this.#stars.length > 0 && name !== noName && this.rules.modules !== 'path') {
      const found = this.#throughStars(name) ?? exports.throughStars(this.file, name);
      if (found !== undefined) return plain(found);
    }
    return this.rules.reach === 'workspace' ? this.#anywhere(name, want) : unresolved;
  }

  #throughStars(name: number): Meaning | undefined {
    if (this.rules.reach !== 'package' && this.rules.modules !== 'package') return undefined;
    const found = this.#stars
      .filter(({ module }) => module.kind !== 'external')
      .map(({ module, moduleText }) => this.#context.exports.inModule(module, name, moduleText, this.entry.family))
      .filter(({ status }) => status !== 'unresolved');
    const symbols = found.flatMap((each) => ('symbol' in each ? [each.symbol] : []));
    return symbols.length > 1 ? ambiguous([...new Set(symbols)], 'importBinding') : found[0];
  }

  /** The only symbol of a name in the workspace, or the only one in the files that this one includes. */
  #anywhere(name: number, want: Want): Resolution {
    const { table } = this.#context;
    if (name === noName) return unresolved;
    const groups: readonly Group[] = want === 'type' ? [Group.type] : [Group.value, Group.type];
    const all = groups.reduce<number>((sum, group) => sum + table.end(name, group) - table.start(name, group), 0);
    if (all === 0 && want === 'value') return this.#among(name, [Group.declaration]);
    return this.#among(name, groups);
  }

  #among(name: number, groups: readonly Group[]): Resolution {
    const { table, lookup } = this.#context;
    const count = groups.reduce<number>((sum, group) => sum + table.end(name, group) - table.start(name, group), 0);
    if (count === 0) return unresolved;
    const some = lookup.inFiles(name, groups, { first: 0, end: table.workspace.files.length });
    const included = some.filter((symbol) => this.#included.has(table.fileOf(symbol)));
    const only = lookup.withoutDeclarations(included);
    if (only.length === 1) return answer(only, 'importBinding') ?? unresolved;
    return count === 1 ? (answer(some, 'uniqueName') ?? unresolved) : ambiguous(some, 'uniqueName', count);
  }

  #meaningOf(binding: Binding): Meaning {
    const { module, name, moduleText } = binding;
    binding.meaning ??= this.#context.exports.inModule(module, name, moduleText, this.entry.family);
    return binding.meaning;
  }

  #readImports(): void {
    const { block, rules, entry } = this;
    const { modules, table } = this.#context;
    for (let row = 0; row < block.rows('imports'); row++) {
      const { role, name, alias, module: moduleText, isWhole } = readImport(block, row, rules);
      // A name without a module is one of its own: `use serde;`, `import X` of a package without a name.
      const written = moduleText ?? (role === ImportRole.local ? undefined : name);
      if (written === undefined) {
        this.#byRow[row] = this.#localExport(row, name);
        continue;
      }
      const isSystem = (block.value('imports', ImportColumn.flags, row) & ImportFlag.system) !== 0;
      const module = modules.find(entry, written, isSystem);
      if (module.kind === 'file') this.#included.add(module.file);
      const isModule = isWhole || moduleText === undefined;
      const wanted = isModule ? noName : table.names.findText(entry.family, name);
      const binding: Binding = { row, name: wanted, module, moduleText: written };
      if (!isModule && wanted === noName) binding.meaning = this.#unknownName(binding, name);
      this.#byRow[row] = binding;
      if (role === ImportRole.star) this.#stars.push({ module, moduleText: written });
      if (role === ImportRole.binding) this.#bindings.set(alias ?? this.#boundName(name, written, isModule), binding);
    }
  }

  /** A name that no symbol of the workspace has: a module of a package, or nothing that is here. */
  #unknownName({ module, moduleText }: Binding, name: string): Meaning {
    if (module.kind === 'external') return external(moduleText);
    const { names } = this.#context.table;
    return this.#context.exports.inModule(module, names.ofText(this.entry.family, name), moduleText, this.entry.family);
  }

  #localExport(row: number, name: string): Binding {
    const { lookup, table } = this.#context;
    const own = lookup.topOf(table.names.findText(this.entry.family, name), this.#own);
    const meaning = answer(own, 'sameFile') ?? this.bound(name) ?? unresolved;
    return { row, name: noName, module: { kind: 'file', file: this.file }, moduleText: '', meaning };
  }

  /** The local name of an import without an alias. */
  #boundName(name: string, module: string, isModule: boolean): string {
    if (!isModule) return name;
    if (this.rules.modules === 'go') return this.#goPackageName(module);
    return module;
  }

  /** A Go package is called as its files say; what is not here, by the last part of its path. */
  #goPackageName(module: string): string {
    const found = this.#context.modules.find(this.entry, module, false);
    if (found.kind === 'unit') {
      const unit = this.#context.table.workspace.files[found.range.first]?.unit ?? '';
      return unit.slice(unit.lastIndexOf(':') + 1);
    }
    const parts = module.split('/');
    const last = parts.at(-1) ?? module;
    return (/^v\d+$/.test(last) ? (parts.at(-2) ?? last) : last).replace(/\.v\d+$/, '').replace(/^go-|-go$/, '');
  }
}

/** A module where a symbol was expected is no answer to what is called. */
export function plain(meaning: Meaning, evidence: Evidence = 'importBinding'): Resolution {
  if (meaning.status !== 'module') return meaning;
  const { module } = meaning;
  const file = module.kind === 'file' ? module.file : module.kind === 'unit' ? module.range.first : undefined;
  return file === undefined ? unresolved : { status: 'resolved', evidence, file, candidates: 1 };
}
