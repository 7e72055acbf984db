// All files of a graph in one numbering, in which the files of a package are neighbours, so that "in this package" is a
// range of files and of symbols. Says which files exist, for module resolution; reads facts only where a package's name
// is not a symbol's name alone.

import type { RowRef } from '../facts/merge';
import type { Segment } from '../facts/segment';
import { SymbolColumn } from '../model/columns';
import { SymbolKind } from '../model/symbolKind';
import { comparePaths } from '../util/pathOrder';
import { nameOf, parentOf } from '../util/paths';
import { families, rulesOf, type LanguageRules } from './languageRules';

export interface GraphFile extends RowRef {
  readonly path: string;
  /** `undefined` where nothing refers to anything by name. */
  readonly rules: LanguageRules | undefined;
  /** Number of the family, for names. */
  readonly family: number;
  /** The package or namespace that it belongs to; '' where the language has none. */
  readonly unit: string;
}

/** Files `[first, end)`. */
export interface FileRange {
  readonly first: number;
  readonly end: number;
}

export class WorkspaceFiles {
  readonly files: readonly GraphFile[];
  readonly segments: readonly Segment[];
  /** Name of the workspace folder: a Python package may be the workspace itself. */
  readonly rootName: string;
  readonly #byPath: ReadonlyMap<string, number>;
  readonly #units = new Map<string, FileRange>();
  #byName: Map<string, number[]> | undefined;
  #folders: Set<string> | undefined;

  /** `rows` in any order; skipped files are left out. */
  constructor(rows: readonly RowRef[], rootName: string) {
    this.rootName = rootName;
    this.segments = [...new Set(rows.map(({ segment }) => segment))];
    this.files = rows
      .filter(({ segment, file }) => segment.byte(file, 'skip') === 0)
      .map(toFile)
      .sort((a, b) => a.family - b.family || compareTexts(a.unit, b.unit) || comparePaths(a.path, b.path));
    this.#byPath = new Map(this.files.map(({ path }, file) => [path, file]));
    this.files.forEach(({ unit, family }, file) => {
      if (unit === '') return;
      const key = unitKey(family, unit);
      this.#units.set(key, { first: this.#units.get(key)?.first ?? file, end: file + 1 });
    });
  }

  /** The number of the file with this path. */
  find(path: string): number | undefined {
    return this.#byPath.get(path);
  }

  /** The files of a package. */
  unit(family: number, unit: string): FileRange | undefined {
    return this.#units.get(unitKey(family, unit));
  }

  /** Whether there are files below this folder. */
  hasFolder(folder: string): boolean {
    if (this.#folders === undefined) {
      this.#folders = new Set(['']);
      for (const { path } of this.files) {
        for (let at = parentOf(path); !this.#folders.has(at); at = parentOf(at)) this.#folders.add(at);
      }
    }
    return this.#folders.has(folder);
  }

  /** The files with this last component of their path. */
  named(name: string): readonly number[] {
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (const [file, { path }] of this.files.entries()) {
        const key = nameOf(path);
        const same = this.#byName.get(key);
        if (same === undefined) this.#byName.set(key, [file]);
        else same.push(file);
      }
    }
    return this.#byName.get(name) ?? [];
  }
}

/** The package of Go files in a folder; tests that look from outside are a package of their own. */
export function goUnit(folder: string, name: string): string {
  return `${folder}:${name}`;
}

function toFile({ segment, file }: RowRef): GraphFile {
  const path = segment.path(file);
  const rules = rulesOf(segment.hot.languages[segment.byte(file, 'language')]?.[0] ?? '');
  const family = rules === undefined ? families.length : families.indexOf(rules.family);
  return { segment, file, path, rules, family, unit: rules === undefined ? '' : unitOf(segment, file, path, rules) };
}

function unitOf(segment: Segment, file: number, path: string, { modules }: LanguageRules): string {
  if (modules !== 'go' && modules !== 'package') return '';
  const first = segment.firstSymbol(file);
  const end = segment.firstSymbol(file + 1);
  const parts: string[] = [];
  for (let symbol = first; symbol < end; symbol++) {
    const kind = segment.symbols.symbolKinds[symbol] as number;
    if (kind !== SymbolKind.Package && kind !== SymbolKind.Namespace) break;
    parts.push(outerName(segment, file, symbol - first) + segment.name(segment.symbols.symbolNames[symbol] as number));
    // Scala's packages nest line by line; a namespace of C# or PHP is the file's when it comes first.
    if (kind === SymbolKind.Namespace) break;
  }
  return modules === 'go' ? goUnit(parentOf(path), parts[0] ?? '') : parts.join('.');
}

/** `App\` of PHP's `namespace App\Models`. */
function outerName(segment: Segment, file: number, row: number): string {
  if (segment.symbols.symbolKinds[segment.firstSymbol(file) + row] !== SymbolKind.Namespace) return '';
  const block = segment.block(file);
  const outer = block.optionalName(block.value('symbols', SymbolColumn.container, row));
  return outer === undefined ? '' : `${outer}\\`;
}

const unitKey = (family: number, unit: string): string => `${family} ${unit}`;

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
