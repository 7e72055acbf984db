// Modules that are paths: includes of C, requires of Ruby, Lua and PHP, sources of shell scripts. A path counts from the
// file's own folder, then from the folders around it; else it is the one file of the workspace whose path ends in it.

import { childOf, nameOf, parentOf } from '../../util/paths';
import type { GraphFile } from '../workspaceFiles';
import { ancestors, external, fileModule, joined, missing } from './module';
import type { Module, ModuleContext, ModuleFinder } from './module';

export function pathModules(context: ModuleContext): ModuleFinder {
  const bySuffix = new Map<string, Module | undefined>();
  return (from, module, { isSystem }) => {
    const { rules, path } = from;
    const written = rules?.separator === '.' && !module.includes('/') ? module.replaceAll('.', '/') : module;
    const folder = parentOf(path);
    const relative = written.replace(/^\//, '');
    const near = isSystem ? undefined : fileAt(context, from, joined(folder, relative));
    if (near !== undefined) return near;
    for (const around of ancestors(folder)) {
      for (const inside of ['', ...(rules?.folders ?? [])]) {
        const found = fileAt(context, from, joined(inside === '' ? around : childOf(around, inside), relative));
        if (found !== undefined) return found;
      }
    }
    const key = `${rules?.family} ${relative}`;
    if (!bySuffix.has(key)) bySuffix.set(key, onlyFileEndingIn(context, from, relative));
    return bySuffix.get(key) ?? (isSystem || !/^\.|\//.test(module) ? external : missing);
  };
}

function fileAt({ files }: ModuleContext, { rules }: GraphFile, path: string | undefined): Module | undefined {
  if (path === undefined) return undefined;
  for (const extension of ['', ...(rules?.extensions ?? [])]) {
    const found = fileModule(files, path + extension);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `missing` when there are several. */
function onlyFileEndingIn({ files }: ModuleContext, { rules }: GraphFile, relative: string): Module | undefined {
  const clean = relative.replace(/^(\.\.?\/)+/, '');
  for (const extension of ['', ...(rules?.extensions ?? [])]) {
    const suffix = clean + extension;
    const found = files.named(nameOf(suffix)).filter((file) => {
      const path = files.files[file]?.path ?? '';
      return path === suffix || path.endsWith(`/${suffix}`);
    });
    if (found.length > 1) return missing;
    if (found[0] !== undefined) return { kind: 'file', file: found[0] };
  }
  return undefined;
}
