// Packages of Go: the import path behind the module path of a go.mod is a folder below it. The standard library's own tree,
// whose go.mod says `module std`, has no such prefix, and keeps what it borrows in `vendor`.

import { childOf } from '../../util/paths';
import { families } from '../languageRules';
import { goUnit, type FileRange, type WorkspaceFiles } from '../workspaceFiles';
import { configsNamed, external, missing, type Module, type ModuleContext, type ModuleFinder } from './module';

export function goModules(context: ModuleContext): ModuleFinder {
  const modules = configsNamed(context, 'go.mod')
    .flatMap(([folder, text]) => {
      const name = /^\s*module\s+"?([^\s"]+)"?/m.exec(text)?.[1];
      return name === undefined ? [] : [{ folder, prefix: name === 'std' ? '' : name }];
    })
    .sort((a, b) => b.prefix.length - a.prefix.length || b.folder.length - a.folder.length);
  const packages = packagesByFolder(context.files);
  const inFolder = (folder: string): Module | undefined => {
    const range = packages.get(folder);
    return range === undefined ? undefined : { kind: 'unit', range };
  };
  return (_, module) => {
    for (const { folder, prefix } of modules) {
      const isInside = prefix === '' || module === prefix || module.startsWith(`${prefix}/`);
      if (!isInside) continue;
      const inside = prefix === '' ? module : module.slice(prefix.length + 1);
      const at = inside === '' ? folder : childOf(folder, inside);
      const found = inFolder(at) ?? inFolder(childOf(folder, `vendor/${module}`));
      if (found !== undefined) return found;
      if (prefix !== '') return missing;
    }
    return external;
  };
}

/** The package that a folder offers to others: neither its tests nor a program, unless there is nothing else. */
function packagesByFolder(files: WorkspaceFiles): ReadonlyMap<string, FileRange> {
  const packages = new Map<string, FileRange & { readonly rank: number }>();
  const family = families.indexOf('go');
  for (const { family: own, unit, path } of files.files) {
    if (own !== family) continue;
    const colon = unit.lastIndexOf(':');
    const folder = unit.slice(0, colon);
    const name = unit.slice(colon + 1);
    const range = files.unit(family, goUnit(folder, name));
    if (range === undefined || path.endsWith('_test.go')) continue;
    const rank = name.endsWith('_test') ? 3 : name === 'main' ? 2 : name === 'documentation' ? 1 : 0;
    if (rank < (packages.get(folder)?.rank ?? 4)) packages.set(folder, { ...range, rank });
  }
  return packages;
}
