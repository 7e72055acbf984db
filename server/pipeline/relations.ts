// stage2 of a build: what every import, call and type of the workspace refers to, counted by kind and certainty. In the
// background, when the index answers already. Nothing of it is stored: edges are computed when something asks for them.

import type { RowRef } from '../facts/merge';
import { readConfigs } from '../graph/configs';
import { edgeKinds } from '../graph/edge';
import { WorkspaceGraph } from '../graph/workspaceGraph';
import { modes, type Mode } from '../model/mode';
import type { Counts, CountsByMode } from '../model/stageAudit';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { nameOf } from '../util/paths';
import { Slicer } from '../util/yielding';
import type { LaterStage } from './laterStages';

/** The tables of the graph take some 40 bytes a symbol: with more symbols, more memory than an editor's server may take. */
const maxSymbols = 2_000_000;

/** Resolves all references in linear time and reports how many there are; left out where there are too many symbols. */
export function relationsStage(most = maxSymbols): LaterStage {
  return {
    name: 'stage2',
    async run({ root, facts, report, token }) {
      const { symbols } = facts.counts;
      if (symbols > most) {
        const [found, limit] = [symbols, most].map((count) => count.toLocaleString('en'));
        return `${found} symbols are more than the ${limit} that are resolved unasked; "almagest export" resolves them`;
      }
      const lease = facts.lease();
      try {
        report.checkpoint('relations', await countEdges(root, lease.rows, token));
      } finally {
        lease.release();
      }
      return undefined;
    },
  };
}

/** stage2 of a build that a command makes: it takes a tenth of the build's time, and no answer needs it. */
export const unwaitedRelations: LaterStage = {
  name: 'stage2',
  run: () => Promise.resolve('a command waits for it only with --resolve; an editor resolves in the background'),
};

async function countEdges(root: string, rows: readonly RowRef[], token: CancellationToken): Promise<CountsByMode> {
  const input = { rows, rootName: nameOf(root), configs: await readConfigs(root, rows) };
  const graph = await WorkspaceGraph.build(input, () => undefined, token);
  const counts = new Map<Mode, Record<string, number>>();
  const slicer = new Slicer();
  for (const { segment, file: row } of rows) {
    const file = graph.fileOf(segment.path(row));
    const mode = modes[segment.byte(row, 'mode') - 1];
    if (file === undefined || mode === undefined) continue;
    const of = counts.get(mode) ?? { ...noEdges };
    counts.set(mode, of);
    of['files'] = (of['files'] ?? 0) + 1;
    const { count, kinds, resolutions } = graph.edgesOf(file, segment.block(row));
    for (let edge = 0; edge < count; edge++) {
      const kind = `edges.${edgeKinds[kinds[edge] ?? 0]}`;
      const status = resolutions[edge]?.status ?? 'unresolved';
      of[kind] = (of[kind] ?? 0) + 1;
      of[status] = (of[status] ?? 0) + 1;
    }
    if (!slicer.due) continue;
    if (token.isCancellationRequested) throw new CancellationError();
    await slicer.pause();
  }
  return Object.fromEntries(counts);
}

/** Every counter is there, also where there is nothing to count. */
const noEdges: Counts = Object.fromEntries(
  ['files', ...edgeKinds.map((kind) => `edges.${kind}`), 'resolved', 'ambiguous', 'external', 'unresolved'].map(
    (name) => [name, 0],
  ),
);
