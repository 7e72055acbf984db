// Bits flipped in the files of an index while nobody looked: what is damaged is found out and set aside.

import { countBitFlips } from './support/damageRows';

const rounds = Number(process.env['ALMAGEST_SOAK'] ?? 1);

describe('an index with flipped bits', function () {
  this.timeout(300_000 * rounds);

  it('is found out, and serves nothing wrong', async function () {
    const cases = await countBitFlips(rounds > 1);
    if (this.test !== undefined) this.test.title += ` (${cases.toLocaleString('en')} cases)`;
  });
});
