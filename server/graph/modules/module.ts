// What an import names, and what every way of finding it needs. Nothing is guessed: what several files could be is
// `missing`, like what no file is.

import { childOf, parentOf } from '../../util/paths';
import type { GraphFile, FileRange, WorkspaceFiles } from '../workspaceFiles';

/** What a module's name stands for. */
export type Module =
  | { readonly kind: 'file'; readonly file: number }
  /** A package, with its files. */
  | { readonly kind: 'unit'; readonly range: FileRange }
  /** A folder that is a package without a file of its own (Python). */
  | { readonly kind: 'folder'; readonly folder: string }
  /** A type, of which members are imported (Java, Rust). */
  | { readonly kind: 'type'; readonly within: Module; readonly name: string }
  /** Not in the workspace. */
  | { readonly kind: 'external' }
  /** Has to be in the workspace, but is not, or is more than one file. */
  | { readonly kind: 'missing' };

export const external: Module = { kind: 'external' };
export const missing: Module = { kind: 'missing' };

/** What module resolution works with. */
export interface ModuleContext {
  readonly files: WorkspaceFiles;
  /** Texts of the files of `configNames`, by path. */
  readonly configs: ReadonlyMap<string, string>;
}

/** Finds the modules of one style. */
export type ModuleFinder = (from: GraphFile, module: string, options: { readonly isSystem: boolean }) => Module;

/** Names of files whose texts say where modules are. */
export const configNames: readonly string[] = [
  'go.mod',
  'package.json',
  'tsconfig.json',
  'jsconfig.json',
  'Cargo.toml',
];

/** A file by its path. */
export function fileModule(files: WorkspaceFiles, path: string): Module | undefined {
  const file = files.find(path);
  return file === undefined ? undefined : { kind: 'file', file };
}

/** The path that `relative` (`./a`, `../b`) means in a folder; `undefined` above the root. */
export function joined(folder: string, relative: string): string | undefined {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** The folder and those around it, innermost first, the root last. */
export function* ancestors(folder: string): Generator<string> {
  for (let at = folder; ; at = parentOf(at)) {
    yield at;
    if (at === '') return;
  }
}

/** The nearest file of a name at or above a folder, that `configs` has. */
export function nearestConfig({ configs }: ModuleContext, folder: string, name: string): string | undefined {
  for (const at of ancestors(folder)) {
    const path = childOf(at, name);
    if (configs.has(path)) return path;
  }
  return undefined;
}

/** Folders of the files of a name, with their texts. */
export function configsNamed({ configs }: ModuleContext, name: string): (readonly [folder: string, text: string])[] {
  return [...configs].flatMap(([path, text]) =>
    path === name || path.endsWith(`/${name}`) ? [[parentOf(path), text] as const] : [],
  );
}
