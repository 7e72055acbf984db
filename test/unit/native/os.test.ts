// What native offers of the operating system, as JavaScript sees it: kernel locks between processes, hashes, error codes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { acquireLock, Blake3, blake3, crc32c, hashFile, networkFileSystem, syncFolder } from '../../../native';
import { withTemporaryFolder } from '../../support/temporaryFolder';

const addon = resolve('native/index.js');

describe('kernel lock', () => {
  it('keeps another process out until its holder is killed, and names the holder', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'LOCK');
      const script = `require(${JSON.stringify(addon)}).acquireLock(process.argv[1], 'process ' + process.pid)
        .then((lock) => { globalThis.lock = lock; console.log('held'); setInterval(() => {}, 1000); });`;
      const holder = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await once(holder.stdout, 'data');
        const refused = { code: 'ERR_LOCKED', message: new RegExp(`LOCK is locked by process ${holder.pid}$`) };
        await assert.rejects(acquireLock(path, 'test'), refused);
      } finally {
        holder.kill('SIGKILL');
        await once(holder, 'exit');
      }
      const lock = await acquireLock(path, 'test');
      assert.equal(lock.held, true);
      assert.equal(await readFile(path, 'utf8'), 'test');
      lock.release();
    }));

  it('is exclusive within a process, private to the user, and free after its release', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'LOCK');
      const lock = await acquireLock(path, 'a long first note');
      await assert.rejects(acquireLock(path, 'second'), { code: 'ERR_LOCKED', message: /by a long first note$/ });
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      lock.release();
      lock.release();
      assert.equal(lock.held, false);
      (await acquireLock(path, 'third')).release();
      assert.equal(await readFile(path, 'utf8'), 'third');
    }));

  it('is never taken through a link', () =>
    withTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'victim'), 'mine');
      await symlink(join(folder, 'victim'), join(folder, 'LOCK'));
      await assert.rejects(acquireLock(join(folder, 'LOCK'), 'test'), { code: 'ERR_IO' });
      assert.equal(await readFile(join(folder, 'victim'), 'utf8'), 'mine');
    }));
});

describe('hashes', () => {
  it('agree whether taken at once, in blocks or of a part of a file', () =>
    withTemporaryFolder(async (folder) => {
      const bytes = Buffer.alloc(3_000_001, 'almagest');
      await writeFile(join(folder, 'a'), bytes);
      const hasher = new Blake3();
      hasher.update(bytes.subarray(0, 1_000));
      hasher.update(bytes.subarray(1_000));
      assert.deepEqual(hasher.digest(), blake3(bytes));
      assert.deepEqual(await hashFile(join(folder, 'a'), 0, bytes.length), blake3(bytes));
      assert.deepEqual(await hashFile(join(folder, 'a'), 8, 80), blake3(bytes.subarray(8, 88)));
      const known = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';
      assert.equal(blake3(Buffer.alloc(0)).toString('hex'), known);
      assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    }));
});

describe('failures', () => {
  it('reject with a code, and say what and where', () =>
    withTemporaryFolder(async (folder) => {
      const gone = join(folder, 'gone');
      await writeFile(join(folder, 'short'), 'abc');
      const io = (message: RegExp): object => ({ code: 'ERR_IO', name: 'Error', message });
      await assert.rejects(syncFolder(gone), io(/could not sync the folder .*gone: No such file/));
      await assert.rejects(hashFile(gone, 0, 1), io(/could not open .*gone/));
      await assert.rejects(hashFile(join(folder, 'short'), 0, 4), io(/could not read .*short/));
      await assert.rejects(hashFile(gone, -1, 4), { code: 'ERR_INVALID_ARGUMENT' });
      assert.throws(() => networkFileSystem(gone), io(/gone/));
      assert.equal(networkFileSystem(folder), undefined);
      await syncFolder(folder);
    }));
});
