// Row F8: the disk is full, at any point of a save: file systems of all sizes from "nothing fits" to "all fits". Saving
// ends in words that say so or in success, what was indexed before stays, and with space again all is well.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Edits } from './support/edits';
import { missingMountRight, must } from './support/loopMounts';
import { FileLedger } from './support/oracles';
import { Place } from './support/processes';
import { Server } from './support/processesServer';
import { matrixRow, type Run } from './support/rows';

const stepBytes = 4096;
/** A save of some edits writes less than this. */
const steps = 120;

describe('a full disk', () => {
  matrixRow(
    {
      row: 'F8',
      method: 'disk full at each size, command',
      quick: 6,
      soak: 400,
      share: 0.04,
      lanes: 2,
      missing: missingMountRight,
    },
    async (run) => {
      await onTmpfs(run, async (place, mount) => {
        const { ledger, free } = await fill(place, mount, run);
        const { code, err } = await place.almagest(run.random.pick(['index', 'index', 'rebuild']));
        assert.ok(code === 0 || /space/i.test(err), `${run.where}: ended with ${code}: ${err}`);
        if (code === 0) ledger.acknowledge();
        ledger.check(await place.dump(run.where), run.where);
        free();
        await place.checkWhole(run.where);
      });
    },
  );

  matrixRow(
    {
      row: 'F8',
      method: 'disk full under a server, then space',
      quick: 2,
      soak: 100,
      share: 0.02,
      missing: missingMountRight,
    },
    async (run) => {
      await onTmpfs(run, async (place, mount) => {
        const { edits, ledger, free } = await fill(place, mount, run);
        const server = Server.start(place);
        try {
          await server.open();
          edits.make(run.random);
          const { state, readOnly } = await server.open();
          assert.ok(state !== 'corrupted', `${run.where}: a full disk is no damage: ${readOnly}`);
          ledger.check(await place.dump(run.where), run.where);
          free();
          // It comes back by itself: from here on saves must show.
          const made = edits.make(run.random);
          await server.seen(made);
          ledger.acknowledge(made.map(({ path }) => path));
          await server.stop();
        } finally {
          await server.kill();
        }
        ledger.check(await place.dump(run.where), run.where);
        await place.checkWhole(run.where);
      });
    },
  );
});

async function onTmpfs({ where }: Run, use: (place: Place, mount: string) => Promise<void>): Promise<void> {
  const mount = realpathSync(mkdtempSync(join(tmpdir(), 'almagest-full-')));
  must('mount', '-t', 'tmpfs', '-o', 'size=256m', where.split(' ')[0] ?? 'none', mount);
  try {
    const place = new Place(join(mount, 'indexes'));
    try {
      await use(place, mount);
    } finally {
      place.dispose();
    }
  } finally {
    if (spawnSync('umount', [mount]).status !== 0) must('umount', '-l', mount);
    rmSync(mount, { recursive: true });
  }
}

/** Indexes some files, edits them, and leaves so little space that indexing the edits may not fit. */
async function fill(place: Place, mount: string, { random, number, where }: Run) {
  const ledger = new FileLedger();
  const edits = new Edits(place.root, ledger);
  for (let i = 0; i < 8; i++) edits.make(random);
  await place.succeed('index', where);
  ledger.acknowledge();
  for (let i = 0; i < 8; i++) edits.make(random);
  const { blocks, bfree, bsize } = statfsSync(mount);
  const size = (blocks - bfree) * bsize + ((number * 37) % steps) * stepBytes;
  must('mount', '-o', `remount,size=${size}`, mount);
  return { ledger, edits, free: () => must('mount', '-o', 'remount,size=256m', mount) };
}
