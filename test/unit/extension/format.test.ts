// Numbers, sizes and times as people read them.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatCount, formatDuration } from '../../../extension/format';

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
});
