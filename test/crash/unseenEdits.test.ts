// Row F21, edits that leave little to be seen: through a mapping of the file, of which no watcher is told, and while
// somebody sets the clock. The next scan finds them all.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { snapshotSettings } from '../../server/protocol';
import { Clock, clockJumps, missingClock } from './support/clock';
import { missingProgram, Place } from './support/processes';
import { Server } from './support/processesServer';
import { matrixRow, type Random } from './support/rows';

const files = 8;
/** Writes the second argument over the beginning of the file that is the first, through a mapping. */
const mapAndWrite = `
import mmap, sys
with open(sys.argv[1], 'r+b') as file, mmap.mmap(file.fileno(), 0) as mapping:
    text = sys.argv[2].encode()
    mapping[:len(text)] = text
`;
/** A tick of the server's own, and the time of a status. */
const slackMs = 2000;

describe('edits that are hard to see', () => {
  matrixRow(
    { row: 'F21', method: 'mmap writes', quick: 2, soak: 100, share: 0.015, missing: () => missingProgram('python3') },
    ({ random, where }) =>
      withPlace(async (place) => {
        await place.succeed('index', where);
        for (let round = 0; round < 2; round++) {
          for (let i = 0; i < 4; i++) writeMapped(place, random);
          await place.checkWhole(where);
        }
        const server = Server.start(place);
        try {
          await server.open();
          for (let i = 0; i < 4; i++) writeMapped(place, random);
          // The watcher is told nothing; what a pause ends with is a scan like the one of every ten minutes.
          await place.succeed('pause', where);
          await place.succeed('resume', where);
          await server.open();
          assert.equal(await place.dump(where), await place.freshDump(), `${where}: O3: a scan did not find it`);
          await server.stop();
        } finally {
          await server.kill();
        }
      }),
  );

  matrixRow(
    { row: 'F21', method: 'clock is set between scans', quick: 2, soak: 100, share: 0.015, missing: missingClock },
    ({ random, where }) =>
      withPlace(async (place) => {
        const clock = new Clock(place.folder);
        for (let round = 0; round < 4; round++) {
          clock.set(random.pick(clockJumps));
          const { code, err } = await place.almagest('index', { env: clock.env });
          assert.equal(code, 0, `${where}: ${err}`);
          for (let i = 0; i < 5; i++) editAt(place, random, clock.now);
        }
        await place.checkWhole(where);
      }),
  );

  matrixRow(
    { row: 'F21', method: 'clock is set under a server', quick: 1, soak: 50, share: 0.015, missing: missingClock },
    ({ random, where }) =>
      withPlace(async (place) => {
        const clock = new Clock(place.folder);
        const server = Server.start(place, clock.env);
        try {
          await server.open();
          for (let round = 0; round < 6; round++) {
            // What the first change begins with is far ahead of what is to come.
            clock.set(round === 0 ? Math.max(...clockJumps) : random.pick(clockJumps));
            for (let i = 0; i < 3; i++) editAt(place, random, clock.now);
            const fresh = await place.freshDump();
            const end = performance.now() + 30_000;
            while ((await place.dump(where)) !== fresh) {
              if (performance.now() > end) assert.equal(await place.dump(where), fresh, `${where}: O3: not up to date`);
            }
            // Whatever the clock did in between, what is unsaved will be saved in time.
            clock.set(random.pick(clockJumps));
            const inMs = async (): Promise<number> => ((await server.open()).unsaved.next?.at ?? NaN) - clock.now;
            const latest = snapshotSettings.seconds.default * 1000 + slackMs;
            // One answer may be by the old clock: threads that look at the library's file at once hide it from each other.
            const isInTime = (await inMs()) <= latest || (await inMs()) <= latest;
            assert.ok(isInTime, `${where}: O6: saved in ${await inMs()} ms`);
          }
          await server.stop();
        } finally {
          await server.kill();
        }
        await place.checkWhole(where);
      }),
  );
});

function writeMapped({ root }: Place, random: Random): void {
  const path = join(root, `file${random.below(files)}.ts`);
  const { status, stderr } = spawnSync('python3', ['-c', mapAndWrite, path, textOf(random)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** Writes a file as at the time of another clock, often by its old size, sometimes with its old time. */
function editAt(place: Place, random: Random, nowMs: number): void {
  const path = `file${random.below(files)}.ts`;
  const { mtime } = statSync(join(place.root, path));
  place.write(path, textOf(random) + (random.below(4) === 0 ? '// longer\n' : ''));
  const time = random.pick([new Date(nowMs), new Date(nowMs), mtime]);
  utimesSync(join(place.root, path), time, time);
}

/** All of one length. */
function textOf(random: Random): string {
  return `export const value${10_000 + random.below(90_000)} = 1;\n`;
}

async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const place = new Place();
  try {
    for (let i = 0; i < files; i++) place.write(`file${i}.ts`, `export const value${10_000 + i} = 1;\n`);
    await use(place);
  } finally {
    place.dispose();
  }
}
