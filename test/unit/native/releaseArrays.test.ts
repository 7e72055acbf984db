// Memory that native gives back when it is told to, not when garbage is collected.

import assert from 'node:assert/strict';
import { extractText, releaseArrays } from '../../../native';

describe('releaseArrays', () => {
  it('empties arrays of native and of JavaScript, also twice', async () => {
    const limits = { deadlineMs: 2000, maxFileBytes: 1e6, maxParseBytes: 1e6, maxLineBytes: 1e6, maxRows: 1000 };
    const rows = await extractText({ ...limits, root: '/', threads: 1 }, 'a.ts', 'function a() {}');
    const own = Buffer.alloc(1 << 20);
    const arrays = [rows.symbolNames, rows.names, rows.sizes, own];
    assert.ok(arrays.every(({ length }) => length > 0));
    const buffers = arrays.map(({ buffer }) => buffer as ArrayBuffer);
    releaseArrays(buffers);
    releaseArrays(buffers);
    assert.deepEqual(
      arrays.map(({ length }) => length),
      [0, 0, 0, 0],
    );
  });
});
