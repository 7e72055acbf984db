// What a name of a module is: the symbol that the module defines, or the one that it re-exports, however many modules that
// goes through. Circles end without an answer.

import { parentOf } from '../util/paths';
import { ambiguous, external, resolved, unresolved, type Resolution } from './edge';
import { ImportRole, type ImportRow, type ImportTable } from './importTable';
import { answer, type Lookup } from './lookup';
import type { Module, ModuleContext } from './modules/module';
import { moduleAt } from './modules/python';
import { noName } from './nameTable';
import { noSymbol } from './symbolTable';
import type { FileRange, GraphFile } from './workspaceFiles';

/** Longer chains of re-exports are not followed: they would overflow the stack. */
const maxSteps = 256;

/** What an import or a member of a module means: a symbol and the like, or a module. */
export type Meaning = Resolution | { readonly status: 'module'; readonly module: Module };

export class Exports {
  readonly #lookup: Lookup;
  readonly #imports: ImportTable;
  readonly #context: ModuleContext;
  readonly #known = new Map<number, Meaning | undefined>();
  /** What the search in work has looked at: whoever comes back there is in a circle, or finds nothing new. */
  readonly #visited = new Set<number>();

  constructor(lookup: Lookup, imports: ImportTable, context: ModuleContext) {
    this.#lookup = lookup;
    this.#imports = imports;
    this.#context = context;
  }

  /** A name of a module; the module itself for `noName`. */
  inModule(module: Module, name: number, moduleText: string, family: number): Meaning {
    this.#visited.clear();
    return this.#inModule(module, name, moduleText, family, 0);
  }

  /**
   * What a module is where it is called, or asked for a member that it does not export by itself: the function or class that
   * CommonJS exports as a whole, or the default export.
   */
  asValue(module: Module, family: number): Resolution | undefined {
    if (module.kind !== 'file') return undefined;
    const { table } = this.#lookup;
    if (table.workspace.files[module.file]?.rules?.modules !== 'ecmascript') return undefined;
    const found = this.inModule(module, table.names.ofText(family, 'default'), '', family);
    return found.status === 'module' || found.status === 'unresolved' ? undefined : found;
  }

  /** What the star imports of a file make of a name; `undefined` when none of them has it. */
  throughStars(file: number, name: number): Meaning | undefined {
    this.#visited.clear();
    return this.#throughStars(file, name, 0);
  }

  #inModule(module: Module, name: number, moduleText: string, family: number, step: number): Meaning {
    switch (module.kind) {
      case 'external':
        return external(moduleText);
      case 'missing':
        return unresolved;
      case 'unit':
        if (name === noName) return { status: 'module', module };
        return answer(this.#lookup.topOf(name, module.range), 'importBinding') ?? unresolved;
      case 'file':
        if (name === noName) return { status: 'module', module };
        return this.#ofFile(module.file, name, step) ?? this.#submodule(module, name) ?? unresolved;
      case 'folder':
        if (name === noName) return { status: 'module', module };
        return this.#submodule(module, name) ?? external(moduleText);
      case 'type':
        return this.#inType(module, name, moduleText, family, step);
    }
  }

  /** A name that a file defines or passes on; `undefined` when it does neither. */
  #ofFile(file: number, name: number, step: number): Meaning | undefined {
    const key = file * 2 ** 32 + name;
    if (this.#known.has(key)) return this.#known.get(key);
    if (this.#visited.has(key) || step > maxSteps) return undefined;
    const isFirst = this.#visited.size === 0;
    this.#visited.add(key);
    const found = this.#search(file, name, step);
    // Within a circle only the first one looked for has seen everything.
    if (isFirst) this.#known.set(key, found);
    return found;
  }

  #search(file: number, name: number, step: number): Meaning | undefined {
    const { table } = this.#lookup;
    const { family, rules } = table.workspace.files[file] as GraphFile;
    const own = this.#lookup.topOf(name, { first: file, end: file + 1 });
    if (own.length > 0) return answer(own, 'importBinding');
    const isDefault = rules?.modules === 'ecmascript' && table.names.text(name) === 'default';
    if (isDefault && this.#imports.defaultOf(file) !== noSymbol) {
      return resolved(this.#imports.defaultOf(file), 'importBinding');
    }
    for (const row of this.#imports.find(file, name)) {
      const found = this.#follow(file, row, family, step);
      if (found !== undefined) return found;
    }
    return isDefault ? this.#whole(file, family, step) : this.#throughStars(file, name, step);
  }

  /** What stands for a whole module: `module.exports = x`, TypeScript's `export = x`. */
  #whole(file: number, family: number, step: number): Meaning | undefined {
    for (const text of ['exports', '=']) {
      const name = this.#lookup.table.names.findText(family, text);
      const found = name === noName ? undefined : this.#ofFile(file, name, step + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #follow(file: number, { role, module, name, moduleText }: ImportRow, family: number, step: number) {
    if (module !== undefined) return this.#inModule(module, name, moduleText, family, step + 1);
    return role === ImportRole.local ? this.#localName(file, name, family, step) : undefined;
  }

  /** What an export list calls by its name inside the file: a symbol of it, or something that it imports. */
  #localName(file: number, name: number, family: number, step: number): Meaning | undefined {
    const own = this.#lookup.topOf(name, { first: file, end: file + 1 });
    if (own.length > 0) return answer(own, 'importBinding');
    const binding = this.#imports.find(file, name).find(({ role }) => role === ImportRole.binding);
    return binding === undefined ? undefined : this.#follow(file, binding, family, step + 1);
  }

  #throughStars(file: number, name: number, step: number): Meaning | undefined {
    const found: Meaning[] = [];
    for (const { module } of this.#imports.stars(file)) {
      if (module === undefined) continue;
      const meaning = this.#starIn(module, name, step + 1);
      if (meaning !== undefined && !found.some((other) => isSame(other, meaning))) found.push(meaning);
    }
    if (found.length < 2) return found[0];
    const symbols = found.flatMap((each) => ('symbol' in each ? [each.symbol] : []));
    return symbols.length > 1 ? ambiguous(symbols, 'importBinding') : found[0];
  }

  #starIn(module: Module, name: number, step: number): Meaning | undefined {
    if (module.kind === 'unit') return answer(this.#lookup.topOf(name, module.range), 'importBinding');
    if (module.kind === 'file') return this.#ofFile(module.file, name, step);
    if (module.kind !== 'type') return undefined;
    const members = this.#typesOf(module).flatMap((type) => this.#lookup.membersOf(type, name));
    return answer(members, 'importBinding');
  }

  #inType(module: Module & { kind: 'type' }, name: number, moduleText: string, family: number, step: number): Meaning {
    const types = this.#typesOf(module);
    if (name === noName) return answer(types, 'importBinding') ?? unresolved;
    const members = types.flatMap((type) => this.#lookup.membersOf(type, name));
    const found = answer(members, 'importBinding');
    if (found !== undefined || types.length > 0) return found ?? unresolved;
    // What was taken for a type may be a module that the file around it passes on.
    const inner = this.#lookup.table.names.findText(family, module.name);
    const passed = module.within.kind === 'file' ? this.#ofFile(module.within.file, inner, step + 1) : undefined;
    return passed?.status === 'module' ? this.#inModule(passed.module, name, moduleText, family, step + 1) : unresolved;
  }

  /** The types that the rest of a path names, part by part. */
  #typesOf({ within, name }: Module & { kind: 'type' }): number[] {
    const { table } = this.#lookup;
    const range = rangeOf(within);
    if (range === undefined) return [];
    const { family, rules } = table.workspace.files[range.first] as GraphFile;
    const [first = '', ...rest] = name.split(rules?.separator ?? '.');
    let types = this.#lookup.topOf(table.names.findText(family, first), range);
    for (const part of rest) {
      const inner = table.names.findText(family, part);
      types = types.flatMap((type) => this.#lookup.membersOf(type, inner));
    }
    return types;
  }

  /** `from package import module`. */
  #submodule(module: Module, name: number): Meaning | undefined {
    const { table } = this.#lookup;
    const file = module.kind === 'file' ? table.workspace.files[module.file] : undefined;
    if (file !== undefined && !/(^|\/)__init__\.pyi?$/.test(file.path)) return undefined;
    const folder = module.kind === 'folder' ? module.folder : file && parentOf(file.path);
    const found = folder === undefined ? undefined : moduleAt(this.#context, folder, table.names.text(name));
    return found === undefined ? undefined : { status: 'module', module: found };
  }
}

/** The files of a module. */
export function rangeOf(module: Module): FileRange | undefined {
  if (module.kind === 'unit') return module.range;
  return module.kind === 'file' ? { first: module.file, end: module.file + 1 } : undefined;
}

function isSame(a: Meaning, b: Meaning): boolean {
  if (a === b) return true;
  return a.status === 'resolved' && b.status === 'resolved' && a.symbol === b.symbol && a.file === b.file;
}
