// The SQL Console: what its host accepts, and what it writes to files.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { toCsv, toJson } from '../../../extension/tableText';
import { maxRows, parseSqlToHost } from '../../../media/sqlMessages';

describe('messages of the SQL Console', () => {
  const run = { type: 'run', id: 1, query: 'SELECT 1', limit: 10, seconds: 5 };

  it('pass as they are', () => {
    const messages = [run, { type: 'stop' }, { type: 'save', query: 'x' }, { type: 'export', format: 'csv' }];
    for (const message of messages) assert.deepEqual(parseSqlToHost(message), message);
  });

  it('are refused when anything is wrong', () => {
    const wrong: readonly unknown[] = [
      undefined,
      { ...run, query: '  ' },
      { ...run, query: 'x'.repeat(100_001) },
      { ...run, limit: maxRows + 1 },
      { ...run, limit: 0 },
      { ...run, seconds: 1.5 },
      { ...run, id: '1' },
      { type: 'export', format: 'exe' },
      { type: 'open', path: 'a', line: -1 },
      { type: 'remove' },
    ];
    for (const message of wrong)
      assert.equal(parseSqlToHost(message), undefined, JSON.stringify(message ?? null).slice(0, 80));
  });
});

describe('rows in files', () => {
  const result = {
    columns: ['name', 'n', 'name'],
    rows: [
      ['a,b', 1.5, null],
      ['say "hi"\nthere', -2, ''],
    ],
  };

  it('are CSV that tells NULL from an empty text', () => {
    assert.equal(toCsv(result), 'name,n,name\r\n"a,b",1.5,\r\n"say ""hi""\nthere",-2,""\r\n');
  });

  it('are JSON that loses no column', () => {
    assert.deepEqual(JSON.parse(toJson(result)), [
      { name: 'a,b', n: 1.5, name_2: null },
      { name: 'say "hi"\nthere', n: -2, name_2: '' },
    ]);
  });
});
