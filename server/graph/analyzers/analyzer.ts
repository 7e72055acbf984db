// What an analyzer is: a value that concludes something from the graph of a workspace. Pure: equal facts give equal
// results, whatever ran before it. Which of them there are is said in analyzers.ts, and who runs them is the pipeline.

import type { BudgetUse } from '../../model/byteBudget';
import { modes, type Mode } from '../../model/mode';
import type { Counts, CountsByMode } from '../../model/stageAudit';
import { CancellationError, type CancellationToken } from '../../util/cancellation';
import { Slicer } from '../../util/yielding';
import type { GraphLinks } from '../links';
import type { WorkspaceGraph } from '../workspaceGraph';

/** In the order in which they run: `validate` looks at what was written, so it comes after the artifacts. */
export const analyzerPhases = ['extract', 'analyze', 'enrich', 'validate'] as const;
export type AnalyzerPhase = (typeof analyzerPhases)[number];

export interface Analyzer {
  readonly name: string;
  /** Names of the languages that it looks at. */
  readonly languages: readonly string[] | 'all';
  readonly phase: AnalyzerPhase;
  run(input: AnalyzerInput): Promise<Analysis>;
}

export interface AnalyzerInput {
  readonly graph: WorkspaceGraph;
  readonly links: GraphLinks;
  /** Numbers of the files of its languages, ascending. */
  readonly files: readonly number[];
  /** What has been written so far, each thing with its budget. */
  readonly budgets: readonly BudgetUse[];
  readonly token: CancellationToken;
}

export interface Analysis {
  /** Equal for equal facts. */
  readonly counts: CountsByMode;
  /** What somebody should look at, a phrase. */
  readonly detail?: string;
  /** The numbers behind the counters, for whoever keeps them. */
  readonly metrics?: Iterable<Metric>;
}

/** A number about a file, or about one of its symbols. */
export interface Metric {
  readonly name: string;
  readonly file: number;
  readonly symbol?: number;
  readonly value: number;
}

/** What came of an analyzer: its analysis, or why it failed. */
export type AnalyzerResult =
  { readonly analyzer: Analyzer; readonly analysis: Analysis } | { readonly analyzer: Analyzer; readonly error: Error };

/**
 * Runs analyzers one after the other. One that fails fails alone.
 * @throws CancellationError
 */
export async function* runAnalyzers(
  analyzers: readonly Analyzer[],
  input: Omit<AnalyzerInput, 'files'>,
): AsyncGenerator<AnalyzerResult> {
  for (const analyzer of analyzers) {
    let result: AnalyzerResult;
    try {
      const files = filesOf(analyzer, input.graph);
      result = { analyzer, analysis: await analyzer.run({ ...input, files }) };
    } catch (error) {
      if (error instanceof CancellationError) throw error;
      result = { analyzer, error: error instanceof Error ? error : new Error(String(error)) };
    }
    yield result;
  }
}

/** Calls back for each file, with the counters of its mode, between turns of the event loop. */
export async function countFiles<C extends Counts>(
  { graph, files, token }: AnalyzerInput,
  zero: C,
  count: (file: number, counts: { -readonly [K in keyof C]: number }) => void,
): Promise<CountsByMode> {
  const all = new Map<Mode, { -readonly [K in keyof C]: number }>();
  const slicer = new Slicer();
  for (const file of files) {
    const entry = graph.symbols.workspace.files[file];
    const mode = entry && modes[entry.segment.byte(entry.file, 'mode') - 1];
    if (mode === undefined) continue;
    const counts = all.get(mode) ?? { ...zero };
    all.set(mode, counts);
    count(file, counts);
    if (!slicer.due) continue;
    if (token.isCancellationRequested) throw new CancellationError();
    await slicer.pause();
  }
  return Object.fromEntries(all);
}

function filesOf({ languages }: Analyzer, { symbols }: WorkspaceGraph): readonly number[] {
  return symbols.workspace.files.flatMap(({ segment, file }, number) => {
    const language = segment.hot.languages[segment.byte(file, 'language')]?.[0] ?? '';
    return languages === 'all' || languages.includes(language) ? [number] : [];
  });
}
