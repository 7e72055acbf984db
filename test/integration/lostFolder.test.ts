// A workspace folder that cannot be read for a while: renamed, unmounted, locked. Its index says so, forgets nothing, and
// goes on when the folder is back.

import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StatusChangedNotification, StatusRequest, type Status } from '../../server/protocol';
import { useWorkspace } from '../support/fileTree';
import { dumpOf, withIndex } from '../support/indexes';
import { ServerProcess } from '../support/serverProcess';

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
        assert.equal(index.status.unreadable, index.status.cause);
        const { ok, message } = await index.rebuild();
        assert.deepEqual([ok, message], [false, index.status.cause]);
        assert.equal(dumpOf(index), before);
      } finally {
        renameSync(elsewhere, tree.root);
      }
      tree.write('c.md', '# Gamma\n');
      await look('second look');
      assert.equal(index.status.unreadable, undefined);
      assert.doesNotMatch(index.status.cause, /cannot be read/);
      assert.equal(index.facts.counts.files, 3);
    });
  });
});

describe('a workspace folder that is not there', function () {
  this.timeout(60_000);
  const workspace = useWorkspace({ 'a.ts': 'export function alpha() {}\n' });

  it('is told of while the others are indexed, and indexed when it comes', async () => {
    const { tree, place } = workspace;
    const missing = join(`${tree.root}-later`, 'sub');
    const server = await ServerProcess.start(tree.root, place.root, undefined, [missing]);
    const status = (): Promise<Status> => server.client.sendRequest<Status>(StatusRequest.method);
    try {
      await server.settled();
      const { roots, unreachable } = await status();
      assert.deepEqual(
        roots.map(({ name }) => name),
        ['tree'],
      );
      const reason = `The folder ${missing} cannot be opened: there is no such place (ENOENT).`;
      assert.deepEqual(unreachable, [{ uri: pathToFileURL(missing).href, name: 'sub', reason }]);
      assert.deepEqual(await server.symbols('alpha'), ['alpha']);
      const both = new Promise<Status>((resolve) =>
        server.client.onNotification(StatusChangedNotification.method, (now: Status) => {
          if (now.roots[1]?.counts.files === 1) resolve(now);
        }),
      );
      mkdirSync(missing, { recursive: true });
      writeFileSync(join(missing, 'b.ts'), 'export function beta() {}\n');
      assert.equal((await both).unreachable, undefined);
      assert.deepEqual(await server.symbols('beta'), ['beta']);
    } finally {
      await server.stop();
      rmSync(`${tree.root}-later`, { recursive: true, force: true });
    }
  });
});
