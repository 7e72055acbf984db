// What is put aside in a scratch file comes back, also the parts of a merge that is too large for memory to gather them.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { FactStore } from '../../../server/facts/factStore';
import { ScratchFile } from '../../../server/store/scratchFile';
import { bytesOf, segmentOf } from '../../support/rows';
import { withTemporaryFolder } from '../../support/temporaryFolder';

/** Enough for the numbers of the symbols, and the names, to be put aside several times. */
const symbolsPerFile = 30_000;

describe('a scratch file', () => {
  it('gives back its pieces in any order, and has no name', () =>
    withTemporaryFolder(async (folder) => {
      const file = await ScratchFile.create(folder);
      const places = [await file.write(Buffer.from('first')), await file.write(Buffer.from('second'))] as const;
      assert.deepEqual(await readdir(folder), []);
      assert.equal(Buffer.from(await file.read(places[1], 6)).toString(), 'second');
      assert.equal(Buffer.from(await file.read(places[0], 5)).toString(), 'first');
      await assert.rejects(file.read(places[1], 7), { code: 'ERR_IO' });
      await file.close();
    }));

  it('does not stand in the way of the next one', () =>
    withTemporaryFolder(async (folder) => {
      const files = [await ScratchFile.create(folder), await ScratchFile.create(folder)] as const;
      await files[0].write(Buffer.from('one'));
      await files[1].write(Buffer.from('two'));
      assert.equal(Buffer.from(await files[0].read(0, 3)).toString(), 'one');
      await Promise.all(files.map((file) => file.close()));
    }));

  it('holds a large merge, which gives the bytes that all files make at once', () =>
    withTemporaryFolder(async (folder) => {
      const files = [0, 1, 2].map((file) => ({
        path: `f${file}`,
        symbols: Array.from({ length: symbolsPerFile }, (_, i) => `variable v${i * (file + 1)}`).join('\n'),
      }));
      const facts = new FactStore();
      for (const file of files) facts.apply(segmentOf(file));
      const lease = facts.lease();
      const scratch = await ScratchFile.create(folder);
      const pieces: Uint8Array[] = [];
      for await (const piece of (await facts.merge(lease, scratch)).pieces()) pieces.push(Uint8Array.from(piece));
      assert.ok(Buffer.concat(pieces).equals(bytesOf(...files)));
      lease.release();
      await scratch.close();
    }));
});
