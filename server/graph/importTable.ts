// The imports and exports that other files look through: what each file of a language with re-exports binds which name to.
// Rows only; what they lead to is found by `Exports`.

import type { FileBlock } from '../facts/block';
import { ImportColumn, importKinds, SymbolColumn } from '../model/columns';
import { GrowingUint32 } from '../util/growing';
import type { LanguageRules } from './languageRules';
import type { Module } from './modules/module';
import type { ModuleTable } from './modules/moduleTable';
import { noName, type NameTable } from './nameTable';
import { Group, noSymbol, type SymbolTable } from './symbolTable';
import type { GraphFile } from './workspaceFiles';

/** What one import or export row does. */
export const ImportRole = {
  /** Binds the local name to `name` of the module, or to the module. */
  binding: 0,
  /** Exports something of this file under another name. */
  local: 1,
  /** Makes everything of the module visible. */
  star: 2,
  /** Loads the module and binds nothing. */
  effect: 3,
} as const;
export type ImportRole = (typeof ImportRole)[keyof typeof ImportRole];

const importKind = importKinds.indexOf('import');
const reexportKind = importKinds.indexOf('reexport');
const exportKind = importKinds.indexOf('export');

/** What an import row of a block says, in the terms of its language. */
export function readImport(block: FileBlock, row: number, rules: LanguageRules) {
  const at = (column: number): number => block.value('imports', column, row);
  const kind = at(ImportColumn.kind);
  const module = block.optionalName(at(ImportColumn.module));
  const name = block.optionalName(at(ImportColumn.name)) ?? '*';
  const alias = block.optionalName(at(ImportColumn.alias));
  const base = { kind, module, name, alias, isWhole: name === '*' };
  const role = (): ImportRole => {
    if (kind === exportKind && module === undefined) return ImportRole.local;
    if (name !== '*') return ImportRole.binding;
    if (alias !== undefined && alias !== '.' && alias !== '_') return ImportRole.binding;
    if (alias === '.') return ImportRole.star;
    if (alias === '_') return ImportRole.effect;
    if (rules.modules === 'ecmascript') return kind === reexportKind ? ImportRole.star : ImportRole.effect;
    if (rules.star === 'everything') return ImportRole.star;
    return isPythonStar(block, row, module) ? ImportRole.star : ImportRole.binding;
  };
  return { ...base, role: role() };
}

/** `from m import *` covers its one asterisk, `import m` the module's name. */
function isPythonStar(block: FileBlock, row: number, module: string | undefined): boolean {
  const at = (column: number): number => block.value('imports', column, row);
  const width = at(ImportColumn.endColumn) - at(ImportColumn.column);
  return at(ImportColumn.line) === at(ImportColumn.endLine) && width === 1 && (module?.length ?? 0) > 1;
}

/** A row of the table. */
export interface ImportRow {
  readonly role: ImportRole;
  /** `noName` for a whole module. */
  readonly name: number;
  readonly module: Module | undefined;
  readonly moduleText: string;
}

export class ImportTable {
  readonly #names: NameTable;
  readonly #modules: ModuleTable;
  readonly #first: Uint32Array;
  readonly #locals = new GrowingUint32();
  readonly #rows: ImportRow[] = [];
  readonly #defaults = new Map<number, number>();

  constructor(names: NameTable, modules: ModuleTable, files: number) {
    this.#names = names;
    this.#modules = modules;
    this.#first = new Uint32Array(files + 1);
  }

  /** Adds the rows of a file. Files come in the order of their numbers, after the symbols of the same file. */
  add(file: number, entry: GraphFile, block: FileBlock, symbols: SymbolTable): void {
    const { rules, family } = entry;
    if (rules?.modules === 'ecmascript' || rules?.modules === 'python' || rules?.modules === 'rust') {
      const rows: { local: number; row: ImportRow }[] = [];
      for (let row = 0; row < block.rows('imports'); row++) {
        const { role, name, alias, module, isWhole, kind } = readImport(block, row, rules);
        // Rust's `pub use` cannot be told from `use`, nor Python's imports from its re-exports: both are followed.
        const isFollowed = role === ImportRole.star || role === ImportRole.local || kind === reexportKind;
        if (!isFollowed && role !== ImportRole.binding) continue;
        const bound = alias ?? (isWhole ? module : name) ?? '*';
        rows.push({
          local: role === ImportRole.star ? noName : this.#names.ofText(family, bound),
          row: {
            role,
            name: isWhole ? noName : this.#names.ofText(family, name),
            module: module === undefined ? undefined : this.#modules.find(entry, module, false),
            moduleText: module ?? '',
          },
        });
      }
      rows.sort((a, b) => a.local - b.local);
      for (const { local, row } of rows) {
        this.#locals.push(local);
        this.#rows.push(row);
      }
      if (rules.modules === 'ecmascript') this.#noteDefault(file, block, symbols);
    }
    this.#first[file + 1] = this.#rows.length;
  }

  /** The rows that bind or export a name in a file. */
  find(file: number, local: number): readonly ImportRow[] {
    const end = this.#first[file + 1] as number;
    let low = this.#first[file] as number;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#locals.at(middle) < local) low = middle + 1;
      else high = middle;
    }
    const found: ImportRow[] = [];
    for (; low < end && this.#locals.at(low) === local; low++) found.push(this.#rows[low] as ImportRow);
    return found;
  }

  /** The rows that make everything of a module visible. */
  stars(file: number): readonly ImportRow[] {
    return this.find(file, noName);
  }

  /** What `export default` defines in a file; `noSymbol` where nothing is known of it. */
  defaultOf(file: number): number {
    return this.#defaults.get(file) ?? noSymbol;
  }

  /** The signature of a declaration begins with what it is declared by. */
  #noteDefault(file: number, block: FileBlock, symbols: SymbolTable): void {
    const first = symbols.first[file] as number;
    for (let row = 0; row < block.rows('symbols'); row++) {
      const isTop = symbols.parent[first + row] === 0 && symbols.group[first + row] !== Group.none;
      if (!isTop || (symbols.flags[first + row] as number) % 2 === 0) continue;
      const start = block.value('symbols', SymbolColumn.signatureStart, row);
      const length = block.value('symbols', SymbolColumn.signatureLength, row);
      if (block.text(start, length)?.startsWith('export default ') === true) this.#defaults.set(file, first + row);
    }
  }
}

/** Whether an import row of this kind is an import proper, not an export. */
export function isImport(kind: number): boolean {
  return kind === importKind || (kind !== reexportKind && kind !== exportKind && kind !== 0);
}
