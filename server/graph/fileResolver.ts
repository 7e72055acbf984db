// Resolves what one file refers to: its imports and exports, its calls with and without receiver, the types that it names.
// The rungs for names are those of `FileScope`; here is what stands before a name, and what the rows of the facts ask for.

import type { FileBlock } from '../facts/block';
import { CallColumn, SymbolColumn, TypeRefColumn, typeRefRoles } from '../model/columns';
import { ambiguous, edgeKinds, unresolved, type EdgeKind, type FileEdges, type Resolution } from './edge';
import type { Meaning } from './exports';
import { FileScope, plain, type ScopeContext } from './fileScope';
import { isImport } from './importTable';
import { answer } from './lookup';
import { noName } from './nameTable';
import { chainOf, goReceiver, qualifierIn } from './receiver';
import { Group, noSymbol } from './symbolTable';
import type { GraphFile } from './workspaceFiles';

const kindOfRole: readonly (EdgeKind | undefined)[] = typeRefRoles.map((role) => {
  if (role === 'none') return undefined;
  if (role === 'extends' || role === 'embeds') return 'extends';
  return role === 'implements' || role === 'traitImpl' ? 'implements' : 'typeRef';
});
const numberOf = (kind: EdgeKind): number => edgeKinds.indexOf(kind);

/** The edges of a file. */
export function resolveFile(file: number, block: FileBlock, context: ScopeContext): FileEdges {
  const { rules } = context.table.workspace.files[file] as GraphFile;
  if (rules === undefined) return { count: 0, kinds: new Uint8Array(), rows: new Uint32Array(), resolutions: [] };
  const resolver = new FileResolver(new FileScope(file, block, rules, context), context);
  const imports = block.rows('imports');
  const calls = block.rows('callSites');
  const typeRefs = block.rows('typeRefs');
  const kinds = new Uint8Array(imports + calls + typeRefs);
  const rows = new Uint32Array(kinds.length);
  const resolutions: Resolution[] = [];
  const add = (kind: number, row: number, resolution: Resolution): void => {
    kinds[resolutions.length] = kind;
    rows[resolutions.length] = row;
    resolutions.push(resolution);
  };
  const importNumber = numberOf('import');
  const exportNumber = numberOf('export');
  for (let row = 0; row < imports; row++) {
    const kind = isImport(block.value('imports', 0, row)) ? importNumber : exportNumber;
    add(kind, row, resolver.importRow(row));
  }
  const callNumber = numberOf('call');
  for (let row = 0; row < calls; row++) add(callNumber, row, resolver.call(row));
  for (let row = 0; row < typeRefs; row++) {
    const kind = kindOfRole[block.value('typeRefs', TypeRefColumn.role, row)];
    if (kind !== undefined) add(numberOf(kind), row, resolver.typeRef(row));
  }
  return { count: resolutions.length, kinds, rows, resolutions };
}

class FileResolver {
  readonly #scope: FileScope;
  readonly #context: ScopeContext;
  readonly #block: FileBlock;
  readonly #first: number;
  /** Chains of the receivers by where their text begins; `undefined` for expressions. */
  readonly #chains = new Map<number, readonly string[] | undefined>();
  readonly #onAny = new Map<number, Resolution>();
  readonly #goReceivers = new Map<number, string | undefined>();

  constructor(scope: FileScope, context: ScopeContext) {
    this.#scope = scope;
    this.#context = context;
    this.#block = scope.block;
    this.#first = context.table.first[scope.file] as number;
  }

  importRow(row: number): Resolution {
    return plain(this.#scope.importRow(row) ?? unresolved);
  }

  call(row: number): Resolution {
    const block = this.#block;
    const callee = block.value('callSites', CallColumn.callee, row);
    const around = this.#symbolOf(block.value('callSites', CallColumn.enclosing, row));
    const start = block.value('callSites', CallColumn.receiverStart, row);
    const length = block.value('callSites', CallColumn.receiverLength, row);
    if (length > 0) {
      const receiver = block.text(start, length) ?? '';
      // What is inherited is a rung of its own.
      if (this.#scope.rules.parent.includes(receiver)) return unresolved;
      return this.#onReceiver(callee, this.#chain(start, receiver), around);
    }
    const found = this.#scope.bare(callee, 'value', around);
    // Without a receiver it may still be inherited.
    return found === unresolved && this.#scope.rules.bareMembers ? this.#onAnything(callee) : found;
  }

  typeRef(row: number): Resolution {
    const block = this.#block;
    const name = block.value('typeRefs', TypeRefColumn.name, row);
    const enclosing = block.value('typeRefs', TypeRefColumn.enclosing, row);
    const around = this.#symbolOf(enclosing);
    const qualifier = enclosing === 0 ? undefined : qualifierIn(this.#signature(enclosing - 1), block.name(name));
    if (qualifier === undefined) return this.#asType(this.#scope.bare(name, 'type', around));
    const base = this.#meaningOf(qualifier.split(/\.|::/), around);
    if (base === undefined) return unresolved;
    return this.#asType(this.#memberOf(base, this.#scope.nameOf(name)) ?? unresolved);
  }

  /** Of a value and a type of one name the type. */
  #asType(found: Resolution): Resolution {
    const type = found.symbol === undefined ? undefined : this.#context.lookup.typeOf(found.symbol);
    return type === undefined ? found : { ...found, symbol: type };
  }

  #onReceiver(callee: number, chain: readonly string[] | undefined, around: number): Resolution {
    const name = this.#scope.nameOf(callee);
    if (chain === undefined) return this.#onAnything(callee);
    const [first = ''] = chain;
    if (chain.length === 1 && this.#isSelf(first, around)) {
      return this.#scope.enclosingMember(name, around) ?? this.#onAnything(callee);
    }
    const base = this.#isSelf(first, around) ? undefined : this.#meaningOf(chain, around);
    if (base === undefined) return this.#isForeign(first) ? unresolved : this.#onAnything(callee);
    const member = this.#memberOf(base, name);
    if (member !== undefined) return member;
    return base.status === 'resolved' && base.symbol !== undefined ? this.#onAnything(callee) : unresolved;
  }

  /** What a chain of names means, as far as it is known; `undefined` when its beginning is not. */
  #meaningOf(chain: readonly string[], around: number): Meaning | undefined {
    // Python binds `a.b` by `import a.b`; Java and Rust may spell a path out.
    for (let length = chain.length; length > 0; length--) {
      const bound = this.#scope.bound(chain.slice(0, length).join('.'));
      if (bound !== undefined) return this.#along(bound, chain.slice(length));
    }
    const [first = '', ...rest] = chain;
    const { rules, entry } = this.#scope;
    if (rules.modules === 'rust' || rules.modules === 'package') {
      const path = chain.join(rules.separator);
      if (chain.length > 1 || rules.modules === 'rust') {
        const module = this.#context.modules.find(entry, path, false);
        if (module.kind !== 'external' && module.kind !== 'missing') {
          return this.#context.exports.inModule(module, noName, path, entry.family);
        }
      }
    }
    const name = this.#scope.nameOfText(first);
    if (name === noName) return undefined;
    const found = this.#scope.bareName(name, first, around);
    return found.status === 'unresolved' ? undefined : this.#along(found, rest);
  }

  #along(from: Meaning, names: readonly string[]): Meaning | undefined {
    let at: Meaning | undefined = from;
    for (const name of names) {
      if (at === undefined || at.status === 'external') return at;
      at = this.#meaningIn(at, this.#scope.nameOfText(name), name);
    }
    return at;
  }

  #memberOf(base: Meaning, name: number): Resolution | undefined {
    const found = this.#meaningIn(base, name);
    return found === undefined ? undefined : plain(found);
  }

  /** A member of a module or symbol; `undefined` when it is not known to have one of this name. */
  #meaningIn(base: Meaning, name: number, text?: string): Meaning | undefined {
    if (base.status === 'external') return base;
    if (base.status === 'module') {
      const { family } = this.#scope.entry;
      const known = name === noName && text !== undefined ? this.#context.table.names.ofText(family, text) : name;
      if (known === noName) return undefined;
      const { exports } = this.#context;
      const found = exports.inModule(base.module, known, '', family);
      if (found.status !== 'unresolved') return found;
      const value = exports.asValue(base.module, family);
      return value === undefined ? undefined : this.#memberOfSymbol(value, name);
    }
    return this.#memberOfSymbol(base, name);
  }

  #memberOfSymbol(base: Resolution, name: number): Resolution | undefined {
    if (base.symbol === undefined || name === noName) return undefined;
    return answer(this.#context.lookup.membersOf(base.symbol, name), base.evidence);
  }

  /** A member of whatever it is called on: of all members in the workspace with this name. */
  #onAnything(callee: number): Resolution {
    const known = this.#onAny.get(callee);
    if (known !== undefined) return known;
    const { table, lookup } = this.#context;
    const name = this.#scope.nameOf(callee);
    const count = name === noName ? 0 : table.end(name, Group.member) - table.start(name, Group.member);
    const some = count === 0 ? [] : lookup.inFiles(name, [Group.member], { first: 0, end: table.first.length - 1 });
    const only = count <= some.length ? lookup.withoutDeclarations(some) : some;
    const found = only.length > 1 ? ambiguous(only, 'uniqueName', Math.max(count, 2)) : answer(only, 'uniqueName');
    this.#onAny.set(callee, found ?? unresolved);
    return found ?? unresolved;
  }

  #isSelf(name: string, around: number): boolean {
    if (this.#scope.rules.self.includes(name)) return true;
    if (this.#scope.rules.modules !== 'go' || around === noSymbol) return false;
    if (!this.#goReceivers.has(around)) {
      this.#goReceivers.set(around, goReceiver(this.#signature(around - this.#first)));
    }
    return this.#goReceivers.get(around) === name;
  }

  /** A capitalised name that nothing here explains is a global of the language: `Promise`, `Object`. */
  #isForeign(name: string): boolean {
    return this.#scope.rules.reach === 'file' && /^\p{Lu}/u.test(name);
  }

  #chain(start: number, receiver: string): readonly string[] | undefined {
    if (!this.#chains.has(start)) this.#chains.set(start, chainOf(receiver));
    return this.#chains.get(start);
  }

  #signature(row: number): string {
    const block = this.#block;
    const start = block.value('symbols', SymbolColumn.signatureStart, row);
    return block.text(start, block.value('symbols', SymbolColumn.signatureLength, row)) ?? '';
  }

  #symbolOf(rowPlusOne: number): number {
    return rowPlusOne === 0 ? noSymbol : this.#first + rowPlusOne - 1;
  }
}
