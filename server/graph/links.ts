// What is left of all edges when they have been gone through once: the certain links between symbols and between files,
// each once, and what is referred to at all. For analyzers and artifacts; 8 bytes a link, and as much again for each way
// in which it is read.

import type { FileBlock } from '../facts/block';
import { CallColumn, ImportColumn, TypeRefColumn } from '../model/columns';
import { GrowingUint32 } from '../util/growing';
import { edgeKinds, type EdgeKind, type FileEdges } from './edge';
import { noName } from './nameTable';
import { noSymbol } from './symbolTable';
import type { WorkspaceGraph } from './workspaceGraph';

export class GraphLinks {
  /** Between symbols. */
  readonly calls = new Links();
  /** Between files, other than themselves. */
  readonly imports = new Links();
  readonly #graph: WorkspaceGraph;
  /** 1 for a symbol that something outside of it refers to, or may refer to. */
  readonly #referenced: Uint8Array;
  /** 1 for a name that stands somewhere where nobody knows for certain what it means. */
  readonly #mentioned: Uint8Array;

  constructor(graph: WorkspaceGraph) {
    this.#graph = graph;
    this.#referenced = new Uint8Array(graph.symbols.name.length);
    this.#mentioned = new Uint8Array(graph.symbols.names.count);
  }

  /** Adds the edges of a file, whose block the caller has read. */
  add(file: number, block: FileBlock, edges: FileEdges): void {
    const { symbols } = this.#graph;
    const first = symbols.first[file] as number;
    const names = new Map<number, number>();
    const seen = new Set<number>();
    for (let edge = 0; edge < edges.count; edge++) {
      const found = edges.resolutions[edge];
      const kind = edgeKinds[edges.kinds[edge] as number];
      const row = edges.rows[edge] as number;
      if (found === undefined || kind === undefined || found.status === 'external') continue;
      if (found.status !== 'resolved') {
        for (const symbol of found.listed ?? []) this.#referenced[symbol] = 1;
        this.#mention(file, block, nameColumn(block, kind, row), names);
        continue;
      }
      const around = enclosing(block, kind, row);
      const from = around === 0 ? noSymbol : first + around - 1;
      const { symbol } = found;
      if (symbol !== undefined && !this.#isInside(from, symbol, file)) this.#referenced[symbol] = 1;
      if (kind === 'call') {
        if (symbol === undefined || from === noSymbol) continue;
        const key = from * 2 ** 32 + symbol;
        if (!seen.has(key)) this.calls.add(from, symbol);
        seen.add(key);
      } else if (kind === 'import' || kind === 'export') {
        const to = symbol === undefined ? found.file : symbols.fileOf(symbol);
        if (to === undefined || to === file) continue;
        const key = -1 - to;
        if (!seen.has(key)) this.imports.add(file, to);
        seen.add(key);
      }
    }
  }

  /** Whether something outside of a symbol refers to it, or may: by its name, where that is all that is known. */
  isReferenced(symbol: number): boolean {
    const name = this.#graph.symbols.name[symbol] as number;
    return this.#referenced[symbol] === 1 || this.#mentioned[name] === 1;
  }

  #mention(file: number, block: FileBlock, id: number | undefined, names: Map<number, number>): void {
    if (id === undefined) return;
    let name = names.get(id);
    if (name === undefined) {
      const { names: table, workspace } = this.#graph.symbols;
      name = table.findText(workspace.files[file]?.family ?? 0, block.name(id));
      names.set(id, name);
    }
    // No symbol has a name that came up later.
    if (name !== noName && name < this.#mentioned.length) this.#mentioned[name] = 1;
  }

  /** Whether a symbol is another one, or lies in it. */
  #isInside(symbol: number, around: number, file: number): boolean {
    // What lies in a symbol has a higher number than it.
    for (let at = symbol; at !== noSymbol && at >= around; at = this.#graph.symbols.parentOf(at, file)) {
      if (at === around) return true;
    }
    return false;
  }
}

/** Neighbours of numbered nodes, in ascending order. */
export interface Neighbours {
  of(node: number): Uint32Array;
  count(node: number): number;
}

/** Links between numbered nodes. */
export class Links {
  readonly #from = new GrowingUint32();
  readonly #to = new GrowingUint32();

  get count(): number {
    return this.#from.length;
  }

  add(from: number, to: number): void {
    this.#from.push(from);
    this.#to.push(to);
  }

  /** Where the links of nodes below `count` lead to. */
  outOf(count: number): Neighbours {
    return grouped(this.#from.view(), this.#to.view(), count);
  }

  /** Where they come from. */
  into(count: number): Neighbours {
    return grouped(this.#to.view(), this.#from.view(), count);
  }
}

/** `values` by their key. */
function grouped(keys: Uint32Array, values: Uint32Array, count: number): Neighbours {
  const starts = new Uint32Array(count + 1);
  for (const key of keys) (starts[key + 1] as number)++;
  for (let key = 0; key < count; key++) starts[key + 1] = (starts[key + 1] as number) + (starts[key] as number);
  const next = starts.slice(0, count);
  const sorted = new Uint32Array(values.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    const at = next[key] as number;
    sorted[at] = values[i] as number;
    next[key] = at + 1;
  }
  for (let key = 0; key < count; key++) sorted.subarray(starts[key], starts[key + 1]).sort();
  return {
    of: (node) => sorted.subarray(starts[node], starts[node + 1]),
    count: (node) => (starts[node + 1] as number) - (starts[node] as number),
  };
}

/** Row + 1 of the symbol around a row; 0 for those of imports. */
function enclosing(block: FileBlock, kind: EdgeKind, row: number): number {
  if (kind === 'import' || kind === 'export') return 0;
  return kind === 'call'
    ? block.value('callSites', CallColumn.enclosing, row)
    : block.value('typeRefs', TypeRefColumn.enclosing, row);
}

/** The name that a row refers to, as a number of its block; undefined for a whole module. */
function nameColumn(block: FileBlock, kind: EdgeKind, row: number): number | undefined {
  if (kind === 'call') return block.value('callSites', CallColumn.callee, row);
  if (kind !== 'import' && kind !== 'export') return block.value('typeRefs', TypeRefColumn.name, row);
  const name = block.value('imports', ImportColumn.name, row);
  return name === 0 ? undefined : name - 1;
}
