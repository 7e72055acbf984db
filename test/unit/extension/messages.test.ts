// What the host of the Search view accepts from its front end.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { maxHits, parseToHost } from '../../../media/messages';

const form = {
  query: 'star',
  kind: 'text',
  caseSensitive: false,
  wholeWord: false,
  regex: true,
  include: 'src/**',
  exclude: '',
};
const search = { type: 'search', id: 1, form, limit: 100 };
const open = { type: 'open', uri: 'file:///a', line: 3, startColumn: 1, endColumn: 4, beside: false, preview: true };

describe('messages of the Search view', () => {
  it('pass as they are', () => {
    const run = { type: 'run', command: 'almagest.explainSymbol', query: 'star' };
    for (const message of [search, open, run, { type: 'ready' }, { type: 'cancel' }]) {
      assert.deepEqual(parseToHost(message), message);
    }
  });

  it('lose what does not belong to them', () => {
    assert.deepEqual(parseToHost({ type: 'ready', more: 1 }), { type: 'ready' });
    assert.deepEqual(parseToHost({ ...search, form: { ...form, more: 1 } }), search);
  });

  it('are refused when anything is wrong', () => {
    const wrong: readonly unknown[] = [
      undefined,
      null,
      'search',
      {},
      { type: 'else' },
      { ...search, id: -1 },
      { ...search, limit: 0 },
      { ...search, limit: maxHits + 1 },
      { ...search, form: undefined },
      { ...search, form: { ...form, kind: 'fuzzy' } },
      { ...search, form: { ...form, regex: 'yes' } },
      { ...search, form: { ...form, query: 'x'.repeat(10_001) } },
      { ...open, uri: 'command:workbench.action.quit' },
      { ...open, line: 1.5 },
      { ...open, startColumn: Number.NaN },
      { ...open, beside: undefined },
      { type: 'run', command: 'workbench.action.quit', query: '' },
      { type: 'run', command: 'almagest.resume' },
    ];
    for (const message of wrong) assert.equal(parseToHost(message), undefined, JSON.stringify(message));
  });
});
