// The analyzers that there are.

import type { Analyzer } from './analyzer';
import { budgets } from './budgets';
import { deadCandidates } from './deadCandidates';
import { fan } from './fan';
import { importCycles } from './importCycles';

/** In the order in which they run within a phase. */
export const analyzers: readonly Analyzer[] = [fan, importCycles, deadCandidates, budgets];
