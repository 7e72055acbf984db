// Import cycles: the strongly connected components of the graph of imports with more than one file. Tarjan's algorithm,
// linear in files and imports, without recursion: a chain of imports may be longer than any stack. An import leads to the
// file that defines what is imported, past those that only re-export it.

import type { Neighbours } from '../links';
import { countFiles, type Analyzer, type Metric } from './analyzer';

export const importCycles: Analyzer = {
  name: 'import-cycles',
  languages: 'all',
  phase: 'analyze',
  async run(input) {
    const { length } = input.graph.symbols.workspace.files;
    const cycles = cyclesOf(input.links.imports.outOf(length), length);
    const sizes = new Uint32Array(length);
    const firsts = new Set<number>();
    for (const cycle of cycles) {
      for (const file of cycle) sizes[file] = cycle.length;
      firsts.add(cycle.reduce((least, file) => Math.min(least, file)));
    }
    const counts = await countFiles(input, { cycles: 0, files: 0, 'files.most': 0 }, (file, of) => {
      const size = sizes[file] as number;
      if (size === 0) return;
      if (firsts.has(file)) of.cycles++;
      of.files++;
      of['files.most'] = Math.max(of['files.most'], size);
    });
    return { counts, metrics: metricsOf(sizes) };
  },
};

function* metricsOf(sizes: Uint32Array): Generator<Metric> {
  for (const [file, value] of sizes.entries()) if (value > 0) yield { name: 'import_cycle', file, value };
}

/** The components with more than one of the nodes below `count`. */
function cyclesOf(next: Neighbours, count: number): readonly (readonly number[])[] {
  const cycles: number[][] = [];
  // 0: not seen yet. Numbers are given in the order in which nodes are seen.
  const number = new Uint32Array(count);
  const lowest = new Uint32Array(count);
  const isOpen = new Uint8Array(count);
  const open: number[] = [];
  const path: { readonly node: number; readonly to: Uint32Array; at: number }[] = [];
  let seen = 0;
  const enter = (node: number): void => {
    number[node] = lowest[node] = ++seen;
    isOpen[node] = 1;
    open.push(node);
    path.push({ node, to: next.of(node), at: 0 });
  };
  const lower = (node: number, to: number): void => {
    lowest[node] = Math.min(lowest[node] as number, to);
  };
  for (let root = 0; root < count; root++) {
    if (number[root] === 0) enter(root);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const to = step.to[step.at++];
      if (to !== undefined) {
        if (number[to] === 0) enter(to);
        else if (isOpen[to] === 1) lower(step.node, number[to] as number);
        continue;
      }
      path.pop();
      const { node } = step;
      const before = path.at(-1);
      if (before !== undefined) lower(before.node, lowest[node] as number);
      if (lowest[node] !== number[node]) continue;
      const component = open.splice(open.lastIndexOf(node));
      for (const each of component) isOpen[each] = 0;
      if (component.length > 1) cycles.push(component);
    }
  }
  return cycles;
}
