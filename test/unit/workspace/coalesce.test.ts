import assert from 'node:assert/strict';
import { coalesce, dueAt, longestMs, quietMs, type Hint } from '../../../server/workspace/coalesce';

describe('coalesce', () => {
  const table: readonly (readonly [title: string, hints: readonly string[], expected: readonly string[]])[] = [
    ['nothing', [], []],
    ['one file', ['a.ts'], ['a.ts']],
    ['the same file again and again', ['a.ts', 'a.ts', 'a.ts'], ['a.ts']],
    ['sorted by path', ['b/x', 'a/y', 'a/x'], ['a/x', 'a/y', 'b/x']],
    ['children of a folder are dropped', ['a/', 'a/x', 'a/b/c/d', 'b'], ['a', 'b']],
    ['whatever the order', ['a/b/c/d', 'a/x', 'a/'], ['a']],
    ['a folder within a folder', ['a/b/', 'a/'], ['a']],
    ['a neighbour with the same beginning stays', ['a/', 'ab/x', 'a.ts'], ['a', 'a.ts', 'ab/x']],
    ['the root covers everything', ['/', 'a/x', 'b/'], ['']],
    ['an entry covers nothing below it', ['a', 'a/x'], ['a', 'a/x']],
    ['ignore rules stand for their folder', ['a/.gitignore', 'a/x', 'b/x'], ['a', 'b/x']],
    ['ignore rules of the root stand for the root', ['.gitignore', 'b/x'], ['']],
    ['a name that only ends like rules', ['a/my.gitignore'], ['a/my.gitignore']],
    ['order is that of UTF-8 bytes', ['\u{1F600}', '\uFF5E', 'é'], ['é', '\uFF5E', '\u{1F600}']],
    ['names from the prototype', ['__proto__/', '__proto__/x', 'constructor'], ['__proto__', 'constructor']],
  ];
  for (const [title, hints, expected] of table) {
    it(title, () => assert.deepEqual(coalesce(hints.map(parse)), expected));
  }

  it('takes linear time for many hints below one folder', () => {
    const hints: Hint[] = [{ path: 'a', kind: 'folder' }];
    for (let i = 0; i < 100_000; i++) hints.push({ path: `a/b${i % 100}/f${i}`, kind: 'entry' });
    assert.deepEqual(coalesce(hints), ['a']);
  });
});

describe('dueAt', () => {
  it('is soon after a lone event', () => assert.equal(dueAt(1000, 1000), 1000 + quietMs));
  it('waits while events keep coming', () => assert.equal(dueAt(1000, 1100), 1100 + quietMs));
  it('waits no longer than a quarter of a second', () => assert.equal(dueAt(1000, 9000), 1000 + longestMs));
});

/** A path that ends in a slash is a folder. */
function parse(text: string): Hint {
  return text.endsWith('/') ? { path: text.slice(0, -1), kind: 'folder' } : { path: text, kind: 'entry' };
}
