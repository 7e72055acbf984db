// Search hits as they are printed, to a pipe and to a terminal.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { hitLines } from '../../../server/commandLine/hitLines';
import { Output } from '../../../server/commandLine/output';
import type { SearchHit } from '../../../server/protocol';

function output(isTTY: boolean, env: NodeJS.ProcessEnv = { TERM: 'xterm' }): Output {
  const silent = Object.assign(new PassThrough(), { isTTY });
  return new Output(silent, silent, env);
}

function hit(path: string, line: number, text: string, extra: Partial<SearchHit> = {}): SearchHit {
  const start = text.indexOf('foo');
  const ranges = start < 0 ? [] : [[start, start + 3] as const];
  return { uri: `file:///${path}`, path, line, text, ranges, before: [], after: [], mode: 'code', ...extra };
}

describe('hit lines', () => {
  it('are path:line:column: text, counted from 1', () => {
    const hits = [hit('a.ts', 0, 'foo()'), hit('b/c.ts', 11, '  x = foo;')];
    assert.equal(hitLines(output(false), hits, false), 'a.ts:1:1: foo()\nb/c.ts:12:7:   x = foo;\n');
  });

  it('show each line once where contexts overlap, and where lines are left out', () => {
    const hits = [
      hit('a.ts', 1, 'foo one', { before: ['zero'], after: ['foo two'] }),
      hit('a.ts', 2, 'foo two', { before: ['foo one'], after: ['three'] }),
      hit('a.ts', 9, 'foo nine', { before: ['eight'], after: ['ten'] }),
      hit('b.ts', 0, 'foo', { after: ['next'] }),
    ];
    assert.equal(
      hitLines(output(false), hits, false),
      `a.ts-1- zero
a.ts:2:1: foo one
a.ts:3:1: foo two
a.ts-4- three
--
a.ts-9- eight
a.ts:10:1: foo nine
a.ts-11- ten
--
b.ts:1:1: foo
b.ts-2- next
`,
    );
  });

  it('name the symbol of ranked hits', () => {
    assert.equal(hitLines(output(false), [hit('a.ts', 0, 'foo', { symbol: 'A.b' })], true), 'a.ts:1:1: foo  [A.b]\n');
  });

  it('mark matches on a terminal, unless NO_COLOR is set, and never let a file drive it', () => {
    const hits = [hit('a\x1b[1m.ts', 0, 'x foo \x1b[2J')];
    assert.equal(
      hitLines(output(true), hits, false),
      '\x1b[35ma\\x1b[1m.ts\x1b[0m:1:3: x \x1b[1;31mfoo\x1b[0m \\x1b[2J\n',
    );
    assert.equal(
      hitLines(output(true, { TERM: 'xterm', NO_COLOR: '1' }), hits, false),
      'a\\x1b[1m.ts:1:3: x foo \\x1b[2J\n',
    );
  });
});
