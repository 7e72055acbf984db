// A store on a disk that fails: errors at every call, short writes, syncs that lie, and power cuts after every call that
// leave any part of what was not synced. Every failure names its workload, call, variant and seed.

import { countErrors, countLies, countPowerCuts, countShortWrites } from './support/faultRows';

/** 1 in CI; more repeats the random parts with other seeds. */
const rounds = Number(process.env['ALMAGEST_SOAK'] ?? 1);

describe('a store on a faulty disk', function () {
  this.timeout(300_000 * rounds);

  it('survives an error at every call, once and for good', async function () {
    report(this, await countErrors());
  });

  it('writes on when the disk takes a few bytes at a time', async function () {
    report(this, await countShortWrites(rounds));
  });

  it('never takes for right what a lying sync lost', async function () {
    report(this, await countLies());
  });

  it('survives a power cut after every call, also in the midst of a recovery', async function () {
    report(this, await countPowerCuts(rounds));
  });
});

function report({ test }: Mocha.Context, cases: number): void {
  if (test !== undefined) test.title += ` (${cases.toLocaleString('en')} cases)`;
}
