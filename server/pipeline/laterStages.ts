// What follows stage1 of a build, in the background: resolution and artifacts (stage2), embeddings (stage3), SQLite
// (stage4). Which of them there are is decided where the program is put together; this runs them one after the other.

import type { FactStore } from '../facts/factStore';
import {
  resolveByteBudgets,
  type BudgetName,
  type BudgetUse,
  type ByteBudget,
  type ByteBudgetConfig,
} from '../model/byteBudget';
import type { StageReport } from '../model/stageAudit';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { messageOf } from '../util/messageOf';
import type { BuildRecorder } from './audit/buildRecorder';
import { inEachMode } from './audit/checkpoint';
import type { MeterOptions, ProgressMeter } from './progress';
import type { Scheduler } from './scheduler';

/** What a later stage works with. It reads facts by a lease, and writes below `buildFolder` and `indexFolder` only. */
export interface StageContext {
  /** Real path of the root. */
  readonly root: string;
  readonly indexFolder: string;
  /** Folder of this build; it goes when the build is one of the last ten no more. */
  readonly buildFolder: string;
  readonly buildId: string;
  /** A first build or a rebuild: all files, not only those that changed. */
  readonly isFull: boolean;
  readonly facts: FactStore;
  readonly budgets: Readonly<Record<BudgetName, ByteBudget>>;
  readonly report: StageReport;
  /** Begins to tell how far a part of the stage is, until the next one begins or the stage ends. */
  readonly measure: (part: ProgressMeter['stage'], total: number, unit?: MeterOptions['unit']) => ProgressMeter;
  /** The budgets that the build has used so far. */
  readonly uses: () => readonly BudgetUse[];
  /**
   * Runs a part of the stage as a task of its queue, when the user leaves room. What takes a second or more is to be made
   * of several: the user may come back in between.
   * @throws CancellationError
   */
  readonly task: <T>(run: () => Promise<T>) => Promise<T>;
  /** Takes a sentence for the log. */
  readonly warn: (line: string) => void;
  readonly token: CancellationToken;
}

export interface LaterStage {
  readonly name: 'stage2' | 'stage3' | 'stage4';
  /** @returns why the stage was left out; undefined when it ran */
  run(context: StageContext): Promise<string | undefined>;
}

/** What the builds of a root need to know of the program that they are part of. */
export interface BuildSetup {
  readonly version: string;
  /** The settings, as they are when a build begins. */
  readonly budgets: () => ByteBudgetConfig;
  /** In the order in which they run. */
  readonly laterStages: readonly LaterStage[];
  /** Resolves when the user leaves room for what nobody waits for, or when the token is cancelled. */
  readonly quiet: (token: CancellationToken) => Promise<void>;
}

/** stage3, which has nothing to work with. */
export const embeddingsStage: LaterStage = {
  name: 'stage3',
  run({ report }) {
    const detail = 'no embeddings are configured';
    report.checkpoint('chunks', inEachMode({ chunks: 0, vectors: 0 }), { detail });
    return Promise.resolve(detail);
  },
};

const queues = { stage2: 'stage2.relations', stage3: 'stage3.embeddings', stage4: 'stage4.sqlite' } as const;
const maxDetail = 300;
/** Of a task of a later stage: what it writes and computes lies between turns of the event loop. */
const needs = { cpu: 1, io: 1 };

/**
 * Runs the stages, each after the one before, and closes the account. A stage that fails fails alone: the next one
 * works on the facts, too, not on what it would have left. Rejects never.
 */
export async function runLaterStages(
  recorder: BuildRecorder,
  { laterStages, budgets: config, quiet }: BuildSetup,
  scheduler: Scheduler,
  context: Omit<StageContext, 'report' | 'budgets' | 'task' | 'uses'>,
): Promise<void> {
  const failures: string[] = [];
  let isStopped = false;
  for (const stage of laterStages) {
    isStopped = context.token.isCancellationRequested;
    if (isStopped) break;
    const task = async <T>(run: () => Promise<T>): Promise<T> => {
      // Before it is a task: one that holds its tokens must not wait for a person.
      await quiet(context.token);
      return scheduler.run(queues[stage.name], needs, run, context.token);
    };
    recorder.phase(stage.name, 'running');
    try {
      // Settings that mean nothing stop what would write by them, here, with their key.
      const budgets = resolveByteBudgets(config());
      const report = recorder.report(stage.name);
      const leftOut = await stage.run({ ...context, budgets, report, task, uses: () => recorder.uses });
      recorder.phase(stage.name, leftOut === undefined ? 'done' : 'unavailable', leftOut);
    } catch (error) {
      const detail = messageOf(error);
      isStopped = error instanceof CancellationError;
      if (isStopped) break;
      // The time that it took is its own, not that of the stage behind it.
      recorder.report(stage.name).checkpoint('failed', {}, { detail: detail.slice(0, maxDetail) });
      recorder.phase(stage.name, 'failed', detail);
      failures.push(`${stage.name}: ${detail}`);
    }
  }
  if (isStopped) await recorder.end('interrupted', 'stopped before its later stages ended');
  else await recorder.end(failures.length === 0 ? 'done' : 'failed', failures.join(' '));
}
