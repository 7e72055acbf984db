// When `npm ci` is due.

import assert from 'node:assert/strict';
import { isInstalled } from './setup.mjs';

describe('setup', () => {
  const lock = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '2.0.0', optional: true },
    },
  };

  it('installs where nothing is installed', () => assert.equal(isInstalled(lock, undefined), false));

  it('installs when a version differs', () => {
    assert.equal(isInstalled(lock, { packages: { 'node_modules/a': { version: '0.9.0' } } }), false);
  });

  it('installs when a package is not there', () => assert.equal(isInstalled(lock, { packages: {} }), false));

  it('leaves an installation alone that lacks only what is optional, for another platform', () => {
    assert.equal(isInstalled(lock, { packages: { 'node_modules/a': { version: '1.0.0' } } }), true);
  });
});
