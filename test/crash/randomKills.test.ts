// Row F5: processes killed with kill -9 at random instants, again and again over the same indexes: a server of several
// roots under edits and commands, one that is just recovering from the kill before, and commands that save, rebuild and
// repair. What was ever shown as indexed must be there when an index is opened again, and every now and then it must
// equal a fresh one. Each index that a kill strikes is a run: what takes long is to start the processes.

import { kill, live, newLanes, type Lane } from './support/lives';
import { matrixRow } from './support/rows';

/** Kills between two comparisons with a fresh index, which cost more than ten kills. */
const killsPerWhole = 40;
/** Roots of a server. */
const roots = 12;

describe('processes killed at random', () => {
  const lanes = new Map<number, readonly Lane[]>();
  after(() => {
    for (const { place } of [...lanes.values()].flat()) place.dispose();
  });

  matrixRow(
    { row: 'F5', method: 'random kill -9, also while recovering', quick: 60, soak: 10_000, share: 0.45, lanes: 2 },
    async (run) => {
      const own = lanes.get(run.lane) ?? (await newLanes(run, roots));
      lanes.set(run.lane, own);
      try {
        const struck = await live(own, run, kill);
        for (const { place, ledger, blows } of struck) {
          const where = `${run.where}, kill ${blows} of ${place.root}`;
          ledger.check(await place.read(where), where);
          if (blows % killsPerWhole === 8) await place.checkWhole(where);
        }
        return struck.length;
      } catch (error) {
        // What it left stays for a look; the next run begins with indexes of its own.
        lanes.delete(run.lane);
        console.log(`      kept: ${own.map(({ place }) => place.folder).join(' ')}`);
        throw error;
      }
    },
  );
});
