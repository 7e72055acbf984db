// A workspace folder that cannot be read for a while: renamed, unmounted, locked. Its index says so, forgets nothing, and
// goes on when the folder is back.

import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { useWorkspace } from '../support/fileTree';
import { dumpOf, withIndex } from '../support/indexes';

describe('an index whose folder is gone', function () {
  this.timeout(60_000);
  const workspace = useWorkspace({ 'src/a.ts': 'export function alpha() {}\n', 'b.md': '# Beta\n' });

  it('says so, keeps what it has, and is brought up to date when the folder is back', async () => {
    const { tree, place } = workspace;
    const elsewhere = `${tree.root}-elsewhere`;
    await withIndex(tree.root, place.root, async (index) => {
      const before = dumpOf(index);
      const look = async (cause: string): Promise<string> => {
        index.requestScan(cause);
        index.hint(['src/a.ts']);
        await index.settled();
        return index.status.cause;
      };
      renameSync(tree.root, elsewhere);
      try {
        assert.match(await look('first look'), /^The folder .* cannot be read \(No such file or directory\); what is/);
        assert.equal(index.status.state, 'ready');
        assert.equal(index.rootUnreadable, index.status.cause);
        const { ok, message } = await index.rebuild();
        assert.deepEqual([ok, message], [false, index.status.cause]);
        assert.equal(dumpOf(index), before);
      } finally {
        renameSync(elsewhere, tree.root);
      }
      tree.write('c.md', '# Gamma\n');
      await look('second look');
      assert.equal(index.rootUnreadable, undefined);
      assert.doesNotMatch(index.status.cause, /cannot be read/);
      assert.equal(index.facts.counts.files, 3);
    });
  });
});
