// Files of an index that were cut, extended or zeroed in part, and files that are missing or something else.

import { countReplaced, countTruncations } from './support/damageRows';

const rounds = Number(process.env['ALMAGEST_SOAK'] ?? 1);

describe('an index with cut and extended files', function () {
  this.timeout(300_000 * rounds);

  it('is found out, and serves nothing wrong', async function () {
    const cases = await countTruncations(rounds);
    if (this.test !== undefined) this.test.title += ` (${cases.toLocaleString('en')} cases)`;
  });

  it('says which files are missing or no files', async function () {
    const cases = await countReplaced();
    if (this.test !== undefined) this.test.title += ` (${cases.toLocaleString('en')} cases)`;
  });
});
