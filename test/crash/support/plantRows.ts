// The rows of the crash suite that planted bugs are held against, in short form. Bundled once as it is and once with each
// bug, and called by planted.test.ts.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSearch, openSearch } from '../../../server/pipeline/searchOpening';
import { openStore } from '../../../server/store/openStore';
import { compare, scan } from '../../../server/workspace/scan';
import { Watcher } from '../../../server/workspace/watcher';
import { MemoryKnownFiles } from '../../support/knownFiles';
import { withTemporaryFolder } from '../../support/temporaryFolder';
import { countBitFlips, countReplaced } from './damageRows';
import { countErrors, countPowerCuts, countShortWrites } from './faultRows';
import { mountOf, withMount } from './faultyFiles';
import { newDisk, place, workloads } from './storeWorkloads';

/** Where the watcher's program lies that belongs to these rows. */
export interface Programs {
  readonly watcher: string;
}

const only = (name: string) => workloads.filter((workload) => workload.name === name);

/** Name → what throws when the bug is there. */
export const rows = {
  'F1 errors': () => countErrors(only('saves')),
  'F2 short writes': () => countShortWrites(1, only('first start')),
  'F3 power cuts, first start': () => countPowerCuts(1, only('first start')),
  'F3 power cuts, saves': () => countPowerCuts(1, only('saves')),
  'F3 power cuts, torn tail': () => countPowerCuts(1, only('torn tail')),
  'F3 power cuts, generations': () => countPowerCuts(1, only('generations')),
  'F9 bit flips': () => countBitFlips(false),
  'F11 replaced files': () => countReplaced(),
  'F12 foreign search index': () => checkForeignSearch(),
  'F14 two writers': () => checkTwoWriters(),
  'F20 watcher overflow': (programs: Programs) => checkOverflow(programs),
  'F21 racy edits': () => checkRacyEdit(),
} satisfies Readonly<Record<string, (programs: Programs) => Promise<unknown>>>;

export type RowName = keyof typeof rows;

async function checkForeignSearch(): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const root = join(folder, 'root');
    await mkdir(root);
    const store = await openStore({ root, indexDir: join(folder, 'cache') });
    const foreign = await newSearch(store);
    await foreign.search.commit({ indexId: randomUUID(), seq: 0 });
    await foreign.search.close();
    const opened = await openSearch(store);
    await opened.search.close();
    await store.close();
    assert.notEqual(opened.folder, foreign.folder, 'the search index of another index is used');
  });
}

async function checkTwoWriters(): Promise<void> {
  await withMount(mountOf(newDisk()), async () => {
    const first = await openStore(place);
    const second = await openStore(place);
    assert.notEqual(second.readOnly, undefined, 'there are two writers');
    await Promise.all([first.close(), second.close()]);
  });
}

/** A watcher that slept while the kernel's queue ran over must say so before it tells what came later. */
async function checkOverflow({ watcher: entry }: Programs): Promise<void> {
  await withTemporaryFolder(async (root) => {
    await writeFile(join(root, 'first.ts'), '');
    const told = new Set<string>();
    let wake = (): void => undefined;
    const watcher = new Watcher({
      entry,
      scan: { root, excludes: [], threads: 1 },
      log: () => undefined,
      onEvent: (event) => {
        told.add(event.kind === 'doubt' ? event.reason : event.kind);
        if (event.kind === 'dirty') for (const path of event.paths) told.add(path);
        wake();
      },
    });
    const until = async (what: string): Promise<void> => {
      while (!told.has(what)) await new Promise<void>((resolve) => (wake = resolve));
    };
    try {
      watcher.follow(['']);
      await until('ready');
      const pid = watcher.pid ?? assert.fail('no watcher process');
      process.kill(pid, 'SIGSTOP');
      for (let i = 0; i < 20_000; i++) await writeFile(join(root, `file${i % 7}`), '');
      process.kill(pid, 'SIGCONT');
      for (let i = 0; !told.has('burst') && !told.has(`probe${i - 1}`); i++) {
        await writeFile(join(root, `probe${i}`), '');
        await new Promise<void>((resolve) => (wake = resolve));
      }
      assert.ok(told.has('burst'), 'nobody doubts that all events came');
    } finally {
      watcher.dispose();
    }
  });
}

async function checkRacyEdit(): Promise<void> {
  await withTemporaryFolder(async (root) => {
    await writeFile(join(root, 'a.ts'), 'one');
    const options = { root, excludes: [], threads: 1 };
    const known = new MemoryKnownFiles().learn(await scan(options, ''), Date.now());
    // Equal metadata proves nothing so soon after the last look.
    const changes = await compare(await scan(options, ''), known, undefined);
    assert.deepEqual(
      changes.map(({ path }) => path),
      ['a.ts'],
      'metadata alone is trusted',
    );
  });
}
