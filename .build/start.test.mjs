// What `npm start` makes of its command line.

import assert from 'node:assert/strict';
import { parseArguments } from './start.mjs';

describe('npm start', () => {
  it('takes this repository where no folder is named', () => {
    assert.deepEqual(parseArguments([], '/'), { folder: process.cwd(), headless: false });
  });

  it('takes a folder relative to where the user stands', () => {
    assert.deepEqual(parseArguments(['.build', '--headless'], process.cwd()), {
      folder: `${process.cwd()}/.build`,
      headless: true,
    });
  });

  it('names a folder that is not there, and a file', () => {
    assert.match(parseArguments(['nowhere'], '/').problem, /^\/nowhere does not exist$/);
    assert.match(parseArguments(['package.json'], process.cwd()).problem, /package\.json is not a folder$/);
  });

  it('refuses unknown options and second folders', () => {
    assert.match(parseArguments(['--fast'], '/').problem, /unknown option --fast/);
    assert.match(parseArguments(['a', 'b'], '/').problem, /one folder at a time/);
  });
});
