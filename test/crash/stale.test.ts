// Files of an index that are valid in themselves and do not belong together.

import { countStale } from './support/damageRows';

describe('an index with old files', function () {
  this.timeout(300_000);

  it('never mixes them up', async function () {
    const cases = await countStale();
    if (this.test !== undefined) this.test.title += ` (${cases.toLocaleString('en')} cases)`;
  });
});
