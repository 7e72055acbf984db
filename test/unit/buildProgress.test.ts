// Work-done progress for clients that do not draw the status themselves: what is begun, reported and ended for a status.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Connection } from 'vscode-languageserver/node';
import { BuildProgress } from '../../server/buildProgress';
import type { RootStatus } from '../../server/protocol';
import { rootStatus } from './extension/rootStatus';

describe('work-done progress', () => {
  it('is one for a build, and one for each part that follows it', async () => {
    const { lines, show } = shown();
    await show({ state: 'indexing', progress: { stage: 'extracting', done: 0, total: 1000 } });
    await show({ state: 'indexing', progress: { stage: 'extracting', done: 500, total: 1000 } });
    // Counts begin anew, percentages do not go back.
    await show({ state: 'indexing', progress: { stage: 'searchIndex', done: 1, total: 400 } });
    await show({ progress: { stage: 'relations', unit: 'passes', done: 0, total: 2000 } });
    await show({ progress: { stage: 'relations', unit: 'passes', done: 1500, total: 2000 } });
    await show({ progress: { stage: 'artifacts', unit: 'passes', done: 0, total: 11_000 } });
    await show({});
    assert.deepEqual(lines, [
      'begin Almagest: app, indexing 0 / 1,000',
      '50% indexing 500 / 1,000',
      '50% feeding the search index 1 / 400',
      'end',
      'begin Almagest: app, resolving references 0%',
      '75% resolving references 75%',
      'end',
      'begin Almagest: app, writing artifacts 0%',
      'end',
    ]);
  });

  it('is none for what is over in a moment, for a command that has its own, and where nobody wants it', async () => {
    const { lines, show, progress } = shown();
    await show({ state: 'indexing', progress: { stage: 'extracting', done: 0, total: 100 } });
    const long = { progress: { stage: 'artifacts', unit: 'passes', done: 0, total: 11_000 } } as const;
    const stop = progress.follow('token', () => ({ version: '1', roots: [rootStatus(long)] }));
    await show(long);
    stop();
    assert.deepEqual(lines, ['own begin writing artifacts 0%', 'own end']);
    progress.enabled = false;
    await show(long);
    assert.equal(lines.length, 2);
  });

  it('is not begun for a part that is over when the client answers', async () => {
    let answer = (): void => undefined;
    const { lines, show, progress } = shown(new Promise((resolve) => (answer = resolve)));
    progress.show({ version: '1', roots: [rootStatus({ progress: { stage: 'sqlite', done: 1, total: 900 } })] });
    progress.show({ version: '1', roots: [rootStatus()] });
    answer();
    await show({});
    assert.deepEqual(lines, []);
    await show({ progress: { stage: 'sqlite', done: 5, total: 900 } });
    assert.deepEqual(lines, ['begin Almagest: app, making the SQLite database 5 / 900']);
  });
});

/** What a client that answers after `answered` is told, a line each. */
function shown(answered: Promise<void> = Promise.resolve()) {
  const lines: string[] = [];
  const reporter = {
    begin: (title: string, _percentage: number, message: string) => lines.push(`begin ${title}, ${message}`),
    report: (percentage: number, message: string) => lines.push(`${percentage}% ${message}`),
    done: () => lines.push('end'),
  };
  const connection = {
    window: { createWorkDoneProgress: () => answered.then(() => reporter) },
    sendProgress: (_type: unknown, _token: unknown, { kind, message = '' }: { kind: string; message?: string }) => {
      lines.push(`own ${kind} ${message}`.trimEnd());
      return Promise.resolve();
    },
  } as unknown as Connection;
  const progress = new BuildProgress(connection);
  progress.enabled = true;
  const show = async (changes: Partial<RootStatus>): Promise<void> => {
    progress.show({ version: '1', roots: [rootStatus(changes)] });
    await new Promise(setImmediate); // the client answers
  };
  return { lines, show, progress };
}
