// Servers that end at work again and again: the next one answers, says why nothing is indexed, and goes on when told to.

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useWorkspace } from '../support/fileTree';
import { dumpOf, withIndex } from '../support/indexes';

describe('safe mode', function () {
  this.timeout(60_000);
  const workspace = useWorkspace({ 'a.ts': 'export const one = 1;\n' });

  it('answers and indexes nothing until it is resumed', async () => {
    const { tree, place } = workspace;
    const options = { guardCrashes: true };
    const note = await withIndex(
      tree.root,
      place.root,
      (index) => {
        const path = join(index.status.indexFolder, 'work.json');
        assert.deepEqual(
          [index.status.safeMode, existsSync(path)],
          [undefined, false],
          'a server at rest leaves no note',
        );
        return Promise.resolve(path);
      },
      options,
    );
    tree.write('b.ts', 'export const two = 2;\n');
    const now = Date.now();
    writeFileSync(note, JSON.stringify({ crashes: [now - 3000, now - 2000], atWork: true }));
    await withIndex(
      tree.root,
      place.root,
      async (index) => {
        assert.match(index.status.safeMode ?? '', /ended 3 times .* until you resume/);
        assert.deepEqual([index.status.paused, index.facts.size], [true, 1]);
        assert.match(dumpOf(index), /"one"/);
        assert.equal(index.resume().ok, true);
        await index.settled();
        assert.deepEqual([index.status.safeMode, index.facts.size], [undefined, 2]);
      },
      options,
    );
    assert.equal(existsSync(note), false, 'a server that ends in order forgets it');
  });
});
