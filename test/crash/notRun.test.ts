// Rows of the fault matrix that have no test on the level of processes, each with its reason, so that none is missing in
// silence.

import { matrixRow } from './support/rows';

const reasons = [
  ['F4', 'kill -9 during an export', 'exports are made anew from the index and never read by it'],
] as const;

describe('not run', () => {
  for (const [row, method, reason] of reasons) {
    matrixRow({ row, method, quick: 0, soak: 0, share: 0, missing: () => reason }, () => Promise.resolve());
  }
});
