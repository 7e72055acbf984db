import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeAddress } from '../../../server/sharing/address';

describe('the address of an owner', () => {
  if (process.platform === 'win32') return;

  it('lies in the folder of the index', async () => {
    assert.equal(await pipeAddress('/var/index/0123'), join('/var/index/0123', 'pipe'));
  });

  it('lies in a private folder of its own where that path is too long for a socket', async () => {
    const folder = `/var/${'long/'.repeat(40)}0123`;
    const address = await pipeAddress(folder);
    assert.ok(Buffer.byteLength(address) <= 103, address);
    assert.equal(address, await pipeAddress(folder));
    assert.notEqual(address, await pipeAddress(`${folder}4`));
    assert.equal(lstatSync(dirname(address)).mode & 0o777, 0o700);
  });
});
