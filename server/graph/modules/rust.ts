// Modules of Rust: `crate`, `self` and `super` as folders and files of a crate, and other crates of the workspace by the
// names in their Cargo.toml. What is left of a path behind the last file is a module or type inside of it.

import { childOf, nameOf, parentOf } from '../../util/paths';
import { ancestors, configsNamed, external, fileModule, missing } from './module';
import type { Module, ModuleContext, ModuleFinder } from './module';

const roots = ['lib.rs', 'main.rs'];

export function rustModules(context: ModuleContext): ModuleFinder {
  const crates = new Map<string, string>();
  for (const [folder, text] of configsNamed(context, 'Cargo.toml')) {
    const name = /^\s*\[package\][^[]*?^\s*name\s*=\s*"([^"]+)"/ms.exec(text)?.[1];
    if (name !== undefined) crates.set(name.replaceAll('-', '_'), folder);
  }
  return ({ path }, module) => {
    const [first = '', ...rest] = module.replace(/^::/, '').split('::');
    if (first === 'self') return walk(context, path, rest);
    if (first === 'super') {
      const outer = parentModule(context, path);
      const up = rest.findIndex((name) => name !== 'super');
      let at = outer;
      for (let step = 0; step < (up < 0 ? rest.length : up); step++) at &&= parentModule(context, at);
      return at === undefined ? missing : walk(context, at, up < 0 ? [] : rest.slice(up));
    }
    if (first === 'crate') {
      const root = crateRoot(context, path);
      return root === undefined ? missing : walk(context, root, rest);
    }
    const folder = crates.get(first);
    const root = folder === undefined ? undefined : rootIn(context, childOf(folder, 'src'));
    if (root !== undefined) return walk(context, root, rest);
    // A module of this file's own, as in `use parser::Error` beside `mod parser`.
    const beside = walk(context, path, [first, ...rest]);
    return beside.kind === 'type' && beside.name === [first, ...rest].join('::') ? external : beside;
  };
}

/** Follows names from the file of a module as far as there are files; the rest lies inside the last one. */
function walk({ files }: ModuleContext, from: string, names: readonly string[]): Module {
  let at = from;
  let used = 0;
  for (const name of names) {
    const folder = folderOf(at);
    const next = [childOf(folder, `${name}.rs`), childOf(folder, `${name}/mod.rs`)].find(
      (path) => files.find(path) !== undefined,
    );
    if (next === undefined) break;
    at = next;
    used++;
  }
  const file = fileModule(files, at) ?? missing;
  return used === names.length ? file : { kind: 'type', within: file, name: names.slice(used).join('::') };
}

/** Where the modules inside of a module lie. */
function folderOf(path: string): string {
  const name = nameOf(path);
  return roots.includes(name) || name === 'mod.rs' ? parentOf(path) : path.replace(/\.rs$/, '');
}

/** The module around a module; `undefined` around the root of a crate. */
function parentModule(context: ModuleContext, path: string): string | undefined {
  if (roots.includes(nameOf(path))) return undefined;
  const folder = nameOf(path) === 'mod.rs' ? parentOf(parentOf(path)) : parentOf(path);
  const candidates = [`${folder}.rs`, childOf(folder, 'mod.rs'), childOf(folder, 'lib.rs'), childOf(folder, 'main.rs')];
  return candidates.find((each) => context.files.find(each) !== undefined);
}

/** The nearest `lib.rs` or `main.rs` around a file; the file itself where there is none. */
function crateRoot(context: ModuleContext, path: string): string | undefined {
  for (const folder of ancestors(parentOf(path))) {
    const root = rootIn(context, folder);
    if (root !== undefined) return root;
  }
  return path;
}

function rootIn({ files }: ModuleContext, folder: string): string | undefined {
  return roots.map((name) => childOf(folder, name)).find((path) => files.find(path) !== undefined);
}
