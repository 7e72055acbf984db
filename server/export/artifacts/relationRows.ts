// `graph_relations`: who calls whom, and which file imports which, both ways. The links are collected in one pass; rows come
// in the order of files and symbols.

import { GraphLinks, type Links } from '../../graph/links';
import type { WorkspaceGraph } from '../../graph/workspaceGraph';
import { symbolKindName } from '../../model/symbolKind';
import type { FileView } from './fileView';

/** So many neighbours of a node are listed; all are counted. */
const listedNeighbours = 1000;

/** All rows, when `views` have been gone through once. */
export async function* graphRelations(views: AsyncIterable<FileView>, graph: WorkspaceGraph): AsyncGenerator<object> {
  const links = new GraphLinks(graph);
  const order: number[] = [];
  for await (const view of views) {
    const file = graph.fileOf(view.path);
    if (file === undefined) continue;
    order.push(file);
    links.add(file, view.block, view.edges);
  }
  const { symbols } = graph;
  const called = bothWays(links.calls, symbols.name.length, (each) => graph.symbolId(each));
  for (const file of order) {
    const end = symbols.first[file + 1] as number;
    for (let symbol = symbols.first[file] as number; symbol < end; symbol++) {
      const neighbours = called(symbol);
      if (neighbours === undefined) continue;
      const node = {
        id: graph.symbolId(symbol),
        file: graph.pathOf(file),
        name: symbols.names.text(symbols.name[symbol] as number),
        kind: symbolKindName(symbols.kind[symbol] as number),
        ...neighbours,
      };
      yield { graph: 'callGraph', node };
    }
  }
  const imported = bothWays(links.imports, symbols.workspace.files.length, (each) => graph.pathOf(each));
  for (const file of order) {
    const neighbours = imported(file);
    if (neighbours === undefined) continue;
    const path = graph.pathOf(file);
    const node = { id: path, file: path, name: path.slice(path.lastIndexOf('/') + 1), kind: 'file' };
    yield { graph: 'importGraph', node: { ...node, ...neighbours } };
  }
}

/** What a row says of the neighbours of a node; undefined where it has none. */
function bothWays(links: Links, count: number, nameOf: (node: number) => string) {
  const [out, into] = [links.outOf(count), links.into(count)];
  const listed = (nodes: Uint32Array): string[] => [...nodes.subarray(0, listedNeighbours)].map(nameOf);
  return (node: number) => {
    const [outCount, inCount] = [out.count(node), into.count(node)];
    if (outCount + inCount === 0) return undefined;
    return { outCount, inCount, out: listed(out.of(node)), in: listed(into.of(node)) };
  };
}
