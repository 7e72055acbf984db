// The table of states: every step that it allows, and that from each state there is a way back to `ready`.

import assert from 'node:assert/strict';
import { isLegalTransition, type IndexState } from '../../../server/model/indexState';
import { IndexStateMachine } from '../../../server/pipeline/stateMachine';

const states: readonly IndexState[] = ['empty', 'loading', 'ready', 'indexing', 'saving', 'corrupted'];

describe('index state', () => {
  it('allows these steps and no others', () => {
    const table = states.map((from) => `${from} -> ${states.filter((to) => isLegalTransition(from, to)).join(' ')}`);
    assert.deepEqual(table, [
      'empty -> loading',
      'loading -> empty ready indexing corrupted',
      'ready -> empty loading indexing saving corrupted',
      'indexing -> empty loading ready saving corrupted',
      'saving -> loading ready indexing corrupted',
      'corrupted -> empty loading',
    ]);
  });

  it('throws on any other step, after telling of it, and stays where it was', () => {
    const lines: string[] = [];
    const machine = new IndexStateMachine((line) => lines.push(line));
    machine.enter('loading', 'opening');
    machine.enter('ready', 'loaded');
    machine.enter('corrupted', 'given up', ['Repair it.']);
    assert.throws(() => machine.enter('indexing', 'a scan'), /illegal transition from corrupted to indexing/);
    assert.deepEqual([machine.state, machine.cause, machine.suggestions], ['corrupted', 'given up', ['Repair it.']]);
    machine.enter('loading', 'repair');
    assert.deepEqual(lines, [
      'empty -> loading: opening',
      'loading -> ready: loaded',
      'ready -> corrupted: given up',
      'illegal transition from corrupted to indexing (a scan)',
      'corrupted -> loading: repair',
    ]);
  });
});
