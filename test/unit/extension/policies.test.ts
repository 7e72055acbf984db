// The rules by which the extension restarts the server, fills gaps, words answers and walks its history.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { gapVerdict } from '../../../extension/features/gapVerdict';
import { afterCrash } from '../../../extension/restartPolicy';
import { searchParams, splitGlobs, summaryText } from '../../../extension/views/searchText';
import { History } from '../../../media/search/history';
import { format } from './rootStatus';

describe('restart policy', () => {
  it('waits longer each time and gives up at the third crash in a row', () => {
    assert.deepEqual(afterCrash(0, 10), { kind: 'retry', crashes: 1, delayMs: 1_000 });
    assert.deepEqual(afterCrash(1, 10), { kind: 'retry', crashes: 2, delayMs: 5_000 });
    assert.deepEqual(afterCrash(2, 10), { kind: 'giveUp', crashes: 3 });
  });

  it('begins a new row after a healthy run', () => {
    assert.deepEqual(afterCrash(2, 60_000), { kind: 'retry', crashes: 1, delayMs: 1_000 });
  });
});

describe('gap verdict', () => {
  const verdict = (registered: boolean, merged: number, answered: number | undefined, ours: number) =>
    gapVerdict({ registered, merged, answered, ours });

  it('leaves a language to those who answer', () => {
    assert.equal(verdict(false, 3, undefined, 5), 'others');
    assert.equal(verdict(true, 8, 5, 5), 'others');
  });

  it('fills a gap, and only a real one', () => {
    assert.equal(verdict(false, 0, undefined, 5), 'gap');
    assert.equal(verdict(false, 0, undefined, 0), 'unknown');
    assert.equal(verdict(true, 5, 5, 5), 'unknown');
    assert.equal(verdict(true, 5, undefined, 5), 'unknown');
  });

  it('answers anew once there is something to say', () => assert.equal(verdict(true, 0, 0, 5), 'outdated'));
});

describe('search form', () => {
  const form = { query: 'a', caseSensitive: true, wholeWord: false, regex: false, include: '', exclude: '' } as const;

  it('becomes a request without what does not apply', () => {
    const text = searchParams({ ...form, kind: 'text', include: 'src/**, *.{ts,js}' }, 10);
    const options = { caseSensitive: true, wholeWord: false, regex: false };
    assert.deepEqual(text, { query: 'a', kind: 'text', limit: 10, ...options, include: ['src/**', '*.{ts,js}'] });
    assert.deepEqual(searchParams({ ...form, kind: 'ranked' }, 10), { query: 'a', kind: 'ranked', limit: 10 });
    assert.deepEqual(splitGlobs(' , '), []);
  });

  it('words the answer', () => {
    const answer = { hits: [], total: 0, files: 0, cut: false, elapsedMs: 4 };
    assert.equal(summaryText(answer, format), 'No results, 4 ms');
    assert.equal(summaryText({ ...answer, total: 1, files: 1 }, format), '1 result in 1 file, 4 ms');
    const hit = {
      uri: 'file:///a',
      path: 'a',
      line: 0,
      text: '',
      ranges: [],
      before: [],
      after: [],
      mode: 'code',
    } as const;
    const hits = [hit, hit, { ...hit, uri: 'file:///b' }];
    const cut = summaryText({ ...answer, hits, total: 45, files: 12, cut: true }, format);
    assert.equal(cut, 'The first 3 results, in 2 files, 4 ms; there are more');
  });
});

describe('search history', () => {
  it('walks back to what was searched, and forth to what was typed', () => {
    const history = new History(['one', 'two']);
    assert.equal(history.walk(1, 'ty'), undefined);
    assert.equal(history.walk(-1, 'ty'), 'two');
    assert.equal(history.walk(-1, 'two'), 'one');
    assert.equal(history.walk(-1, 'one'), undefined);
    assert.equal(history.walk(1, 'one'), 'two');
    assert.equal(history.walk(1, 'two'), 'ty');
    assert.ok(history.atEnd);
  });

  it('keeps each query once, the newest last, and not for ever', () => {
    const history = new History(['a', 'b']);
    history.add('a');
    history.add('');
    assert.deepEqual(history.entries, ['b', 'a']);
    for (let i = 0; i < 100; i++) history.add(`q${i}`);
    assert.equal(history.entries.length, 50);
    assert.equal(history.entries.at(-1), 'q99');
  });

  it('skips the newest entry when the input already holds it', () => {
    const history = new History(['one', 'two']);
    assert.equal(history.walk(-1, 'two'), 'one');
  });
});
