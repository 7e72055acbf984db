// What `build_state.json` says of a build, as pure functions: when it begins, while it reads files, and when it ends. Who
// writes it stands in buildStateFile.ts.

import type { ModeTally } from '../../facts/tally';
import { maxJsonBytes, type BudgetName, type ByteBudget } from '../../model/byteBudget';
import { modes, type Mode } from '../../model/mode';
import type { BuildPhase, BuildState, StageName } from '../../model/stageAudit';

export type PhaseName = keyof BuildState['phases'];

/** What is known of a build before it begins. */
export interface BuildPlan {
  /** Real path of the root. */
  readonly root: string;
  readonly cause: string;
  readonly version: string;
  readonly budgets: Readonly<Record<BudgetName, ByteBudget>>;
  readonly strict: boolean;
  /** The stages after stage1 that it will run. */
  readonly laterStages: readonly PhaseName[];
}

/** Of stage4. */
const onDemand = 'made when a query first asks for it; see the later runs';

/** The state of a build that has just begun. */
export function firstState(
  { root, cause, version, budgets, strict, laterStages }: BuildPlan,
  buildId: string,
  createdAt: string,
  git: BuildState['git'],
): BuildState {
  const pending: BuildPhase = { status: 'pending', startedAt: null, finishedAt: null, detail: '' };
  const phaseOf = (name: PhaseName): BuildPhase =>
    laterStages.includes(name)
      ? pending
      : { ...pending, status: 'unavailable', detail: name === 'stage4' ? onDemand : 'not part of this build' };
  return {
    schemaVersion: 1,
    buildId,
    createdAt,
    updatedAt: createdAt,
    finishedAt: null,
    status: 'running',
    cause,
    tool: { version },
    root,
    git,
    modes,
    phases: {
      stage1: { ...pending, status: 'running', startedAt: createdAt },
      stage2: phaseOf('stage2'),
      stage3: phaseOf('stage3'),
      stage4: phaseOf('stage4'),
    },
    progress: {},
    counts: {},
    stageCheckpoints: {},
    byteBudgets: { generatedAt: createdAt, maxJsonBytes, strict, policies: budgets, used: {} },
  };
}

/** How far the files of each mode are, of `planned` files in all, `processed` of which are done. */
export function progressOf(
  tallies: ReadonlyMap<Mode, ModeTally>,
  { planned, processed }: { readonly planned: number; readonly processed: number },
): BuildState['progress'] {
  const ofMode = (mode: Mode): number => (mode === 'extracted-prose' ? 0 : (tallies.get(mode)?.files ?? 0));
  const others = (mode: Mode): number => modes.reduce((sum, each) => sum + (each === mode ? 0 : ofMode(each)), 0);
  // Which mode a file has is known when it is read: until then it may be of any.
  return Object.fromEntries(
    [...tallies].map(([mode, { files }]) => {
      const total = Math.max(files, planned - others(mode) - skippedOf(tallies));
      const isOver = mode === 'extracted-prose' || processed >= planned;
      return [mode, { processedFiles: files, totalFiles: isOver ? files : total }];
    }),
  );
}

/** The state of a build that ends: what has not ended by then never will. */
export function endedState(
  state: BuildState,
  status: 'failed' | 'interrupted',
  finishedAt: string,
  detail: string,
): BuildState {
  const end = (phase: BuildPhase): BuildPhase =>
    phase.status === 'running' || phase.status === 'pending' ? { ...phase, status, finishedAt, detail } : phase;
  const { stage1, stage2, stage3, stage4 } = state.phases;
  const phases = { stage1: end(stage1), stage2: end(stage2), stage3: end(stage3), stage4: end(stage4) };
  return { ...state, status, updatedAt: finishedAt, finishedAt, phases };
}

/** The stage that was begun last. */
export function lastStageOf({ phases }: BuildState): StageName {
  const begun = (Object.keys(phases) as PhaseName[]).filter((name) => phases[name].startedAt !== null);
  return begun[begun.length - 1] ?? 'stage1';
}

function skippedOf(tallies: ReadonlyMap<Mode, ModeTally>): number {
  const all = [...tallies.values()].flatMap(({ skipped }) => Object.values(skipped));
  return all.reduce((sum, count) => sum + count, 0);
}
