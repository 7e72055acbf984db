// Processes that die at work, and what the next one is told.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CrashGuard } from '../../../server/store/crashGuard';
import { withTemporaryFolder } from '../../support/temporaryFolder';

describe('crash guard', () => {
  it('warns after three processes died at work, until one ends in order', () =>
    withTemporaryFolder(async (folder) => {
      const warnings: boolean[] = [];
      // Each of these is left at work, as by a kill.
      for (let i = 0; i < 4; i++) warnings.push((await CrashGuard.begin(folder)).warning !== undefined);
      assert.deepEqual(warnings, [false, false, false, true]);
      const last = await CrashGuard.begin(folder);
      assert.match(last.warning ?? '', /ended 4 times|ended 3 times/);
      await last.end();
      assert.equal(existsSync(join(folder, 'work.json')), false);
      assert.equal((await CrashGuard.begin(folder)).warning, undefined);
    }));

  it('does not count a process that was idle when it was killed', () =>
    withTemporaryFolder(async (folder) => {
      for (let i = 0; i < 5; i++) {
        const guard = await CrashGuard.begin(folder);
        assert.equal(guard.warning, undefined);
        guard.atWork(false);
        await guard.end();
        await writeFile(join(folder, 'work.json'), JSON.stringify({ crashes: [], atWork: false }));
      }
    }));

  it('forgets what is older than five minutes, and takes nothing from a file that is not its own', () =>
    withTemporaryFolder(async (folder) => {
      const old = Date.now() - 400_000;
      const path = join(folder, 'work.json');
      await writeFile(path, JSON.stringify({ crashes: [old, old, old], atWork: true }));
      assert.equal((await CrashGuard.begin(folder)).warning, undefined);
      for (const text of ['', '{', '[]', '{"crashes":7}', '{"crashes":["a",null,{}]}', 'x'.repeat(10_000)]) {
        await writeFile(path, text);
        assert.equal((await CrashGuard.begin(folder)).warning, undefined, text.slice(0, 20));
      }
    }));
});
