// stage2 of a build: what every import, call and type of the workspace refers to, counted by kind and certainty, and what
// the analyzers conclude from it, and the artifacts of a full build. In the background, when the index answers already.
// Edges are not stored: they are computed when something asks for them.

import type { RowRef } from '../facts/merge';
import { runAnalyzers, type Analyzer, type AnalyzerInput, type AnalyzerPhase } from '../graph/analyzers/analyzer';
import { analyzers as allAnalyzers } from '../graph/analyzers/analyzers';
import { readConfigs } from '../graph/configs';
import { edgeKinds } from '../graph/edge';
import { GraphLinks } from '../graph/links';
import { WorkspaceGraph } from '../graph/workspaceGraph';
import { modes, type Mode } from '../model/mode';
import type { Counts, CountsByMode } from '../model/stageAudit';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { nameOf } from '../util/paths';
import { Slicer } from '../util/yielding';
import type { LaterStage, StageContext } from './laterStages';

/** The tables of the graph take some 40 bytes a symbol: with more symbols, more memory than an editor's server may take. */
const maxSymbols = 2_000_000;

export interface RelationsOptions {
  /** More symbols than this are not resolved. */
  readonly maxSymbols?: number;
  /** All there are if absent. */
  readonly analyzers?: readonly Analyzer[];
  /** Builds write none if absent. */
  readonly artifacts?: ArtifactsStep;
}

/** Writes artifacts from a lease's rows and their graph, or says in the account why not. */
export type ArtifactsStep = (
  context: StageContext,
  made: { readonly rows: readonly RowRef[]; readonly graph: WorkspaceGraph },
) => Promise<void>;

/** Resolves all references in linear time and reports how many there are; left out where there are too many symbols. */
export function relationsStage(options: RelationsOptions = {}): LaterStage {
  const { maxSymbols: most = maxSymbols, analyzers = allAnalyzers, artifacts } = options;
  return {
    name: 'stage2',
    async run(context) {
      const { root, facts, report, task, measure, token } = context;
      const { symbols } = facts.counts;
      if (symbols > most) {
        const [found, limit] = [symbols, most].map((count) => count.toLocaleString('en'));
        return `${found} symbols are more than the ${limit} that are resolved unasked; "almagest export" resolves them`;
      }
      const lease = facts.lease();
      try {
        const { rows } = lease;
        const conclude = (
          phases: readonly AnalyzerPhase[],
          input: Omit<AnalyzerInput, 'files' | 'token'>,
        ): Promise<void> =>
          analyze(
            phases.flatMap((phase) => analyzers.filter((each) => each.phase === phase)),
            { ...input, token },
            context,
          );
        // All files are gone through twice: for the names that there are, and for what is meant by them.
        const meter = measure('relations', rows.length * 2, 'passes');
        const resolved = await task(async () => {
          const input = { rows, rootName: nameOf(root), configs: await readConfigs(root, rows) };
          const graph = await WorkspaceGraph.build(input, (done) => meter.reach(done), token);
          const links = new GraphLinks(graph);
          const onFile = (done: number): void => meter.reach(rows.length + done);
          report.checkpoint('relations', await countEdges({ graph, links, onFile }, rows, token));
          meter.reach(rows.length * 2);
          await conclude(['extract', 'analyze', 'enrich'], { graph, links, budgets: [] });
          return { graph, links };
        });
        await artifacts?.(context, { rows, graph: resolved.graph });
        await conclude(['validate'], { ...resolved, budgets: context.uses() });
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

/** A step for each analyzer. */
async function analyze(
  list: readonly Analyzer[],
  input: Omit<AnalyzerInput, 'files'>,
  { report, warn, measure }: StageContext,
): Promise<void> {
  // Those that validate look at a few numbers of what was written.
  const meter = list.every(({ phase }) => phase === 'validate')
    ? undefined
    : measure('analyzers', list.length, 'steps');
  let done = 0;
  meter?.reach(done, list[done]?.name);
  for await (const result of runAnalyzers(list, input)) {
    meter?.reach(++done, list[done]?.name);
    const { name, phase } = result.analyzer;
    const step = `${phase}/${name}`;
    if ('error' in result) {
      const { message, stack = message } = result.error;
      report.checkpoint(step, {}, { detail: `failed: ${message.slice(0, maxDetail)}` });
      warn(`the analyzer ${name} failed: ${stack}`);
    } else {
      const { counts, detail } = result.analysis;
      report.checkpoint(step, counts, detail === undefined ? {} : { detail });
    }
  }
}

const maxDetail = 300;

async function countEdges(
  { graph, links, onFile }: { graph: WorkspaceGraph; links: GraphLinks; onFile: (done: number) => void },
  rows: readonly RowRef[],
  token: CancellationToken,
): Promise<CountsByMode> {
  const counts = new Map<Mode, Record<string, number>>();
  const slicer = new Slicer();
  for (const [done, { segment, file: row }] of rows.entries()) {
    const file = graph.fileOf(segment.path(row));
    const mode = modes[segment.byte(row, 'mode') - 1];
    if (file === undefined || mode === undefined) continue;
    const of = counts.get(mode) ?? { ...noEdges };
    counts.set(mode, of);
    of['files'] = (of['files'] ?? 0) + 1;
    const block = segment.block(row);
    const edges = graph.edgesOf(file, block);
    links.add(file, block, edges);
    for (let edge = 0; edge < edges.count; edge++) {
      const kind = `edges.${edgeKinds[edges.kinds[edge] ?? 0]}`;
      const status = edges.resolutions[edge]?.status ?? 'unresolved';
      of[kind] = (of[kind] ?? 0) + 1;
      of[status] = (of[status] ?? 0) + 1;
    }
    if (!slicer.due) continue;
    onFile(done);
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
