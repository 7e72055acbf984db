// Row F6: the power is cut at a random instant, on ext4 and on XFS: what is not on the medium by then never will be.
// The same lives as under random kills, on a file system in an image that is shut down without writing its log.

import { live, newLanes, type Lane } from './support/lives';
import { LoopMount, missingMounts, type FileSystem } from './support/loopMounts';
import { killGroup } from './support/processes';
import { matrixRow } from './support/rows';

/** Cuts between two comparisons with a fresh index. */
const cutsPerWhole = 20;

interface Victim {
  readonly lane: Lane;
  readonly mount: LoopMount;
}

describe('power cuts', () => {
  for (const fileSystem of ['ext4', 'xfs'] as const) powerCuts(fileSystem);
});

function powerCuts(fileSystem: FileSystem): void {
  const victims = new Map<number, Victim>();
  after(() => {
    for (const { lane, mount } of victims.values()) {
      mount.dispose();
      lane.place.dispose();
    }
  });

  matrixRow(
    {
      row: 'F6',
      method: `power cut on ${fileSystem}`,
      quick: 4,
      soak: 300,
      share: 0.1,
      lanes: 2,
      missing: () => missingMounts(fileSystem),
    },
    async (run) => {
      let victim = victims.get(run.lane);
      if (victim === undefined) {
        const mount = new LoopMount(fileSystem);
        const [lane] = await newLanes(run, 1, `${mount.path}/indexes`);
        victim = { lane: lane as Lane, mount };
        victims.set(run.lane, victim);
      }
      const { lane, mount } = victim;
      const { place, ledger } = lane;
      await live([lane], run, (pid) => {
        mount.cut();
        killGroup(pid);
      });
      const where = `${run.where}, cut ${lane.blows} of its index`;
      mount.unmount();
      mount.mount();
      ledger.check(await place.read(where), where);
      if (lane.blows % cutsPerWhole === 3) await place.checkWhole(where);
    },
  );
}
