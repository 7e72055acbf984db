import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { patientRename, type RenameSystem } from '../../../server/store/patientRename';
import { withTemporaryFolder } from '../../support/temporaryFolder';

describe('a rename', () => {
  interface Seen {
    readonly system: RenameSystem;
    readonly pauses: number[];
    tries: number;
  }

  /** A system in which a rename fails with these codes, one after the other, and then succeeds unless that is endless. */
  function failing(platform: NodeJS.Platform, codes: readonly string[], isEndless = false): Seen {
    const waiting = [...codes];
    const pauses: number[] = [];
    const seen: Seen = {
      pauses,
      tries: 0,
      system: {
        platform,
        rename: () => {
          seen.tries++;
          const code = waiting.shift() ?? (isEndless ? codes.at(-1) : undefined);
          return code === undefined
            ? Promise.resolve()
            : Promise.reject(Object.assign(new Error(`rename: ${code}`), { code }));
        },
        pause: (ms) => Promise.resolve(pauses.push(ms)),
      },
    };
    return seen;
  }

  it('is tried again on Windows while somebody has the file open', async () => {
    const seen = failing('win32', ['EPERM', 'EACCES', 'EBUSY']);
    await patientRename('a', 'b', seen.system);
    assert.deepEqual([seen.tries, seen.pauses], [4, [10, 20, 30]]);
  });

  it('gives up after two seconds, with the error that came last', async () => {
    for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
      const seen = failing('win32', [code], true);
      await assert.rejects(patientRename('a', 'b', seen.system), { code });
      const waitedMs = seen.pauses.reduce((sum, ms) => sum + ms, 0);
      assert.ok(waitedMs >= 1500 && waitedMs <= 2500, `${waitedMs} ms`);
      assert.equal(seen.tries, seen.pauses.length + 1);
      assert.ok(Math.max(...seen.pauses) <= 100);
    }
  });

  it('is not tried again over anything else, nor on another system', async () => {
    for (const code of ['ENOENT', 'ENOSPC', 'EXDEV', 'ENOTEMPTY', 'EIO']) {
      const seen = failing('win32', [code]);
      await assert.rejects(patientRename('a', 'b', seen.system), { code });
      assert.deepEqual([seen.tries, seen.pauses], [1, []]);
    }
    for (const platform of ['linux', 'darwin'] as const) {
      const seen = failing(platform, ['EPERM']);
      await assert.rejects(patientRename('a', 'b', seen.system), { code: 'EPERM' });
      assert.deepEqual([seen.tries, seen.pauses], [1, []]);
    }
  });

  it('renames', () =>
    withTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'a'), '');
      await patientRename(join(folder, 'a'), join(folder, 'b'));
      assert.deepEqual(await readdir(folder), ['b']);
    }));
});
