// Graphs of small trees of files, from real extraction.

import { FactStore, type Lease } from '../../server/facts/factStore';
import { readConfigs } from '../../server/graph/configs';
import { edgeKinds, type Resolution } from '../../server/graph/edge';
import { WorkspaceGraph } from '../../server/graph/workspaceGraph';
import { CallColumn, ImportColumn, TypeRefColumn } from '../../server/model/columns';
import { CancelSource } from '../../server/util/cancelSource';
import { extractedSegment } from './extracted';
import { createFileTree } from './fileTree';

/** The facts of files on disk, extracted in this process. */
export async function factsOf(root: string, paths: readonly string[]): Promise<FactStore> {
  const facts = new FactStore();
  facts.apply(await extractedSegment(root, paths));
  return facts;
}

/** The graph of what a lease holds. */
export async function graphOf(root: string, { rows }: Lease, rootName = 'workspace'): Promise<WorkspaceGraph> {
  const input = { rows, rootName, configs: await readConfigs(root, rows) };
  return WorkspaceGraph.build(input, () => undefined, new CancelSource().token);
}

/** All edges of files (path → text): `a.ts:1 call f → b.ts#f:function importBinding`, lines counted from 1. */
export async function edgesOf(files: Readonly<Record<string, string>>, rootName?: string): Promise<string[]> {
  const tree = createFileTree(files);
  const facts = await factsOf(tree.root, Object.keys(files));
  const lease = facts.lease();
  try {
    return printEdges(await graphOf(tree.root, lease, rootName), lease);
  } finally {
    lease.release();
    facts.close();
    tree.dispose();
  }
}

/** The edges of all files of a lease, in their order. */
export function printEdges(graph: WorkspaceGraph, { rows }: Lease): string[] {
  return rows.flatMap(({ segment, file }) => {
    const path = segment.path(file);
    const number = graph.fileOf(path);
    if (number === undefined) return [];
    const block = segment.block(file);
    const { count, kinds, rows: sources, resolutions } = graph.edgesOf(number, block);
    return Array.from({ length: count }, (_, edge) => {
      const kind = edgeKinds[kinds[edge] as number] ?? 'call';
      const row = sources[edge] as number;
      const [line, name] =
        kind === 'call'
          ? [
              block.value('callSites', CallColumn.line, row),
              block.name(block.value('callSites', CallColumn.callee, row)),
            ]
          : kind === 'import' || kind === 'export'
            ? [
                block.value('imports', ImportColumn.line, row),
                [ImportColumn.module, ImportColumn.name]
                  .flatMap((column) => block.optionalName(block.value('imports', column, row)) ?? [])
                  .join(' '),
              ]
            : [
                block.value('typeRefs', TypeRefColumn.line, row),
                block.name(block.value('typeRefs', TypeRefColumn.name, row)),
              ];
      return `${path}:${line + 1} ${kind} ${name} → ${printResolution(graph, resolutions[edge] as Resolution)}`;
    });
  });
}

function printResolution(graph: WorkspaceGraph, found: Resolution): string {
  const { status, evidence, symbol, file, listed, candidates, module } = found;
  if (status === 'resolved') {
    return `${symbol === undefined ? graph.pathOf(file ?? 0) : graph.symbolId(symbol)} ${evidence}`;
  }
  if (status === 'ambiguous') {
    return `${candidates} of ${(listed ?? []).map((each) => graph.symbolId(each)).join(' | ')} ${evidence}`;
  }
  return status === 'external' ? `external ${module}` : status;
}
