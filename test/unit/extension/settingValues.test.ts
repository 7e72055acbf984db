// What values of settings mean, also those that nobody should have written.

import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { describe, it } from 'mocha';
import { folderOf, policyOf, wholeWithin } from '../../../extension/settingValues';

/** Whatever JSON can hold. */
const nonsense: readonly unknown[] = [undefined, null, 'many', '', -1, 2.5, true, [], {}, ['a'], { a: {} }];

describe('values of settings', () => {
  it('are whole numbers within bounds', () => {
    const bounds = { default: 20, minimum: 1, maximum: 100 };
    assert.deepEqual(
      [1, 7, 100].map((value) => wholeWithin(bounds, value)),
      [1, 7, 100],
    );
    for (const value of [...nonsense, 0, 101, '7', NaN]) {
      assert.equal(wholeWithin(bounds, value), 20, JSON.stringify(value));
    }
  });

  it('are policies by language', () => {
    const setting = { '*': 'never', go: 'always', python: 'sometimes' };
    assert.deepEqual(
      ['go', 'rust', 'python'].map((language) => policyOf(setting, language)),
      ['always', 'never', 'auto'],
    );
    for (const value of nonsense) assert.equal(policyOf(value, 'go'), 'auto', JSON.stringify(value));
  });

  it('are absolute folders', () => {
    assert.equal(folderOf('/var/indexes'), '/var/indexes');
    assert.equal(folderOf('~/indexes'), `${homedir()}/indexes`);
    for (const value of [...nonsense, 'indexes', './indexes']) assert.equal(folderOf(value), undefined);
  });
});
