// What the status bar says in each state.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { statusText } from '../../../extension/features/statusText';
import type { ServerState } from '../../../extension/serverState';
import type { RootStatus } from '../../../server/protocol';
import { format, rootStatus } from './rootStatus';

const running = (...roots: RootStatus[]): ServerState => ({ kind: 'running', status: { version: '1', roots } });
const text = (state: ServerState): string => {
  const { text, severity } = statusText(state, format);
  return severity === 'error' ? `${text} (error)` : text;
};

describe('status bar text', () => {
  it('names the state of the server', () => {
    assert.equal(text({ kind: 'idle' }), '$(telescope) Almagest');
    assert.equal(text({ kind: 'starting' }), '$(sync~spin) Almagest');
    assert.equal(text({ kind: 'waiting', crashes: 1, delayMs: 1000 }), '$(sync~spin) Almagest');
    assert.equal(text({ kind: 'failed', crashes: 3, message: 'It ended.' }), '$(error) Almagest (error)');
    assert.equal(text({ kind: 'running' }), '$(telescope) Almagest');
  });

  it('shows progress while busy, or the stage before there is any', () => {
    const progress = { stage: 'extracting', done: 1204, total: 8330 } as const;
    assert.equal(text(running(rootStatus({ state: 'indexing', progress }))), '$(sync~spin) 1,204 / 8,330');
    const begun = { ...progress, done: 0, total: 0 };
    assert.equal(text(running(rootStatus({ state: 'indexing', progress: begun }))), '$(sync~spin) Extracting facts');
    assert.equal(text(running(rootStatus({ state: 'loading' }))), '$(sync~spin) Almagest');
  });

  it('warns of a folder that cannot be opened, or read, and says why', () => {
    const missing = { uri: 'file:///w/gone', name: 'gone', reason: 'The folder /w/gone cannot be opened.' };
    const status = { version: '1', roots: [rootStatus()], unreachable: [missing] };
    const shown = statusText({ kind: 'running', status }, format);
    assert.equal(shown.text, '$(warning) Almagest');
    assert.equal(shown.label, 'Almagest, app: ready, gone: cannot be opened');
    assert.deepEqual(shown.tooltip[1], { title: 'gone: cannot be opened', lines: [missing.reason] });
    assert.equal(text({ kind: 'running', status: { ...status, roots: [] } }), '$(warning) Almagest');
    const locked = running(rootStatus({ unreadable: 'It cannot be read.' }));
    assert.equal(text(locked), '$(warning) Almagest');
    assert.ok(statusText(locked, format).tooltip[0]?.lines.includes('It cannot be read.'));
  });

  it('names what follows a build without turning, as everything answers meanwhile', () => {
    const following = (progress: NonNullable<RootStatus['progress']>): string =>
      text(running(rootStatus(), rootStatus({ progress })));
    assert.equal(
      following({ stage: 'relations', done: 5_665, total: 16_660, unit: 'passes' }),
      '$(telescope) Resolving references 34%',
    );
    assert.equal(
      following({ stage: 'sqlite', done: 12, total: 8330 }),
      '$(telescope) Making the SQLite database 12 / 8,330',
    );
    assert.equal(
      following({ stage: 'artifacts', done: 0, total: 0, unit: 'passes' }),
      '$(telescope) Writing artifacts',
    );
    const saving = { stage: 'snapshot', done: 1 << 20, total: 3 << 20, unit: 'bytes' } as const;
    assert.equal(
      text(running(rootStatus({ state: 'saving', progress: saving }))),
      '$(sync~spin) Writing the snapshot 1.0 MiB / 3.0 MiB',
    );
  });

  it('says in the tooltip why it is slow, while there is work', () => {
    const lines = (changes: Parameters<typeof rootStatus>[0]): readonly string[] =>
      statusText(running(rootStatus(changes)), format).tooltip.flatMap((section) => section.lines);
    const progress = { stage: 'extracting', done: 5, total: 9 } as const;
    assert.ok(lines({ state: 'indexing', progress, slowed: 'typing' }).includes('Slowed: you are typing'));
    assert.ok(
      lines({ state: 'indexing', progress, slowed: 'battery' }).includes('Slowed: this machine runs on battery'),
    );
    assert.ok(!lines({ slowed: 'typing' }).some((line) => line.startsWith('Slowed')));
  });

  it('stands still when paused', () => {
    const progress = { stage: 'extracting', done: 5, total: 9 } as const;
    assert.equal(text(running(rootStatus({ paused: true }))), '$(debug-pause) Paused');
    assert.equal(text(running(rootStatus({ paused: true, state: 'indexing', progress }))), '$(debug-pause) 5 / 9');
  });

  it('shows the worst of several roots', () => {
    const ready = rootStatus();
    const busy = rootStatus({ state: 'saving' });
    const damaged = rootStatus({ state: 'corrupted', suggestions: ['Use Repair.'] });
    assert.equal(text(running(ready, busy, damaged)), '$(error) Index damaged (error)');
    assert.equal(text(running(ready, rootStatus({ paused: true }), busy)), '$(sync~spin) Almagest');
    assert.equal(text(running(ready, ready)), '$(telescope) Almagest');
  });

  it('tells of stage, file, rate and time left in the tooltip', () => {
    const progress = {
      stage: 'extracting',
      done: 10,
      total: 20,
      current: 'src/a.ts',
      rate: 411.6,
      etaMs: 17_321,
    } as const;
    const { tooltip, label } = statusText(running(rootStatus({ state: 'indexing', progress })), format);
    assert.deepEqual(tooltip, [
      {
        title: 'app: indexing',
        lines: [
          'the folder was opened',
          'Extracting facts 10 / 20',
          'src/a.ts',
          '412 per second, about 18 s left',
          '8,330 files, 20,000 symbols',
        ],
      },
    ]);
    assert.equal(label, 'Almagest, app: indexing, Extracting facts 10 / 20');
  });
});
