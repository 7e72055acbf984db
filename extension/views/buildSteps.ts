// The steps of a build in time, from the audits of its modes. A step works on several modes at once, so what each audit
// says of it is one step here. Pure functions.

import { stepsOfAllModes, type BuildAudit, type Checkpoint, type StageAudit } from '../../server/protocol';

export interface BuildStep {
  readonly stage: Checkpoint['stage'];
  /** With the artifact behind it, where it writes one. */
  readonly step: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Most resident memory of the server at its checkpoints, bytes. */
  readonly rss: number;
  readonly detail: string;
}

/** The use of one byte budget, as its last checkpoint says. */
export interface BudgetLine {
  readonly artifact: string;
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly action: string;
  /** How long the writing took; undefined of stores. */
  readonly ms?: number;
}

/** The order of the stages; `artifacts` are written in stage2. */
export const stageOrder = ['stage1', 'stage2', 'artifacts', 'stage3', 'stage4'] as const;

/** All steps that took part, by stage and then by when they began; checkpoints of budgets are none. */
export function stepsOf(audits: readonly StageAudit[]): readonly BuildStep[] {
  const steps = new Map<string, BuildStep>();
  for (const { checkpoints } of audits) {
    let before = 0;
    for (const checkpoint of checkpoints) {
      const { stage, step, elapsedMs, memory, extra } = checkpoint;
      // Told in the middle of a step: its time is a part of the step's.
      if (extra.budget !== undefined) continue;
      const startMs = extra.startedMs ?? before;
      before = elapsedMs;
      const name = extra.artifact === undefined ? step : `${step} ${extra.artifact}`;
      const key = `${stage} ${name}`;
      const known = steps.get(key);
      steps.set(key, {
        stage,
        step: name,
        startMs: Math.min(startMs, known?.startMs ?? startMs),
        endMs: Math.max(elapsedMs, known?.endMs ?? 0),
        rss: Math.max(memory.rss, known?.rss ?? 0),
        detail: extra.detail ?? known?.detail ?? '',
      });
    }
  }
  const rank = ({ stage }: BuildStep): number => stageOrder.indexOf(stage);
  return [...steps.values()].sort((a, b) => rank(a) - rank(b) || a.startMs - b.startMs || a.endMs - b.endMs);
}

/** Resident memory of the server over time, a point per checkpoint. */
export function memoryOf(audits: readonly StageAudit[]): readonly { readonly ms: number; readonly bytes: number }[] {
  const byTime = new Map<number, number>();
  for (const { elapsedMs, memory } of audits.flatMap(({ checkpoints }) => checkpoints)) {
    byTime.set(elapsedMs, Math.max(memory.rss, byTime.get(elapsedMs) ?? 0));
  }
  return [...byTime].sort(([a], [b]) => a - b).map(([ms, bytes]) => ({ ms, bytes }));
}

/** The most memory that an extractor had, bytes; 0 when nobody looked. */
export function extractorPeak(audits: readonly StageAudit[]): number {
  const peaks = audits.flatMap(({ checkpoints }) => checkpoints.map(({ extra }) => extra.extractors?.peakRss ?? 0));
  return peaks.reduce((most, peak) => Math.max(most, peak), 0);
}

/** The budgets that were used, and those that were not, which have used nothing. */
export function budgetsOf({ audits, lateRuns, state }: BuildAudit): readonly BudgetLine[] {
  const used = new Map<string, BudgetLine>();
  const later = lateRuns.map(({ audit }) => audit).reverse();
  for (const { checkpoints } of [...audits, ...later]) {
    let before = 0;
    for (const { step, elapsedMs, extra } of checkpoints) {
      const ms = elapsedMs - before;
      before = elapsedMs;
      if (extra.artifact === undefined || extra.budget === undefined) continue;
      const line = { artifact: extra.artifact, ...extra.budget };
      // What is discarded took the time of its writing.
      const took = line.action === 'discarded' ? (used.get(line.artifact)?.ms ?? ms) : ms;
      used.set(extra.artifact, step === 'byte-budget' ? { ...line, ms: took } : line);
    }
  }
  for (const [artifact, { maxBytes }] of Object.entries(state.byteBudgets.policies)) {
    if (!used.has(artifact)) used.set(artifact, { artifact, usedBytes: 0, limitBytes: maxBytes, action: '' });
  }
  return [...used.values()];
}

/** One counter of one mode, and what it was in the build before. */
export interface CounterLine {
  /** Empty where the step knows none. */
  readonly mode: string;
  readonly step: string;
  readonly counter: string;
  readonly value: number;
  readonly before: number | undefined;
}

/**
 * Every counter of the audits beside that of the audits before; empty ones, which were empty before, are left out. Steps
 * that know no modes are there once, without one.
 */
export function countersOf(
  audits: readonly StageAudit[],
  before: readonly StageAudit[] | undefined,
): readonly CounterLine[] {
  return audits.flatMap(({ mode, checkpoints }, index) => {
    const former = before === undefined ? undefined : lastCounts(before.find((audit) => audit.mode === mode));
    return Object.entries(lastCounts({ checkpoints })).flatMap(([step, counts]) => {
      const isOfAll = stepsOfAllModes.includes(step);
      if (isOfAll && index > 0) return [];
      return Object.entries(counts).flatMap(([counter, value]): CounterLine[] => {
        // A change does not count what takes time in proportion to the index: there is nothing to compare with.
        const then = former?.[step] === undefined ? undefined : (former[step][counter] ?? 0);
        const line = { mode: isOfAll ? '' : mode, step, counter, value, before: then };
        return value === 0 && (then ?? 0) === 0 ? [] : [line];
      });
    });
  });
}

/** What each step (with its artifact) counted in the end: what was written may have been discarded after all. */
function lastCounts(
  audit: Pick<StageAudit, 'checkpoints'> | undefined,
): Readonly<Record<string, Checkpoint['extra']['counts']>> {
  const counts = (audit?.checkpoints ?? []).map(({ stage, step, extra }) => {
    return [[stage, step, ...(extra.artifact ?? [])].join('/'), extra.counts] as const;
  });
  return Object.fromEntries(counts);
}

/** The files that a build left out for one reason: those that were read, by mode, and those that the scan passed over. */
export interface SkippedLine {
  readonly reason: string;
  readonly files: number;
  readonly modes: readonly (readonly [mode: string, files: number])[];
  readonly passedOver: number;
}

const skippedCounter = 'skipped.';

/** Every reason for which a build left out files, the most frequent first. */
export function skippedOf({ state, audits }: BuildAudit): readonly SkippedLine[] {
  const reasons = new Set(Object.values(state.counts).flatMap(({ skipped }) => Object.keys(skipped)));
  // The scan knows no modes: each mode's audit has its counts.
  const scanned = Object.assign({}, ...audits.map(({ highWater }) => highWater.extra['stage1/discovery'])) as Readonly<
    Record<string, number>
  >;
  for (const counter of Object.keys(scanned)) {
    if (counter.startsWith(skippedCounter)) reasons.add(counter.slice(skippedCounter.length));
  }
  const lines = [...reasons].map((reason): SkippedLine => {
    const modes = Object.entries(state.counts).flatMap(([mode, { skipped }]) => {
      const files = (skipped as Readonly<Record<string, number>>)[reason] ?? 0;
      return files === 0 ? [] : [[mode, files] as const];
    });
    const passedOver = scanned[skippedCounter + reason] ?? 0;
    return { reason, files: modes.reduce((sum, [, files]) => sum + files, passedOver), modes, passedOver };
  });
  return lines.filter(({ files }) => files > 0).sort((a, b) => b.files - a.files);
}
