// Modules of JavaScript and TypeScript: relative paths with their extensions and index files, packages of the workspace by
// their package.json, and `paths` and `baseUrl` of the nearest tsconfig.json or jsconfig.json.

import { childOf, parentOf } from '../../util/paths';
import { configsNamed, external, fileModule, joined, missing, nearestConfig } from './module';
import type { Module, ModuleContext, ModuleFinder } from './module';

const extensions = ['.ts', '.tsx', '.d.ts', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json', '.vue', '.svelte'];
/** What a written extension may stand for in source. */
const sourceOf: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.d.ts'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts', '.d.mts'],
  '.cjs': ['.cts', '.d.cts'],
};
/** Where the sources of a package are when its package.json names built files. */
const entries = ['src/index', 'index', 'lib/index', 'src/main', 'main'];
/** More `extends` than this are a circle. */
const maxExtends = 8;

interface Compiler {
  /** Folder that `baseUrl` means; `undefined` when there is none. */
  readonly base: string | undefined;
  readonly pathsBase: string;
  readonly paths: readonly (readonly [pattern: string, targets: readonly string[]])[];
}

export function ecmascriptModules(context: ModuleContext): ModuleFinder {
  const packages = workspacePackages(context);
  const compilers = new Map<string, Compiler | undefined>();
  return ({ path }, module) => {
    const folder = parentOf(path);
    if (module.startsWith('.')) return fileAt(context, joined(folder, module)) ?? missing;
    if (module.startsWith('/')) return external;
    const config = nearestConfig(context, folder, 'tsconfig.json') ?? nearestConfig(context, folder, 'jsconfig.json');
    if (config !== undefined && !compilers.has(config)) compilers.set(config, compilerOf(context, config));
    const compiler = config === undefined ? undefined : compilers.get(config);
    return mapped(context, compiler, module) ?? ofPackage(context, packages, module) ?? external;
  };
}

function fileAt(context: ModuleContext, path: string | undefined): Module | undefined {
  if (path === undefined) return undefined;
  const { files } = context;
  const written = /\.[cm]?jsx?$/.exec(path)?.[0] ?? '';
  const stem = path.slice(0, path.length - written.length);
  const candidates = [
    path,
    ...(sourceOf[written] ?? []).map((extension) => stem + extension),
    ...extensions.map((extension) => path + extension),
    ...extensions.map((extension) => childOf(path, `index${extension}`)),
  ];
  for (const candidate of candidates) {
    const found = fileModule(files, candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** By `paths`, the longest pattern first, then by `baseUrl`. */
function mapped(context: ModuleContext, compiler: Compiler | undefined, module: string): Module | undefined {
  if (compiler === undefined) return undefined;
  for (const [pattern, targets] of compiler.paths) {
    const [before = '', after] = pattern.split('*');
    const isMatch =
      after === undefined
        ? module === pattern
        : module.length >= before.length + after.length && module.startsWith(before) && module.endsWith(after);
    if (!isMatch) continue;
    const middle = after === undefined ? '' : module.slice(before.length, module.length - after.length);
    for (const target of targets) {
      const found = fileAt(
        context,
        joined(
          compiler.pathsBase,
          target.replace('*', () => middle),
        ),
      );
      if (found !== undefined) return found;
    }
  }
  return compiler.base === undefined ? undefined : fileAt(context, joined(compiler.base, module));
}

/** `name` or `name/inside` of a package that lies in the workspace. */
function ofPackage(
  context: ModuleContext,
  packages: ReadonlyMap<string, { readonly folder: string; readonly main: readonly string[] } | undefined>,
  module: string,
): Module | undefined {
  const name = module.split('/', module.startsWith('@') ? 2 : 1).join('/');
  if (!packages.has(name)) return undefined;
  const found = packages.get(name);
  if (found === undefined) return missing;
  const inside = module.slice(name.length + 1);
  const tries = inside === '' ? [...found.main, ...entries] : [inside, `src/${inside}`, `lib/${inside}`];
  for (const each of tries) {
    const file = fileAt(context, joined(found.folder, each));
    if (file !== undefined) return file;
  }
  return missing;
}

/** Packages by name; a name that two of them have stands for neither. */
function workspacePackages(context: ModuleContext) {
  const packages = new Map<string, { readonly folder: string; readonly main: readonly string[] } | undefined>();
  for (const [folder, text] of configsNamed(context, 'package.json')) {
    const { name, types, module, main } = parseObject(text);
    if (typeof name !== 'string' || name === '' || /(^|\/)node_modules\//.test(`${folder}/`)) continue;
    const files = [types, module, main].filter((each) => typeof each === 'string');
    packages.set(name, packages.has(name) ? undefined : { folder, main: files });
  }
  return packages;
}

function compilerOf(context: ModuleContext, config: string): Compiler | undefined {
  let base: string | undefined;
  let paths: Compiler['paths'] | undefined;
  let pathsBase = '';
  let at: string | undefined = config;
  for (let step = 0; at !== undefined && step < maxExtends; step++) {
    const folder = parentOf(at);
    const { compilerOptions, extends: parent } = parseObject(context.configs.get(at) ?? '');
    const options = isObject(compilerOptions) ? compilerOptions : {};
    if (base === undefined && typeof options['baseUrl'] === 'string') base = joined(folder, options['baseUrl']);
    if (paths === undefined && isObject(options['paths'])) {
      paths = Object.entries(options['paths'])
        .map(([pattern, targets]) => [pattern, stringsOf(targets)] as const)
        .sort((a, b) => b[0].length - a[0].length);
      pathsBase = typeof options['baseUrl'] === 'string' ? (base ?? folder) : folder;
    }
    at = typeof parent === 'string' && parent.startsWith('.') ? withJson(joined(folder, parent)) : undefined;
  }
  return base === undefined && paths === undefined ? undefined : { base, pathsBase, paths: paths ?? [] };
}

function withJson(path: string | undefined): string | undefined {
  return path === undefined || path.endsWith('.json') ? path : `${path}.json`;
}

/** JSON with comments and trailing commas, as compilers read it; anything else is an empty object. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  const plain = text
    .replace(/("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, quoted: string | undefined) => quoted ?? '')
    .replace(/("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])/g, (_, quoted: string | undefined) => quoted ?? '');
  try {
    const value: unknown = JSON.parse(plain);
    return isObject(value) ? value : {};
  } catch {
    // A file that its own tool cannot read says nothing about modules.
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
