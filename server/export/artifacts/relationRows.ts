// `graph_relations`: who calls whom, and which file imports which, both ways. The links are collected in one pass and kept
// as pairs of numbers (8 bytes each, and as much again turned round); rows come in the order of files and symbols.

import { edgeKinds } from '../../graph/edge';
import type { WorkspaceGraph } from '../../graph/workspaceGraph';
import { CallColumn } from '../../model/columns';
import { symbolKindName } from '../../model/symbolKind';
import { GrowingUint32 } from '../../util/growing';
import type { FileView } from './fileView';

/** So many neighbours of a node are listed; all are counted. */
const listedNeighbours = 1000;

const callKind = edgeKinds.indexOf('call');
const importKind = edgeKinds.indexOf('import');
const exportKind = edgeKinds.indexOf('export');

/** All rows, when `views` have been gone through once. */
export function* graphRelations(views: Iterable<FileView>, graph: WorkspaceGraph): Generator<object> {
  const calls = new Links();
  const imports = new Links();
  const order: number[] = [];
  for (const view of views) {
    const file = graph.fileOf(view.path);
    if (file === undefined) continue;
    order.push(file);
    collect(view, file, graph, calls, imports);
  }
  const { symbols } = graph;
  const called = calls.both(symbols.name.length);
  for (const file of order) {
    const end = symbols.first[file + 1] as number;
    for (let symbol = symbols.first[file] as number; symbol < end; symbol++) {
      if (called.degree(symbol) === 0) continue;
      const node = {
        id: graph.symbolId(symbol),
        file: graph.pathOf(file),
        name: symbols.names.text(symbols.name[symbol] as number),
        kind: symbolKindName(symbols.kind[symbol] as number),
        ...called.of(symbol, (each) => graph.symbolId(each)),
      };
      yield { graph: 'callGraph', node };
    }
  }
  const imported = imports.both(symbols.workspace.files.length);
  for (const file of order) {
    if (imported.degree(file) === 0) continue;
    const path = graph.pathOf(file);
    const node = { id: path, file: path, name: path.slice(path.lastIndexOf('/') + 1), kind: 'file' };
    yield { graph: 'importGraph', node: { ...node, ...imported.of(file, (each) => graph.pathOf(each)) } };
  }
}

/** The certain links of a file, each once. */
function collect(view: FileView, file: number, graph: WorkspaceGraph, calls: Links, imports: Links): void {
  const { edges, block } = view;
  const first = graph.symbols.first[file] as number;
  const enclosing = block.column('callSites', CallColumn.enclosing);
  const seen = new Set<number>();
  for (let edge = 0; edge < edges.count; edge++) {
    const found = edges.resolutions[edge];
    if (found?.status !== 'resolved') continue;
    const kind = edges.kinds[edge] as number;
    const around = enclosing?.[edges.rows[edge] as number] ?? 0;
    if (kind === callKind && found.symbol !== undefined && around > 0) {
      const from = first + around - 1;
      const key = from * 2 ** 32 + found.symbol;
      if (!seen.has(key)) calls.add(from, found.symbol);
      seen.add(key);
    } else if (kind === importKind || kind === exportKind) {
      const to = found.symbol === undefined ? found.file : graph.symbols.fileOf(found.symbol);
      if (to === undefined || to === file) continue;
      const key = -1 - to;
      if (!seen.has(key)) imports.add(file, to);
      seen.add(key);
    }
  }
}

/** Links between numbered nodes. */
class Links {
  readonly #from = new GrowingUint32();
  readonly #to = new GrowingUint32();

  add(from: number, to: number): void {
    this.#from.push(from);
    this.#to.push(to);
  }

  /** The neighbours of nodes below `count`, out and in. */
  both(count: number) {
    const out = grouped(this.#from.view(), this.#to.view(), count);
    const into = grouped(this.#to.view(), this.#from.view(), count);
    const size = ({ starts }: Grouped, node: number): number => (starts[node + 1] as number) - (starts[node] as number);
    const list = ({ starts, values }: Grouped, node: number, name: (node: number) => string): string[] =>
      [...values.subarray(starts[node], starts[node + 1])].slice(0, listedNeighbours).map(name);
    return {
      degree: (node: number): number => size(out, node) + size(into, node),
      of: (node: number, name: (node: number) => string) => ({
        outCount: size(out, node),
        inCount: size(into, node),
        out: list(out, node, name),
        in: list(into, node, name),
      }),
    };
  }
}

interface Grouped {
  readonly starts: Uint32Array;
  readonly values: Uint32Array;
}

/** `values` by their key, in ascending order within each. */
function grouped(keys: Uint32Array, values: Uint32Array, count: number): Grouped {
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
  return { starts, values: sorted };
}
