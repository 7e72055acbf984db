// Checks what was written against its byte budgets: what had to be cut, left out or given up. Within bounds means that
// nothing was lost; shards are no loss. Stores are named, but not counted: what they have differs from run to run.

import { isStore, type BudgetAction } from '../../model/byteBudget';
import type { Analyzer } from './analyzer';

const lossless: readonly BudgetAction[] = ['none', 'sharded'];

export const budgets: Analyzer = {
  name: 'budgets',
  languages: 'all',
  phase: 'validate',
  run({ budgets: uses }) {
    const exceeded = uses.filter(({ action }) => !lossless.includes(action) && action !== 'discarded');
    const named = exceeded.map(({ artifact, action }) => `${artifact} ${action}`).join(', ');
    const written = (all: typeof uses): number => all.filter(({ artifact }) => !isStore(artifact)).length;
    return Promise.resolve({
      counts: { code: { checked: written(uses), exceeded: written(exceeded) } },
      ...(named === '' ? {} : { detail: named }),
    });
  },
};
