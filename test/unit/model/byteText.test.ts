// Sizes as people read them.

import assert from 'node:assert/strict';
import { byteText } from '../../../server/model/byteText';

describe('byteText', () => {
  it('scales by 1,024, with as many digits as mean something', () => {
    const [kib, mib] = [1024, 1 << 20];
    const sizes = [0, 999, 1023, kib, 1.5 * kib, 99.94 * kib, 99.96 * kib, 1003 * kib, 1023.4 * kib, 1023.6 * kib];
    assert.equal(
      [...sizes, mib, 123_456_789, 2 ** 50, 2 ** 60].map(byteText).join(' | '),
      '0 B | 999 B | 1,023 B | 1.0 KiB | 1.5 KiB | 99.9 KiB | 100 KiB | 1,003 KiB | 1,023 KiB | 1.0 MiB | ' +
        '1.0 MiB | 118 MiB | 1,024 TiB | 1,048,576 TiB',
    );
  });
});
