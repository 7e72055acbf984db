// What follows from the checkpoints of a build: the summary of each stage, the high-water marks, and the projection that
// is equal for equal input. Pure functions of the checkpoints.

import type { Checkpoint, Counts, MemoryUse, StageAudit, StageName, StageSummary } from '../../model/stageAudit';

/** Everything of an audit but the summaries. */
export type AuditRecord = Omit<StageAudit, 'stages' | 'highWater'>;

export const noMemory: MemoryUse = { rss: 0, heapUsed: 0, heapTotal: 0, external: 0, arrayBuffers: 0 };

/** Adds the summaries to what was recorded. */
export function summarize(record: AuditRecord): StageAudit {
  const { stages, highWater } = new Summary(record.generatedAt, record.checkpoints);
  return { ...record, stages, highWater };
}

/**
 * Sums up checkpoints. The time up to a checkpoint, since the one before it, belongs to its stage: so stages do not
 * overlap, add up to the whole, and one checkpoint is not zero.
 */
export class Summary {
  readonly stages: StageAudit['stages'];
  readonly highWater: StageAudit['highWater'];

  constructor(generatedAt: string, checkpoints: readonly Checkpoint[]) {
    const stages: Partial<Record<StageName, StageSummary>> = {};
    const marks: Record<string, Counts> = {};
    let memory = noMemory;
    let last = { at: generatedAt, elapsedMs: 0 };
    for (const point of checkpoints) {
      const step = labelOf(point);
      const before = stages[point.stage];
      const extra = before?.extraHighWater ?? {};
      stages[point.stage] = {
        startedAt: before?.startedAt ?? last.at,
        finishedAt: point.at,
        elapsedMs: rounded((before?.elapsedMs ?? 0) + point.elapsedMs - last.elapsedMs),
        checkpointCount: (before?.checkpointCount ?? 0) + 1,
        memoryHighWater: highest(before?.memoryHighWater ?? noMemory, point.memory),
        extraHighWater: { ...extra, [step]: highestCounts(extra[step], point.extra.counts) },
      };
      const mark = `${point.stage}/${step}`;
      marks[mark] = highestCounts(marks[mark], point.extra.counts);
      memory = highest(memory, point.memory);
      last = point;
    }
    this.stages = stages;
    this.highWater = { memory, extra: marks };
  }
}

/** The audit without what differs from run to run: times, memory, identities. Equal input gives equal text. */
export function stableProjection({ version, mode, checkpoints, stages, highWater }: StageAudit): unknown {
  return {
    version,
    mode,
    checkpoints: checkpoints.map(({ stage, step, extra: { counts, artifact, budget } }) => ({
      stage,
      step,
      ...(artifact === undefined ? {} : { artifact }),
      counts: sorted(counts),
      ...(budget === undefined ? {} : { budget: step === 'store-budget' ? { limitBytes: budget.limitBytes } : budget }),
    })),
    stages: Object.fromEntries(
      Object.entries(stages).map(([name, { checkpointCount, extraHighWater }]) => [
        name,
        { checkpointCount, extraHighWater: sortedAll(extraHighWater) },
      ]),
    ),
    highWater: { extra: sortedAll(highWater.extra) },
  };
}

/**
 * When a step began and how long it took, in ms of the build. Steps of stage1 overlap, and say when they began. Budgets
 * are told in the middle of a step: their time is a part of its.
 */
export function spansOf(
  checkpoints: readonly Checkpoint[],
): readonly { readonly startMs: number; readonly ms: number }[] {
  let last = 0;
  let lastOfStep = 0;
  return checkpoints.map(({ elapsedMs, extra }) => {
    const startMs = extra.startedMs ?? (extra.budget === undefined ? lastOfStep : last);
    last = elapsedMs;
    if (extra.budget === undefined) lastOfStep = elapsedMs;
    return { startMs, ms: rounded(Math.max(0, elapsedMs - startMs)) };
  });
}

/** The step, with the artifact that it is about: `byte-budget/symbol_edges`. */
function labelOf({ step, extra: { artifact } }: Checkpoint): string {
  return artifact === undefined ? step : `${step}/${artifact}`;
}

function highest(a: MemoryUse, b: MemoryUse): MemoryUse {
  return {
    rss: Math.max(a.rss, b.rss),
    heapUsed: Math.max(a.heapUsed, b.heapUsed),
    heapTotal: Math.max(a.heapTotal, b.heapTotal),
    external: Math.max(a.external, b.external),
    arrayBuffers: Math.max(a.arrayBuffers, b.arrayBuffers),
  };
}

function highestCounts(a: Counts | undefined, b: Counts): Counts {
  if (a === undefined) return b;
  const most: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) most[name] = Math.max(most[name] ?? count, count);
  return most;
}

function sorted(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sortedAll(all: Readonly<Record<string, Counts>>): Readonly<Record<string, Counts>> {
  return Object.fromEntries(Object.entries(all).map(([name, counts]) => [name, sorted(counts)]));
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
