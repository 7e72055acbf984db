import assert from 'node:assert/strict';
import { wholeWithin } from '../../../extension/wholeWithin';

describe('a number of the settings', () => {
  it('is what was set where that is a whole one within its bounds', () => {
    const bounds = { default: 5, minimum: 1, maximum: 9 };
    for (const value of [1, 7, 9]) assert.equal(wholeWithin(bounds, value), value);
    for (const value of [0, 10, -1, 1.5, NaN, Infinity, '7', null, undefined, {}, [7]]) {
      assert.equal(wholeWithin(bounds, value), 5, `${typeof value} ${JSON.stringify(value)}`);
    }
  });
});
