// The edges of the graph, and what analyzers conclude from them, as they cross to the process that writes the database: by
// path and row, which both sides know.

import type { FileBlock } from '../../facts/block';
import type { RowRef } from '../../facts/merge';
import { runAnalyzers } from '../../graph/analyzers/analyzer';
import { analyzers } from '../../graph/analyzers/analyzers';
import { edgeKinds, type EdgeKind, type FileEdges, type Resolution } from '../../graph/edge';
import { GraphLinks } from '../../graph/links';
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

/** A number about a file, or about one of its symbols. */
export interface PlacedMetric extends Target {
  readonly name: string;
  readonly value: number;
}

/** A part of the conclusions. */
export type Conclusions =
  | { readonly edges: readonly EdgesOfFile[] }
  | { readonly metrics: readonly PlacedMetric[] }
  /** Of an analyzer: its metrics are missing. */
  | { readonly failure: string };

/**
 * The edges of all files, which are gone through twice, in groups of files with about `size` of them, then the metrics in groups of `size`. Unresolved
 * edges are left out.
 */
export async function* workspaceConclusions(
  { root, rows, onFile }: { root: string; rows: readonly RowRef[]; onFile: (done: number) => void },
  size: number,
  token: CancellationToken,
): AsyncGenerator<Conclusions> {
  const input = { rows, rootName: nameOf(root), configs: await readConfigs(root, rows) };
  const graph = await WorkspaceGraph.build(input, onFile, token);
  const links = new GraphLinks(graph);
  let group: EdgesOfFile[] = [];
  let count = 0;
  for (const [done, { segment, file: row }] of rows.entries()) {
    const path = segment.path(row);
    const file = graph.fileOf(path);
    if (file === undefined) continue;
    const block = segment.block(row);
    const found = graph.edgesOf(file, block);
    links.add(file, block, found);
    const edges = edgesOf(graph, found, block);
    group.push({ path, edges });
    count += edges.length;
    if (count < size) continue;
    onFile(rows.length + done);
    yield { edges: group };
    group = [];
    count = 0;
  }
  if (group.length > 0) yield { edges: group };
  yield* metricsOf(graph, links, size, token);
}

async function* metricsOf(
  graph: WorkspaceGraph,
  links: GraphLinks,
  size: number,
  token: CancellationToken,
): AsyncGenerator<Conclusions> {
  for await (const result of runAnalyzers(analyzers, { graph, links, budgets: [], token })) {
    if ('error' in result) {
      yield { failure: `the analyzer ${result.analyzer.name} failed: ${result.error.message}` };
      continue;
    }
    let metrics: PlacedMetric[] = [];
    for (const { name, file, symbol, value } of result.analysis.metrics ?? []) {
      const row = symbol === undefined ? {} : { row: symbol - (graph.symbols.first[file] as number) };
      metrics.push({ name, path: graph.pathOf(file), ...row, value });
      if (metrics.length < size) continue;
      yield { metrics };
      metrics = [];
    }
    if (metrics.length > 0) yield { metrics };
  }
}

function edgesOf(graph: WorkspaceGraph, { count, kinds, rows, resolutions }: FileEdges, block: FileBlock): Edge[] {
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
