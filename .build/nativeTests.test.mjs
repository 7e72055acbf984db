// Reading cargo's output.

import assert from 'node:assert/strict';
import { addUp } from './nativeTests.mjs';

describe('native tests', () => {
  const line = (passed, failed, ignored) =>
    `test result: ok. ${passed} passed; ${failed} failed; ${ignored} ignored; 0 measured; 0 filtered out\n`;

  it('adds up all binaries', () => {
    assert.deepEqual(addUp(line(3, 1, 0) + line(2, 0, 4), 101), { passed: 5, failed: 1, skipped: 4 });
  });

  it('counts code that does not compile as a failure', () => {
    assert.deepEqual(addUp('', 101), { passed: 0, failed: 1, skipped: 0 });
  });
});
