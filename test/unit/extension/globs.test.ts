// VS Code's globs as gitignore-style ones.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { enabledGlobs, toIgnoreGlobs } from '../../../extension/globs';

describe('globs', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['**/node_modules', ['**/node_modules']],
    ['*.log', ['/*.log']],
    ['out/gen', ['/out/gen']],
    ['/out', ['/out']],
    ['**/*.{js,d.ts}', ['**/*.js', '**/*.d.ts']],
    ['{a,b/{c,d}}/x', ['/a/x', '/b/c/x', '/b/d/x']],
    ['{a', ['/\\{a']],
    ['x[', ['/x\\[']],
    ['*.[ch]', ['/*.[ch]']],
    ['!keep', ['/!keep']],
    ['  ', []],
  ];
  for (const [glob, expected] of cases) {
    it(`"${glob}" is ${JSON.stringify(expected)}`, () => assert.deepEqual(toIgnoreGlobs(glob), expected));
  }

  it('do not explode', () => assert.ok(toIgnoreGlobs('{a,b}'.repeat(30)).length <= 2_000));

  it('count only when they are switched on without a condition', () => {
    assert.deepEqual(enabledGlobs({ a: true, b: false, c: { when: '$(basename).ts' } }), ['a']);
    assert.deepEqual(enabledGlobs(null), []);
    assert.deepEqual(enabledGlobs('a'), []);
  });
});
