// The parts below the store: whole-or-not-at-all files, quarantine, audit log, the place of the index.

import assert from 'node:assert/strict';
import { open, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditLog } from '../../../server/store/auditLog';
import { verifyFile, writeDurableFile, writeFully } from '../../../server/store/durableFile';
import { defaultIndexDir } from '../../../server/store/indexFolder';
import { moveToQuarantine, trimQuarantine } from '../../../server/store/quarantine';
import { withTemporaryFolder } from '../../support/temporaryFolder';

describe('durable files', () => {
  it('are replaced whole, and a failed write leaves the former one', () =>
    withTemporaryFolder(async (folder) => {
      const stamp = await writeDurableFile(folder, 'a', (sink) => sink.write(Buffer.from('first')));
      const failing = writeDurableFile(folder, 'a', async (sink) => {
        await sink.write(Buffer.from('sec'));
        throw new Error('no more');
      });
      await assert.rejects(failing, /no more/);
      await verifyFile(folder, stamp);
      assert.deepEqual(await readdir(folder), ['a']);
    }));

  it('are told from changed, cut and missing ones', () =>
    withTemporaryFolder(async (folder) => {
      const stamp = await writeDurableFile(folder, 'a', (sink) => sink.write(Buffer.from('first')));
      await writeFile(join(folder, 'a'), 'fIrst');
      await assert.rejects(verifyFile(folder, stamp), { code: 'ERR_DAMAGED', message: /hash/ });
      await truncate(join(folder, 'a'), 2);
      await assert.rejects(verifyFile(folder, stamp), { code: 'ERR_DAMAGED', message: /2 bytes instead of 5/ });
      await assert.rejects(verifyFile(folder, { ...stamp, file: 'b' }), { code: 'ERR_DAMAGED', message: /missing/ });
    }));

  it('never follow a link that lies in their way', () =>
    withTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'victim'), 'mine');
      await symlink(join(folder, 'victim'), join(folder, 'a.tmp'));
      await symlink(join(folder, 'victim'), join(folder, 'a'));
      const stamp = await writeDurableFile(folder, 'a', (sink) => sink.write(Buffer.from('first')));
      await verifyFile(folder, stamp);
      assert.equal(await readFile(join(folder, 'victim'), 'utf8'), 'mine');
    }));

  it('are written to the last byte when the system takes a few at a time', () =>
    withTemporaryFolder(async (folder) => {
      const handle = await open(join(folder, 'a'), 'w+');
      const prototype = Object.getPrototypeOf(handle) as { write: (...args: unknown[]) => Promise<unknown> };
      const original = prototype.write;
      prototype.write = function (this: unknown, bytes, offset, length, position) {
        return original.call(this, bytes, offset, Math.min(length as number, 3), position);
      };
      try {
        await writeFully(handle, Buffer.from('0123456789'), 2);
      } finally {
        prototype.write = original;
        await handle.close();
      }
      assert.equal(await readFile(join(folder, 'a'), 'latin1'), '\0\x000123456789');
    }));
});

describe('quarantine', () => {
  it('keeps what it is given with the reason, and the oldest go first', () =>
    withTemporaryFolder(async (folder) => {
      for (let i = 1; i <= 12; i++) {
        const path = join(folder, `journal-${i}.log`);
        await writeFile(path, 'x');
        await truncate(path, 12 << 20);
        await moveToQuarantine(folder, path, `reason ${i}`);
        assert.equal(await trimQuarantine(folder, 64 << 20), i > 5 ? 1 : 0);
      }
      const names = await readdir(join(folder, 'quarantine'));
      assert.deepEqual(names.filter((name) => name.endsWith('.log')).sort(), [
        '10-journal-10.log',
        '11-journal-11.log',
        '12-journal-12.log',
        '8-journal-8.log',
        '9-journal-9.log',
      ]);
      assert.match(await readFile(join(folder, 'quarantine', '12-journal-12.log.reason.txt'), 'utf8'), /reason 12/);
    }));
});

describe('audit log', () => {
  it('keeps its lines in order, and its size bounded', () =>
    withTemporaryFolder(async (folder) => {
      const log = new AuditLog(folder);
      for (let i = 0; i < 1800; i++) log.note({ event: 'rung', detail: `${i} ${'x'.repeat(5000)}`, ms: i });
      await log.close();
      assert.equal(log.failure, undefined);
      assert.deepEqual((await readdir(folder)).sort(), ['audit.1.log', 'audit.log']);
      const lines = (await readFile(join(folder, 'audit.log'), 'utf8')).trimEnd().split('\n');
      const numbers = lines.map((line) => (JSON.parse(line) as { ms: number }).ms);
      assert.deepEqual(
        numbers,
        Array.from(numbers, (_, i) => 1800 - numbers.length + i),
      );
      for (const name of ['audit.1.log', 'audit.log'])
        assert.ok((await readFile(join(folder, name))).length < 1.1 * 2 ** 20);
    }));
});

describe('the default place of indexes', () => {
  it('is the cache folder of each platform; a relative one in the environment does not count', () => {
    assert.equal(defaultIndexDir('linux', { XDG_CACHE_HOME: '/c' }, '/home/x'), '/c/almagest');
    assert.equal(defaultIndexDir('linux', { XDG_CACHE_HOME: 'c' }, '/home/x'), '/home/x/.cache/almagest');
    assert.equal(defaultIndexDir('darwin', {}, '/Users/x'), '/Users/x/Library/Caches/almagest');
  });
});
