// The targets over mutations of good input, for a bounded time in each run of the tests.

import fc from 'fast-check';
import { seedSegment, targets } from './targets';
import { mutated } from './mutations';

/** Bounds the time of each target, ms. */
const timeMs = 2_000;

describe('hostile bytes', function () {
  this.timeout(60_000);

  for (const [name, { run, seeds }] of Object.entries(targets)) {
    it(`as ${name} break no promise`, async () => {
      for (const seed of seeds) await run(seed);
      const until = performance.now() + timeMs;
      await fc.assert(
        fc.asyncProperty(mutated(seeds), async (bytes) => {
          if (performance.now() < until) await run(bytes);
        }),
        { numRuns: 500 },
      );
    });
  }

  // Found so: offsets of names that run past them, names that symbols do not have, blocks that overlap.
  it('as a forged segment break no promise, whichever of its numbers is wrong', async () => {
    for (let at = 0; at + 4 <= seedSegment.length; at += 4) {
      for (const number of [0, 7, 0xffffffff]) {
        const forged = Buffer.from(seedSegment);
        forged.writeUInt32LE(number, at);
        await targets.segment.run(forged);
      }
    }
  });
});
