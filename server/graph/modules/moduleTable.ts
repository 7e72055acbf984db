// The modules of all imports, each looked up once per folder that imports it.

import { parentOf } from '../../util/paths';
import type { ModuleStyle } from '../languageRules';
import type { GraphFile } from '../workspaceFiles';
import { pathModules } from './byPath';
import { ecmascriptModules } from './ecmascript';
import { goModules } from './go';
import { external, type Module, type ModuleContext, type ModuleFinder } from './module';
import { packageModules } from './packages';
import { pythonModules } from './python';
import { rustModules } from './rust';

const finders: Readonly<Record<ModuleStyle, (context: ModuleContext) => ModuleFinder>> = {
  ecmascript: ecmascriptModules,
  python: pythonModules,
  go: goModules,
  rust: rustModules,
  package: packageModules,
  path: pathModules,
  none: () => () => external,
};

export class ModuleTable {
  readonly context: ModuleContext;
  readonly #finders = new Map<ModuleStyle, ModuleFinder>();
  readonly #known = new Map<string, Module>();

  constructor(context: ModuleContext) {
    this.context = context;
  }

  /** What a module's name, as written in a file, stands for. */
  find(from: GraphFile, module: string, isSystem: boolean): Module {
    if (from.rules === undefined) return external;
    const { modules } = from.rules;
    // In Rust the file decides, everywhere else its folder and family.
    const place = modules === 'rust' ? from.path : modules === 'package' || modules === 'go' ? '' : parentOf(from.path);
    const key = `${from.family}${isSystem ? '<' : ' '}${place}\0${module}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#finder(modules)(from, module, { isSystem });
    this.#known.set(key, found);
    return found;
  }

  #finder(style: ModuleStyle): ModuleFinder {
    const known = this.#finders.get(style);
    if (known !== undefined) return known;
    const finder = finders[style](this.context);
    this.#finders.set(style, finder);
    return finder;
  }
}
