// Random lives of a store on a disk in memory: saves, snapshots, restarts, failing calls, kills and power cuts, held
// against what was acknowledged. A failure is shrunk, and printed with the seed that repeats it.

import fc from 'fast-check';
import { tear, type FaultyDisk } from './support/faultyDisk';
import { mountOf, withMount } from './support/faultyFiles';
import { randomFrom } from './support/random';
import { openRecovered, StoreHistory } from './support/storeHistory';
import { Life, newDisk, place } from './support/storeWorkloads';

const rounds = Number(process.env['ALMAGEST_SOAK'] ?? 1);
const seed = Number(process.env['ALMAGEST_SEED'] ?? 20_261_121);

type Step =
  | { readonly kind: 'append' | 'checkpoint'; readonly sizes: readonly number[] }
  | { readonly kind: 'restart' }
  /** A call soon to come fails. */
  | { readonly kind: 'error'; readonly code: string; readonly in: number }
  | { readonly kind: 'crash'; readonly keep: 'all' | 'nothing' | 512 | 4096; readonly seed: number };

const sizes = fc.array(fc.oneof(fc.constant(0), fc.nat(200), fc.nat(6000)), { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), sizes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('checkpoint' as const), sizes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('error' as const),
      code: fc.constantFrom('EIO', 'ENOSPC', 'EACCES', 'EMFILE', 'EINTR'),
      in: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      keep: fc.constantFrom('all' as const, 'nothing' as const, 512 as const, 4096 as const),
      seed: fc.nat(),
    }),
  },
);

describe('a store through random lives', function () {
  this.timeout(300_000 * rounds);

  it('holds what it acknowledged, whatever happens', () =>
    fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), live), {
      seed,
      numRuns: 400 * rounds,
    }));
});

async function live(steps: readonly Step[]): Promise<void> {
  const history = new StoreHistory();
  let disk = newDisk();
  for (let at = 0; at <= steps.length; at++) {
    const end = steps.findIndex(({ kind }, index) => index >= at && kind === 'crash');
    const life = steps.slice(at, end < 0 ? steps.length : end);
    disk = await liveUntilCrash(disk, history, life);
    if (end < 0) break;
    disk = crash(disk, steps[end] as Step & { kind: 'crash' });
    at = end;
  }
  // After the last step the power goes once more, and nothing is lost.
  await liveUntilCrash(crash(disk, { keep: 'nothing', seed: 0 }), history, []);
}

/** Recovers what the last crash left and goes through the steps; the result is the disk with what is not durable. */
async function liveUntilCrash(disk: FaultyDisk, history: StoreHistory, steps: readonly Step[]): Promise<FaultyDisk> {
  const mount = mountOf(disk);
  await withMount(mount, async () => {
    const recover = () => openRecovered(place, history.now, {}, (tags) => history.adopt(tags));
    let life = new Life(history, await recover());
    for (const each of steps) {
      if (each.kind === 'append') await life.append(...each.sizes);
      if (each.kind === 'checkpoint') await life.checkpoint(...each.sizes);
      if (each.kind === 'restart') {
        await life.close();
        mount.fault = undefined;
        life = new Life(history, await recover());
      }
      if (each.kind === 'error') {
        const due = mount.calls + each.in;
        mount.fault = ({ number }) => (number === due ? { error: each.code } : undefined);
      }
    }
  });
  return disk;
}

function crash(disk: FaultyDisk, { keep, seed: torn }: Omit<Step & { kind: 'crash' }, 'kind'>): FaultyDisk {
  if (keep === 'all') return disk.kill();
  if (keep === 'nothing') return disk.powerCut(() => []);
  const random = randomFrom(torn);
  return disk.powerCut((effect) => tear(effect, keep, () => random() < 0.5));
}
