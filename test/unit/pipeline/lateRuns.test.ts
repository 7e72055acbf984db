// Runs that follow a build: their account in the folder of the newest build, what it says of one that failed or was
// killed, and that it stands in nobody's way.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { makeBuildFolders, metricsFolder, newBuildId } from '../../../server/pipeline/audit/builds';
import { closeInterruptedRuns, readLateRuns } from '../../../server/pipeline/audit/lateRunFiles';
import { recordLateRun, type LateRunPlace } from '../../../server/pipeline/audit/lateRuns';
import { CancellationError } from '../../../server/util/cancellation';
import { withTemporaryFolder } from '../../support/temporaryFolder';

/** More than any process number of a machine. */
const noPid = 2 ** 30;

async function withBuild(use: (place: LateRunPlace, metrics: string, warnings: string[]) => Promise<void>) {
  await withTemporaryFolder(async (indexFolder) => {
    const warnings: string[] = [];
    for (const day of [1, 2]) await makeBuildFolders(indexFolder, newBuildId(new Date(2026, 0, day)));
    const [, newest = ''] = (await readdir(join(indexFolder, 'builds'))).sort();
    await use({ indexFolder, warn: (line) => warnings.push(line) }, metricsFolder(indexFolder, newest), warnings);
  });
}

async function print(metrics: string): Promise<string[]> {
  return (await readLateRuns(metrics)).map(({ kind, status, audit }) => {
    const steps = audit.checkpoints.map(({ stage, step, extra }) => {
      const detail = extra.budget === undefined ? extra.detail : `${extra.artifact} ${extra.budget.action}`;
      return `${stage}/${step}${detail === undefined ? '' : ` (${detail})`}`;
    });
    return `${kind} ${status}: ${steps.join(', ')}`;
  });
}

const budget = { artifact: 'repo_map', usedBytes: 9, limitBytes: 5, action: 'sharded' } as const;

describe('runs after a build', () => {
  it('are accounted for with the newest build, newest first, with the use of each budget', () =>
    withBuild(async (place, metrics, warnings) => {
      const result = await recordLateRun(place, 'artifacts', (report) => {
        report.checkpoint('relations', { code: { files: 3 } });
        report.budget({ ...budget, rows: 2, removedRows: 0, parts: 2 });
        return Promise.resolve('written');
      });
      assert.equal(result, 'written');
      await recordLateRun(place, 'sqlite', () => Promise.resolve());
      assert.deepEqual(await print(metrics), [
        'sqlite done: ',
        'artifacts done: stage2/relations, artifacts/byte-budget (repo_map sharded)',
      ]);
      assert.deepEqual(warnings, []);
    }));

  it('are accounted for with the build whose facts there are, not with a rebuild that was interrupted', () =>
    withBuild(async (place, newest) => {
      const [older = '', interrupted = ''] = (await readdir(join(place.indexFolder, 'builds'))).sort();
      for (const [id, status] of [
        [older, 'done'],
        [interrupted, 'interrupted'],
      ] as const) {
        const state = { schemaVersion: 1, buildId: id, phases: { stage1: { status } } };
        await writeFile(join(place.indexFolder, 'builds', id, 'build_state.json'), JSON.stringify(state));
      }
      await recordLateRun(place, 'sqlite', () => Promise.resolve());
      assert.deepEqual(await print(newest), []);
      assert.deepEqual(await print(metricsFolder(place.indexFolder, older)), ['sqlite done: ']);
    }));

  it('say that they failed or were cancelled, and fail as they did', () =>
    withBuild(async (place, metrics) => {
      const failing = recordLateRun(place, 'artifacts', () => Promise.reject(new Error('no room')));
      await assert.rejects(failing, /no room/);
      const cancelled = recordLateRun(place, 'sqlite', () => Promise.reject(new CancellationError()));
      await assert.rejects(cancelled, CancellationError);
      const [last, first] = await print(metrics);
      assert.match(last ?? '', /^sqlite interrupted: stage4\/interrupted/);
      assert.equal(first, 'artifacts failed: stage2/failed (no room)');
    }));

  it('are running while they run, and interrupted when their process is gone, closed or not', () =>
    withBuild(async (place, metrics) => {
      await recordLateRun(place, 'sqlite', async (report) => {
        report.checkpoint('start', { code: { files: 1 } });
        const written = await untilWritten(metrics);
        assert.deepEqual(await print(metrics), ['sqlite running: stage4/start']);
        const [name = ''] = await readdir(metrics);
        // What a kill leaves: a prefix that ends anywhere.
        await writeFile(join(metrics, name.replace(/\d+\.json$/, `${noPid}.json`)), `${written},\n{"at":"2026-`);
      });
      const interrupted = async () => (await print(metrics)).filter((line) => line.includes('interrupted'));
      assert.deepEqual(await interrupted(), ['sqlite interrupted: stage4/start']);
      await closeInterruptedRuns(metrics);
      const closed = ['sqlite interrupted: stage4/start, stage4/interrupted (the process that did it ended before)'];
      assert.deepEqual(await interrupted(), closed);
      for (const name of await readdir(metrics)) JSON.parse(await readFile(join(metrics, name), 'utf8'));
    }));

  it('keep the last five accounts of each kind', () =>
    withBuild(async (place, metrics) => {
      await recordLateRun(place, 'artifacts', () => Promise.resolve());
      for (let i = 0; i < 7; i++) await recordLateRun(place, 'sqlite', () => Promise.resolve());
      const kinds = (await readLateRuns(metrics)).map(({ kind }) => kind);
      assert.deepEqual(kinds, [...Array.from({ length: 5 }, () => 'sqlite'), 'artifacts']);
    }));

  it('run without an account where there is none to add to, and say so where it cannot be written', async () => {
    await withTemporaryFolder(async (indexFolder) => {
      const warnings: string[] = [];
      const place = { indexFolder, warn: (line: string) => warnings.push(line) };
      assert.equal(await recordLateRun(place, 'sqlite', () => Promise.resolve(1)), 1);
      assert.deepEqual(warnings, []);
      await writeFile(join(indexFolder, 'builds'), 'no folder');
      assert.equal(await recordLateRun(place, 'sqlite', () => Promise.resolve(2)), 2);
      assert.match(warnings.join(), /a run of sqlite is not in the audit: .*ENOTDIR/);
    });
  });
});

/** The one file in the folder, when a whole checkpoint is in it. */
async function untilWritten(folder: string): Promise<string> {
  for (;;) {
    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    if (text.includes('"start"') && text.endsWith('}')) return text;
    await new Promise(setImmediate);
  }
}
