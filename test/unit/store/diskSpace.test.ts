// Room on the disk: the ballast, and what is given back when there is none.

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskSpace } from '../../../server/store/diskSpace';
import { withTemporaryFolder } from '../../support/temporaryFolder';

describe('disk space', () => {
  it('keeps four megabytes of real blocks, and makes them again when they are cut', () =>
    withTemporaryFolder(async (folder) => {
      const ballast = join(folder, 'ballast');
      const space = new DiskSpace(folder);
      for (let i = 0; i < 2; i++) {
        await space.keepBallast();
        assert.equal(statSync(ballast).size, 4 << 20);
        assert.ok(process.platform === 'win32' || statSync(ballast).blocks * 512 >= 4 << 20);
        await truncate(ballast, 100);
      }
    }));

  it('gives back what can be made again, and nothing else', () =>
    withTemporaryFolder(async (folder) => {
      const space = new DiskSpace(folder);
      await space.keepBallast();
      await mkdir(join(folder, 'builds'));
      for (const name of ['builds/a.json', 'snapshot-1.seg', 'manifest-1.json', 'journal-1.log'])
        await writeFile(join(folder, name), 'x');
      assert.deepEqual((await space.free()).sort(), ['ballast', 'builds']);
      assert.ok(['snapshot-1.seg', 'manifest-1.json', 'journal-1.log'].every((name) => existsSync(join(folder, name))));
      assert.deepEqual(await space.free(), []);
      await space.prepareToWrite();
      assert.ok(existsSync(join(folder, 'ballast')));
    }));

  it('says how much is missing, where and what to do', () =>
    withTemporaryFolder(async (folder) => {
      await assert.rejects(new DiskSpace(folder).require(Number.MAX_SAFE_INTEGER), {
        code: 'ERR_DISK_FULL',
        message: /has [\d.,]+ [KMGT]iB free and needs [\d.,]+ [KMGT]iB to save a snapshot\. Free some space/,
      });
    }));
});
