// The edges of the graph as they cross to the process that writes the database: by path and row, which both sides know.

import type { FileBlock } from '../../facts/block';
import type { RowRef } from '../../facts/merge';
import { edgeKinds, type EdgeKind, type Resolution } from '../../graph/edge';
import { WorkspaceGraph } from '../../graph/workspaceGraph';
import { readConfigs } from '../../graph/configs';
import { CallColumn, TypeRefColumn } from '../../model/columns';
import { nameOf } from '../../util/paths';
import type { CancellationToken } from '../../util/cancellation';

/** A place in the index; without a row the file itself. */
export interface Target {
  readonly path: string;
  readonly row?: number;
}

export interface Edge {
  readonly kind: EdgeKind;
  /** Row in the table of its kind. */
  readonly origin: number;
  /** Row of the symbol around it. */
  readonly source: number | null;
  readonly status: string;
  readonly evidence: string;
  readonly candidates: number;
  readonly module: string | null;
  readonly target: Target | null;
}

export interface EdgesOfFile {
  readonly path: string;
  readonly edges: readonly Edge[];
}

/** The edges of all files, in groups of files with about `size` of them. Unresolved ones are left out. */
export async function* workspaceEdges(
  root: string,
  rows: readonly RowRef[],
  size: number,
  token: CancellationToken,
): AsyncGenerator<readonly EdgesOfFile[]> {
  const input = { rows, rootName: nameOf(root), configs: await readConfigs(root, rows) };
  const graph = await WorkspaceGraph.build(input, () => undefined, token);
  let group: EdgesOfFile[] = [];
  let count = 0;
  for (const { segment, file: row } of rows) {
    const path = segment.path(row);
    const file = graph.fileOf(path);
    if (file === undefined) continue;
    const edges = edgesOf(graph, file, segment.block(row));
    group.push({ path, edges });
    count += edges.length;
    if (count < size) continue;
    yield group;
    group = [];
    count = 0;
  }
  if (group.length > 0) yield group;
}

function edgesOf(graph: WorkspaceGraph, file: number, block: FileBlock): Edge[] {
  const { count, kinds, rows, resolutions } = graph.edgesOf(file, block);
  const edges: Edge[] = [];
  for (let edge = 0; edge < count; edge++) {
    const resolution = resolutions[edge];
    const kind = edgeKinds[kinds[edge] ?? 0];
    if (resolution === undefined || kind === undefined || resolution.status === 'unresolved') continue;
    const origin = rows[edge] as number;
    const { status, evidence, candidates, module = null } = resolution;
    const source = enclosing(block, kind, origin);
    edges.push({ kind, origin, source, status, evidence, candidates, module, target: targetOf(graph, resolution) });
  }
  return edges;
}

function enclosing(block: FileBlock, kind: EdgeKind, row: number): number | null {
  if (kind === 'import' || kind === 'export') return null;
  const rowPlusOne =
    kind === 'call'
      ? block.value('callSites', CallColumn.enclosing, row)
      : block.value('typeRefs', TypeRefColumn.enclosing, row);
  return rowPlusOne === 0 ? null : rowPlusOne - 1;
}

function targetOf(graph: WorkspaceGraph, { symbol, file }: Resolution): Target | null {
  if (symbol !== undefined) {
    const of = graph.symbols.fileOf(symbol);
    return { path: graph.pathOf(of), row: symbol - (graph.symbols.first[of] as number) };
  }
  return file === undefined ? null : { path: graph.pathOf(file) };
}
