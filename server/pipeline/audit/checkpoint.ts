// What checkpoints of every account have in common.

import type { BudgetUse } from '../../model/byteBudget';
import type { CheckpointExtra, Counts, MemoryUse } from '../../model/stageAudit';

/** The memory of this process. */
export function memoryNow(): MemoryUse {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, heapTotal, external, arrayBuffers };
}

/** The counters of a checkpoint of `artifacts/byte-budget`. */
export function budgetCounts({ rows, removedRows, parts, usedBytes }: BudgetUse): Counts {
  return { rows, removedRows, parts, bytes: usedBytes };
}

/** What else such a checkpoint says. */
export function budgetExtra({ artifact, usedBytes, limitBytes, action }: BudgetUse): Omit<CheckpointExtra, 'counts'> {
  return { artifact, budget: { usedBytes, limitBytes, action } };
}
