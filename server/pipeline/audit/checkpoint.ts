// What checkpoints of every account have in common, and the counters that they are made of.

import type { ModeTally } from '../../facts/tally';
import { isStore, type BudgetUse } from '../../model/byteBudget';
import { modes } from '../../model/mode';
import type { SchedulerStats } from '../../model/schedulerStats';
import type { CheckpointExtra, Counts, CountsByMode, MemoryUse } from '../../model/stageAudit';

/** The memory of this process. */
export function memoryNow(): MemoryUse {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, heapTotal, external, arrayBuffers };
}

/** The step of a checkpoint that tells the use of a budget. What a store has differs from run to run. */
export function budgetStep({ artifact }: BudgetUse): 'byte-budget' | 'store-budget' {
  return isStore(artifact) ? 'store-budget' : 'byte-budget';
}

/** Its counters: none of a store. */
export function budgetCounts({ artifact, rows, removedRows, parts, usedBytes }: BudgetUse): Counts {
  return isStore(artifact) ? {} : { rows, removedRows, parts, bytes: usedBytes };
}

/** What else such a checkpoint says. */
export function budgetExtra({ artifact, usedBytes, limitBytes, action }: BudgetUse): Omit<CheckpointExtra, 'counts'> {
  return { artifact, budget: { usedBytes, limitBytes, action } };
}

/** Counters of a mode as a checkpoint has them: one flat record. */
export function countsOf({ skipped, limited, ...totals }: ModeTally): Counts {
  return { ...totals, ...prefixed('skipped', skipped), ...prefixed('limited', limited) };
}

/** `{ binary: 2 }` → `{ 'skipped.binary': 2 }`. */
export function prefixed(prefix: string, counts: Readonly<Partial<Record<string, number>>>): Counts {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix}.${name}`, count ?? 0]));
}

/** The same counters for every mode: of steps that look at files before their mode is known. */
export function inEachMode(counts: Counts): CountsByMode {
  return Object.fromEntries(modes.map((mode) => [mode, counts]));
}

/** What a checkpoint keeps of the scheduler: a few numbers, whatever there is to run. */
export function briefly(stats: SchedulerStats): Readonly<Record<string, number>> {
  const queues = Object.values(stats.queues);
  const sum = (pick: (queue: (typeof queues)[number]) => number): number =>
    queues.reduce((total, queue) => total + pick(queue), 0);
  return {
    pending: sum(({ pending }) => pending),
    running: sum(({ running }) => running),
    completed: stats.counters.completed,
    failed: stats.counters.failed,
    starvation: stats.counters.starvation,
    cpuUsed: stats.tokens.cpu.used,
    cpuTotal: stats.tokens.cpu.total,
  };
}
