// How progress is told: by what is counted, and never more than the whole.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { percentOf, progressText, rateText } from '../../../server/model/progress';

describe('progress', () => {
  it('is told without a whole that is not known, and never beyond the whole', () => {
    assert.equal(progressText({ done: 1204, total: 8330 }), '1,204 / 8,330');
    assert.equal(progressText({ done: 9, total: 8 }), '8 / 8');
    assert.equal(progressText({ done: 1204, total: 0 }), '1,204');
    assert.equal(progressText({ done: 0, total: 0 }), '');
  });

  it('is told in bytes where bytes are counted, and as a ratio where files are gone through several times', () => {
    const mebibyte = 1 << 20;
    assert.equal(progressText({ done: 3 * mebibyte, total: 80 * mebibyte, unit: 'bytes' }), '3.0 MiB / 80.0 MiB');
    assert.equal(progressText({ done: 6, total: 9, unit: 'passes' }), '66%');
    assert.equal(progressText({ done: 6, total: 0, unit: 'passes' }), '');
    assert.equal(progressText({ done: 1, total: 4, unit: 'steps' }), '1 / 4');
  });

  it('is at 100 percent at its end only', () => {
    assert.equal(percentOf({ done: 999, total: 1000 }), 99);
    assert.equal(percentOf({ done: 1001, total: 1000 }), 100);
    assert.equal(percentOf({ done: 5, total: 0 }), 0);
  });

  it('has a rate where a user would count the same things', () => {
    assert.equal(rateText({ done: 1, total: 9, rate: 411.6 }), '412');
    assert.equal(rateText({ done: 1, total: 9, rate: 2 << 20, unit: 'bytes' }), '2.0 MiB');
    assert.equal(rateText({ done: 1, total: 9, rate: 411.6, unit: 'passes' }), '');
    assert.equal(rateText({ done: 1, total: 9 }), '');
  });
});
