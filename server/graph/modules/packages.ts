// Modules that are packages or namespaces, which files declare themselves: Java, Kotlin, Scala, C#, PHP. A name that is no
// package may be a type in one, whose members are imported.

import type { GraphFile, WorkspaceFiles } from '../workspaceFiles';
import { external, type Module, type ModuleContext, type ModuleFinder } from './module';
import { pathModules } from './byPath';

export function packageModules(context: ModuleContext): ModuleFinder {
  const { files } = context;
  const byPath = pathModules(context);
  return (from, module, options) => {
    const separator = from.rules?.separator ?? '.';
    // PHP's `require` is a path; its `use` is a name.
    if (separator === '\\' && /[/.]/.test(module)) return byPath(from, module, options);
    const name = module.startsWith(separator) ? module.slice(separator.length) : module;
    return unitOf(files, from, name) ?? typeIn(files, from, name, separator) ?? external;
  };
}

function unitOf(files: WorkspaceFiles, { family }: GraphFile, name: string): Module | undefined {
  const range = files.unit(family, name);
  return range === undefined ? undefined : { kind: 'unit', range };
}

function typeIn(files: WorkspaceFiles, from: GraphFile, name: string, separator: string): Module | undefined {
  const cut = name.lastIndexOf(separator);
  if (cut <= 0) return undefined;
  const within = unitOf(files, from, name.slice(0, cut));
  return within === undefined ? undefined : { kind: 'type', within, name: name.slice(cut + separator.length) };
}
