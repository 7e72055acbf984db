// Numbers and foreign text as the command line prints them.

import assert from 'node:assert/strict';
import { duration, fit, table, topCounts, visible } from '../../../server/commandLine/format';
import { count, counted } from '../../../server/util/counted';
import { progressLine } from '../../../server/commandLine/progressBar';

describe('format', () => {
  it('groups digits', () => {
    assert.deepEqual([0, 999, 1000, 1234567].map(count), ['0', '999', '1,000', '1,234,567']);
    assert.deepEqual(
      [counted(1, 'file'), counted(2, 'file'), counted(2, 'match', 'matches')],
      ['1 file', '2 files', '2 matches'],
    );
  });

  it('scales durations', () => {
    const times = [0, 999, 1000, 59_900, 60_000, 184_000, 3_599_499, 7_500_000];
    assert.equal(
      times.map(duration).join(' | '),
      '0 ms | 999 ms | 1.0 s | 59.9 s | 1 min 00 s | 3 min 04 s | 59 min 59 s | 2 h 05 min',
    );
  });

  it('lists the largest counts, and tables without empty rows', () => {
    assert.equal(topCounts({ go: 12, python: 812, c: 12, rust: 0, html: 1 }, 3), 'python 812, c 12, go 12, 1 more');
    assert.equal(
      table([
        ['Files', '3'],
        ['Nothing', ''],
        ['Languages', 'go 3'],
      ]),
      '  Files      3\n  Languages  go 3\n',
    );
  });

  it('makes control characters harmless', () => {
    assert.equal(visible('a\tb\x1b[2Jc\u009b\n\u202ed'), 'a\tb\\x1b[2Jc\\x9b\\x0a\\u202ed');
  });

  it('cuts to columns, counting wide characters twice and splitting none', () => {
    assert.equal(fit('abcdef', 6), 'abcdef');
    assert.equal(fit('abcdef', 5), 'abcd…');
    assert.equal(fit('abcdef', 4, 'end'), '…def');
    assert.equal(fit('a漢字b', 4), 'a漢…');
    assert.equal(fit('a😀b', 2), 'a…');
    assert.equal(fit('abc', 0), '');
  });

  it('draws progress in one line of the width that there is', () => {
    const progress = {
      stage: 'extracting',
      done: 1204,
      total: 8330,
      rate: 512,
      etaMs: 13_918,
      current: 'server/a/long/path/to/some/file.ts',
    } as const;
    assert.equal(
      [100, 70, 60, 20].map((columns) => `${progressLine(progress, columns)}|`).join('\n'),
      `Indexing  1,204 / 8,330  14%  512/s  ETA 13.9 s  server/a/long/path/to/some/file.ts|
Indexing  1,204 / 8,330  14%  512/s  ETA 13.9 s  …path/to/some/file.ts|
Indexing  1,204 / 8,330  14%  512/s  ETA 13.9 s|
Indexing  1,204 / 8…|`,
    );
    assert.equal(progressLine({ stage: 'snapshot', done: 0, total: 0, unit: 'bytes' }, 80), 'Saving');
    assert.equal(
      progressLine(
        { stage: 'artifacts', done: 3, total: 9, unit: 'passes', rate: 3, etaMs: 2000, current: 'repo_map' },
        80,
      ),
      'Exporting  33%  ETA 2.0 s  repo_map',
    );
  });
});
