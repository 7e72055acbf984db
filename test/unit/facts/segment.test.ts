// A segment is the same bytes whichever way it came about, and damage to any byte of it is noticed where it is read.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { withBlocks } from '../../../server/facts/blocks';
import { MemorySource, Scratch } from '../../../server/facts/byteSource';
import { FactStore } from '../../../server/facts/factStore';
import { SegmentDamagedError } from '../../../server/facts/layout';
import { mergeRows, type Merged } from '../../../server/facts/merge';
import { Segment } from '../../../server/facts/segment';
import { MemorySpill } from '../../../server/facts/spill';
import { segmentOfStored, storedFile } from '../../../server/facts/storedFile';
import { comparePaths } from '../../../server/util/pathOrder';
import { bytesOf, segmentOf } from '../../support/rows';

const names = fc.constantFrom(
  'alpha',
  'Alpha',
  'ALPHA',
  'beta_gamma',
  'beta2',
  'épée',
  'constructor',
  '__proto__',
  'x',
);
const symbols = fc
  .array(fc.tuple(fc.constantFrom('class', 'function', 'variable'), names), { maxLength: 6 })
  .map((rows) => rows.map(([kind, name]) => `${kind} ${name}`).join('\n'));
const paths = fc.constantFrom('a', 'a/b', 'a/B', 'a.b', 'é', '__proto__', 'z/1', 'z/2', 'z/10');
const files = fc.uniqueArray(fc.record({ path: paths, symbols }), {
  selector: ({ path }) => path,
  minLength: 1,
  maxLength: 9,
});

describe('a segment', () => {
  it('that several were merged into is the one that all files make at once', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 4 }), async (outlines, parts) => {
        const facts = new FactStore();
        for (let part = 0; part < parts; part++) {
          const own = outlines.filter((_, index) => index % parts === part);
          if (own.length > 0) facts.apply(segmentOf(...own));
        }
        const lease = facts.lease();
        assert.deepEqual(await bytesOfMerged(await facts.merge(lease, new MemorySpill())), bytesOf(...outlines));
        lease.release();
      }),
      { numRuns: 60 },
    );
  });

  it('is left behind by what was replaced, names included', async () => {
    const facts = new FactStore();
    facts.apply(segmentOf({ path: 'a', symbols: 'class Old' }, { path: 'b', symbols: 'class Kept' }));
    facts.apply(segmentOf({ path: 'a', symbols: 'class New' }));
    const lease = facts.lease();
    const merged = new Segment(new MemorySource(await bytesOfMerged(await facts.merge(lease, new MemorySpill()))));
    assert.deepEqual(
      Array.from({ length: merged.names }, (_, name) => merged.name(name)),
      ['New', 'Kept'],
    );
  });

  it('is made of one stored file as it is made of the file', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (outlines) => {
        const segment = segmentOf(...outlines);
        const ordered = [...outlines].sort((a, b) => comparePaths(a.path, b.path));
        const rows = ordered.map((_, file) => ({ segment, file }));
        const stored = Array.from(withBlocks(rows, new Scratch()), ([row, block]) => storedFile(row, block));
        for (const [file, outline] of ordered.entries()) {
          const bytes = stored[file] as Buffer;
          assert.deepEqual(await readAll(segmentOfStored(bytes)), await readAll(segmentOf(outline)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is not made of a stored file with one bit turned, or one cut short', async () => {
    const segment = segmentOf({ path: 'a', symbols: 'class A\n  function b', text: 'x'.repeat(300) });
    const bytes = storedFile({ segment, file: 0 }, segment.block(0));
    const intact = await readAll(segmentOfStored(bytes));
    assert.deepEqual(intact, await readAll(segment));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.throws(() => segmentOfStored(damaged), SegmentDamagedError, `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => segmentOfStored(bytes.subarray(0, length)), SegmentDamagedError, `${length} bytes`);
    }
  });

  it('with one bit turned is refused where that bit is read, or reads as before', async () => {
    const bytes = bytesOf({ path: 'a', symbols: 'class A\n  function b' }, { path: 'c', symbols: 'variable épée' });
    const intact = await readAll(opened(bytes));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      try {
        // Padding between sections is all that may differ unseen.
        assert.deepEqual(await readAll(opened(damaged)), intact, `bit ${bit}`);
      } catch (error) {
        assert.ok(error instanceof SegmentDamagedError, `bit ${bit}: ${String(error)}`);
      }
    }
  }).timeout(60_000);

  it('that was cut short is refused, wherever the cut', async () => {
    const bytes = bytesOf({ path: 'a', symbols: 'class A' });
    for (let length = 0; length < bytes.length; length++) {
      await assert.rejects(
        async () => readAll(opened(bytes.subarray(0, length))),
        SegmentDamagedError,
        `${length} bytes`,
      );
    }
  });
});

const opened = (bytes: Buffer): Segment => new Segment(new MemorySource(bytes));

/** Everything that can be read from a segment. */
async function readAll(segment: Segment): Promise<unknown> {
  const rows = Array.from({ length: segment.files }, (_, file) => ({ segment, file }));
  const { hot, symbols } = segment;
  const merged = await bytesOfMerged(await mergeRows(rows, new MemorySpill()));
  return { hot, symbols, merged, blocks: rows.map(({ file }) => segment.block(file).bytes) };
}

async function bytesOfMerged(merged: Merged): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of merged.pieces()) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}
