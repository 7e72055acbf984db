// Row F5: processes killed with kill -9 at random instants, again and again over the same index: a server under edits,
// one that is just recovering from the kill before, and commands that save, rebuild and repair. What was ever shown as
// indexed must be there when the index is opened again, and every now and then it must equal a fresh one.

import { kill, live, newLane, type Lane } from './support/lives';
import { matrixRow } from './support/rows';

/** Kills between two comparisons with a fresh index, which cost more than ten kills. */
const killsPerWhole = 25;

describe('processes killed at random', () => {
  const lanes = new Map<number, Lane>();
  after(() => {
    for (const { place } of lanes.values()) place.dispose();
  });

  matrixRow(
    { row: 'F5', method: 'random kill -9, also while recovering', quick: 30, soak: 10_000, share: 0.3, lanes: 3 },
    async (run) => {
      const lane = lanes.get(run.lane) ?? (await newLane(run));
      lanes.set(run.lane, lane);
      try {
        await live(lane, run, kill);
        const where = `${run.where}, kill ${lane.blows} of its index`;
        lane.ledger.check(await lane.place.dump(where), where);
        if (lane.blows % killsPerWhole === 8) await lane.place.checkWhole(where);
      } catch (error) {
        // What it left stays for a look; the next run begins with an index of its own.
        lanes.delete(run.lane);
        console.log(`      kept: ${lane.place.folder}`);
        throw error;
      }
    },
  );
});
