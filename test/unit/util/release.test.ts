import assert from 'node:assert/strict';
import { release } from '../../../server/util/release';

describe('release', () => {
  it('empties arrays, also those that share a buffer with another one of them', () => {
    const numbers = Uint32Array.of(1, 2, 3, 4);
    const half = numbers.subarray(2);
    const bytes = Buffer.allocUnsafeSlow(1 << 20);
    release([numbers, half, bytes]);
    assert.deepEqual([numbers.length, half.length, bytes.length], [0, 0, 0]);
    release([]);
  });
});
