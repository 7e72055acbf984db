// The message a user gets on a machine that cannot build this yet.

import assert from 'node:assert/strict';
import { complain, isOlder } from './prerequisites.mjs';

describe('prerequisites', () => {
  const rust = { name: 'Rust', oldest: '1.86.0', command: ['cargo', '--version'], get: 'https://rustup.rs' };

  it('compares versions by number, not by letter', () => {
    assert.equal(isOlder('1.9.0', '1.86.0'), true);
    assert.equal(isOlder('1.100', '1.86.0'), false);
    assert.equal(isOlder('1.86', '1.86.0'), false);
    assert.equal(isOlder('20.19.0', '20.19.1'), true);
    assert.equal(isOlder('24.0.0', '20.19.0'), false);
  });

  it('says nothing when all is there', () => assert.deepEqual(complain([rust], ['1.95.0']), []));

  it('says what is missing and where to get it', () => {
    assert.deepEqual(complain([rust], [undefined]), [
      'Rust is missing (`cargo --version` did not run). Get it: https://rustup.rs',
    ]);
  });

  it('says which version it found and which it needs', () => {
    assert.deepEqual(complain([rust], ['1.63.0']), [
      'Rust 1.63.0 is too old, 1.86.0 or newer is needed. Get it: https://rustup.rs',
    ]);
  });
});
