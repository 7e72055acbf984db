// What checkpoints of every account have in common.

import { isStore, type BudgetUse } from '../../model/byteBudget';
import type { CheckpointExtra, Counts, MemoryUse } from '../../model/stageAudit';

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
