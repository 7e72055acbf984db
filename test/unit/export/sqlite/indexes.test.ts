// The indexes of a database are made in bounded memory, however many rows there are.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { withTemporaryFolder } from '../../../support/temporaryFolder';

const wasm = 'node_modules/sql.js/dist/sql-wasm-debug.wasm';
/** Too little for a sort that may grow to as much as the 64 MiB of the page cache. */
const heapBytes = 72 << 20;
const rows = 100_000;

describe('Indexes of the SQLite form', () => {
  it('are made of 20 MiB of names where the memory could not hold a sort as large as the page cache', () =>
    withTemporaryFolder((folder) => {
      const program = join(__dirname, 'indexes.program.js');
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [program, wasm, String(heapBytes), folder, String(rows)],
        { encoding: 'utf8' },
      );
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(`^${rows}$`, 'm'));
      return Promise.resolve();
    })).timeout(60_000);
});
