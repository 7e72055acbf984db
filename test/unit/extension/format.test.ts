// Numbers, sizes and times as people read them.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatCount, formatDuration, progressText } from '../../../extension/format';

describe('format', () => {
  it('groups counts', () => assert.equal(formatCount(1234567), '1,234,567'));

  it('prints durations in the unit that tells most, never as "60 s"', () => {
    const cases: readonly (readonly [number, string])[] = [
      [4, '4 ms'],
      [1_240, '1.2 s'],
      [9_990, '10 s'],
      [59_600, '1 min'],
      [125_000, '2 min 5 s'],
      [3_600_000, '1 h'],
      [4_320_000, '1 h 12 min'],
    ];
    assert.deepEqual(
      cases.map(([ms]) => formatDuration(ms)),
      cases.map(([, text]) => text),
    );
  });

  it('shows progress without a whole that is not known, and never more than the whole', () => {
    assert.equal(progressText({ stage: 'extracting', done: 1204, total: 8330 }), '1,204 / 8,330');
    assert.equal(progressText({ stage: 'extracting', done: 9, total: 8 }), '8 / 8');
    assert.equal(progressText({ stage: 'scanning', done: 1204, total: 0 }), '1,204');
    assert.equal(progressText({ stage: 'scanning', done: 0, total: 0 }), '');
  });
});
