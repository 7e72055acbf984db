// Modules of Python: relative imports by their dots, absolute ones from each folder that is no package itself, innermost
// first, and from the workspace's own name where the workspace is a package.

import { childOf, parentOf } from '../../util/paths';
import { ancestors, external, fileModule, missing } from './module';
import type { Module, ModuleContext, ModuleFinder } from './module';

const suffixes = ['.py', '/__init__.py', '.pyi', '/__init__.pyi'];
/** Folders that projects keep their packages in. */
const sourceFolders = ['', 'src', 'lib'];

export function pythonModules(context: ModuleContext): ModuleFinder {
  const { files } = context;
  const isPackage = (folder: string): boolean => files.find(childOf(folder, '__init__.py')) !== undefined;
  return ({ path }, module) => {
    const dots = /^\.*/.exec(module)?.[0].length ?? 0;
    if (dots > 0) {
      let folder = parentOf(path);
      for (let up = 1; up < dots; up++) {
        if (folder === '') return missing;
        folder = parentOf(folder);
      }
      return moduleAt(context, folder, module.slice(dots)) ?? missing;
    }
    const [top = '', ...rest] = module.split('.');
    if (top === files.rootName && isPackage('')) return moduleAt(context, '', rest.join('.')) ?? missing;
    for (const folder of ancestors(parentOf(path))) {
      if (isPackage(folder)) continue;
      for (const source of sourceFolders) {
        const base = source === '' ? folder : childOf(folder, source);
        const found = moduleAt(context, base, module);
        if (found !== undefined) return found;
      }
    }
    return external;
  };
}

/** The module of a dotted name below a folder; the folder's own package for ''. A mere folder may be one, too. */
export function moduleAt({ files }: ModuleContext, folder: string, dotted: string): Module | undefined {
  const inside = dotted.replaceAll('.', '/');
  const path = inside === '' ? folder : childOf(folder, inside);
  for (const suffix of suffixes) {
    const candidate = path === '' ? suffix.replace(/^\//, '') : path + suffix;
    const found = fileModule(files, candidate);
    if (found !== undefined) return found;
  }
  return files.hasFolder(path) ? { kind: 'folder', folder: path } : undefined;
}
