// Row F20: what watchers are known to lose: events beyond the kernel's queue, files in folders that appear while they are
// looked at, renames, a checkout of thousands of files, and the watcher process, which dies or never begins. Hints may be
// lost, files not: soon after, the index is that of the tree.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './support/loopMounts';
import { missingProgram, Place } from './support/processes';
import { Server } from './support/processesServer';
import { matrixRow, soakMinutes, type Run } from './support/rows';

interface Scene {
  readonly name: string;
  readonly quick: number;
  readonly soak: number;
  readonly play: (place: Place, server: Server, run: Run) => Promise<void>;
  readonly missing?: () => string | undefined;
}

const scenes: readonly Scene[] = [
  { name: 'queue overflows', quick: 1, soak: 20, play: overflow, missing: missingQueue },
  { name: 'nested folders appear', quick: 1, soak: 40, play: nest },
  { name: 'files and folders are swapped', quick: 1, soak: 40, play: swap },
  { name: 'git checkout', quick: 1, soak: 20, play: checkout, missing: () => missingProgram('git') },
  { name: 'watcher is killed', quick: 1, soak: 20, play: loseWatcher },
];

/** The watcher says it itself when it is well; after a lost one a new one is started within this. */
const settleMs = 60_000;

describe('changes that watchers lose', () => {
  for (const { name, quick, soak, play, missing } of scenes) {
    matrixRow({ row: 'F20', method: name, quick, soak, share: 0.015, ...(missing && { missing }) }, async (run) => {
      const place = new Place();
      try {
        for (let i = 0; i < 30; i++) place.write(`begin/file${i}.ts`, `export const begin${i} = ${i};\n`);
        const server = Server.start(place);
        try {
          await server.open();
          await watching(place, server);
          await play(place, server, run);
          await untilFresh(place, run.where);
          await server.stop();
        } finally {
          await server.kill();
        }
        await place.checkWhole(run.where);
      } finally {
        place.dispose();
      }
    });
  }
});

describe('a watcher that never begins to watch', () => {
  matrixRow({ row: 'F20', method: 'watcher is never ready', quick: 1, soak: 3, share: 0.02 }, async ({ where }) => {
    const place = new Place();
    try {
      for (let i = 0; i < 30; i++) place.write(`begin/file${i}.ts`, `export const begin${i} = ${i};\n`);
      const server = Server.start(place);
      try {
        const stopped = await stopAtStart(server, where);
        await server.open();
        place.write('begin/later.ts', 'export const later = 1;\n');
        await server.seen([{ path: 'begin/later.ts', symbol: 'later', query: 'later' }]);
        for (let i = 0; i < 30; i += 2) place.write(`begin/file${i}.ts`, `export const unseen${i} = ${i};\n`);
        rmSync(join(place.root, 'begin/file1.ts'));
        if (soakMinutes === undefined) {
          // The scan that comes with the next watcher, which the soak waits for.
          await place.succeed('pause', where);
          await place.succeed('resume', where);
        } else {
          while (server.children('watcher.js').every((pid) => pid === stopped)) await pause(1000);
        }
        await untilFresh(place, where);
        await server.stop();
      } finally {
        await server.kill();
      }
      await place.checkWhole(where);
    } finally {
      place.dispose();
    }
  });
});

/** Stops the watcher as it starts, before it has asked the kernel for anything. */
async function stopAtStart(server: Server, where: string): Promise<number> {
  for (;;) {
    const [watcher] = server.children('watcher.js');
    if (watcher === undefined) {
      await pause(2);
      continue;
    }
    process.kill(watcher, 'SIGSTOP');
    const open = readdirSync(`/proc/${watcher}/fd`).map((fd) => readlinkSync(`/proc/${watcher}/fd/${fd}`));
    assert.ok(!open.includes('anon_inode:inotify'), `${where}: it was stopped too late`);
    return watcher;
  }
}

/** Resolves when a change that nobody tells of is seen. */
async function watching(place: Place, server: Server): Promise<void> {
  for (let i = 0; ; i++) {
    place.write('begin/probe.ts', `export const probe${i} = 1;\n`);
    for (let look = 0; look < 20; look++) {
      if (await server.shows('begin/probe.ts', `probe${i}`)) return;
      await pause(25);
    }
  }
}

/** Resolves when the index on the disk equals a fresh one; the server is asked for nothing. */
async function untilFresh(place: Place, where: string): Promise<void> {
  const fresh = await place.freshDump();
  const end = performance.now() + settleMs;
  for (;;) {
    const dump = await place.dump(where);
    if (dump === fresh) return;
    if (performance.now() > end) assert.equal(dump, fresh, `${where}: O3: not up to date after ${settleMs / 1000} s`);
    await pause(100);
  }
}

/** More events than the kernel keeps, while the watcher does not look. */
async function overflow(place: Place, server: Server): Promise<void> {
  const [watcher = 0] = server.children('watcher.js');
  process.kill(watcher, 'SIGSTOP');
  for (let i = 0; i < maxQueued() / 2 + 1000; i++) place.write(`begin/many${i}.md`, '');
  process.kill(watcher, 'SIGCONT');
  return Promise.resolve();
}

function missingQueue(): string | undefined {
  return maxQueued() <= 32_768 ? undefined : `the queue takes ${maxQueued()} events: too many files`;
}

function maxQueued(): number {
  return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
}

/** Folders in folders, with a file each, made faster than they can be watched. */
async function nest({ root }: Place): Promise<void> {
  const count = soakMinutes === undefined ? 200 : 2000;
  for (let i = 0; i < count; i++) {
    const folder = join(root, `nest${i % 40}`, `a${i}`, 'b', 'c');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `deep${i}.ts`), `export const deep${i} = 1;\n`);
    if (i % 100 === 0) await pause(1);
  }
}

async function swap({ root }: Place, _: Server, { random }: Run): Promise<void> {
  const at = (name: string): string => join(root, name);
  mkdirSync(at('other'));
  writeFileSync(at('other/only.ts'), 'export const only = 1;\n');
  for (let i = 0; i < 40; i++) {
    const [a, b] = [`begin/file${random.below(15)}.ts`, `begin/file${15 + random.below(15)}.ts`];
    renameSync(at(a), at('swap'));
    renameSync(at(b), at(a));
    renameSync(at('swap'), at(b));
    if (i % 10 !== 9) continue;
    renameSync(at('begin'), at('swap'));
    renameSync(at('other'), at('begin'));
    renameSync(at('swap'), at('other'));
    renameSync(at('other'), at('swap'));
    renameSync(at('begin'), at('other'));
    renameSync(at('swap'), at('begin'));
    await pause(random.below(30));
  }
}

async function checkout({ root }: Place): Promise<void> {
  const git = (...args: string[]): string =>
    must('git', '-C', root, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args);
  const count = soakMinutes === undefined ? 800 : 5000;
  const fill = (version: string): void => {
    for (let i = 0; i < count; i++) {
      const folder = join(root, `tree${i % 50}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `file${i}.py`), `def ${version}_${i}():\n    pass\n`);
    }
  };
  git('init', '-q', '-b', 'one');
  for (const version of ['one', 'two']) {
    if (version === 'two') git('checkout', '-q', '-b', 'two');
    fill(version);
    git('add', '-A');
    git('commit', '-q', '-m', version);
  }
  git('checkout', '-q', 'one');
  await pause(20);
  git('checkout', '-q', 'two');
  await pause(300);
  git('checkout', '-q', 'one');
}

async function loseWatcher(place: Place, server: Server): Promise<void> {
  for (const pid of server.children('watcher.js')) process.kill(pid, 'SIGKILL');
  for (let i = 0; i < 30; i++) place.write(`lost/file${i}.ts`, `export const lost${i} = 1;\n`);
  rmSync(join(place.root, 'begin/file3.ts'));
  return Promise.resolve();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
