// Rows F14, F21 and F22: who comes first. Several processes that want to write one index, files that change without
// looking changed, and files that change while they are read.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openStore } from '../../server/store/openStore';
import { Clock, clockJumps, missingClock } from './support/clock';
import { BatchLedger } from './support/oracles';
import { Place } from './support/processes';
import { Server } from './support/processesServer';
import { matrixRow, type Random, type Run } from './support/rows';

// One of several writers is this same file, run by node alone.
if (process.argv[1] === __filename) void contend(process.argv[2] ?? '', process.argv[3] ?? '');
else {
  describe('races', () => {
    matrixRow(
      { row: 'F14', method: 'three writers, owner stopped and killed', quick: 3, soak: 500, share: 0.02 },
      handOver,
    );
    matrixRow(
      {
        row: 'F14',
        method: 'three writers, each with a clock that jumps',
        quick: 2,
        soak: 200,
        share: 0.015,
        missing: missingClock,
      },
      (run) => handOver(run, true),
    );
    matrixRow(
      { row: 'F21', method: 'racy edits between scans', quick: 2, soak: 100, share: 0.02 },
      ({ random, where }) =>
        withPlace(async (place) => {
          await place.succeed('index', where);
          for (let round = 0; round < 3; round++) {
            // At once after the scan: times cannot tell these edits from what was read.
            for (let i = 0; i < 10; i++) editRacily(place, random);
            await place.checkWhole(where);
          }
        }),
    );
    matrixRow(
      { row: 'F21', method: 'racy edits under a server', quick: 1, soak: 100, share: 0.02 },
      ({ random, where }) =>
        withPlace(async (place) => {
          const server = Server.start(place);
          try {
            await server.open();
            for (let i = 0; i < 60; i++) {
              editRacily(place, random);
              if (random.below(3) === 0) await new Promise((resolve) => setTimeout(resolve, random.below(20)));
            }
            const fresh = await place.freshDump();
            const end = performance.now() + 30_000;
            while ((await place.dump(where)) !== fresh) {
              if (performance.now() > end) assert.equal(await place.dump(where), fresh, `${where}: O3: not up to date`);
            }
            await server.stop();
          } finally {
            await server.kill();
          }
        }),
    );
    matrixRow(
      { row: 'F22', method: 'files change while they are read', quick: 2, soak: 100, share: 0.02 },
      changeWhileRead,
    );
  });
}

/**
 * One process writes, the others do not, also while it is stopped; when it dies the next one writes at once. `jumps`: each
 * has a clock of its own, days apart from the others', which somebody sets.
 */
async function handOver({ random, where }: Pick<Run, 'random' | 'where'>, jumps = false): Promise<void> {
  await withPlace(async (place) => {
    const ledger = new BatchLedger();
    let clocks = 0;
    const begin = (): Contender => {
      if (!jumps) return new Contender(place, ledger);
      const folder = join(place.folder, `clock${clocks++}`);
      mkdirSync(folder);
      const clock = new Clock(folder);
      clock.set(random.pick(clockJumps));
      return new Contender(place, ledger, clock);
    };
    for (let round = 0; round < 3; round++) {
      const contenders = Array.from({ length: 3 }, begin);
      const owners = (await Promise.all(contenders.map((each) => each.owns))).filter(Boolean);
      assert.equal(owners.length, 1, `${where}: ${owners.length} of three processes write`);
      const owner = contenders[(await Promise.all(contenders.map((each) => each.owns))).indexOf(true)] as Contender;
      await new Promise((resolve) => setTimeout(resolve, random.below(60)));
      for (const { clock } of contenders) clock?.set(random.pick(clockJumps));
      owner.child.kill('SIGSTOP');
      const late = begin();
      assert.equal(await late.owns, false, `${where}: a second process writes while the owner is stopped`);
      if (random.below(2) === 0) owner.child.kill('SIGCONT');
      for (const each of [...contenders, late]) await each.kill();
      const store = await openStore({ root: place.root, indexDir: place.indexDir });
      assert.equal(store.readOnly, undefined, `${where}: the lock outlived its owner`);
      const records = store.replay();
      const texts = records.map(({ removed }) => removed[0] ?? '');
      ledger.check(texts, 0, where);
      await store.close();
    }
  });
}

/** A process that opens the store and, when it owns it, appends batch after batch. */
class Contender {
  readonly child: ChildProcess;
  /** Whether it may write. */
  readonly owns: Promise<boolean>;
  /** Undefined for that of the machine. */
  readonly clock: Clock | undefined;

  constructor({ root, indexDir }: Place, ledger: BatchLedger, clock?: Clock) {
    this.clock = clock;
    this.child = spawn(process.execPath, [__filename, root, indexDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...clock?.env },
    });
    const lines = createInterface({ input: this.child.stdout as NonNullable<ChildProcess['stdout']> });
    this.owns = once(lines, 'line').then(([line]) => line === 'writer');
    lines.on('line', (line) => {
      const [, what, seq, text] = /^(issue|ack) (\d+) ?(.*)$/.exec(line) ?? [];
      if (what === 'issue') ledger.issue(Number(seq), text ?? '');
      if (what === 'ack') ledger.acknowledge(Number(seq));
    });
  }

  async kill(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }
}

async function contend(root: string, indexDir: string): Promise<void> {
  const say = (line: string): Promise<void> =>
    new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
  const store = await openStore({ root, indexDir });
  await say(store.readOnly === undefined ? 'writer' : 'reader');
  while (store.readOnly === undefined) {
    const seq = store.lastSeq + 1;
    const text = `batch ${seq} of process ${process.pid}`;
    await say(`issue ${seq} ${text}`);
    await store.appendBatch({ segment: new Uint8Array(0), removed: [text] });
    await say(`ack ${seq}`);
  }
  setInterval(() => undefined, 1000); // readers wait for their end
}

/** Edits that keep size, time or both, and the ways in which editors save. */
function editRacily({ root }: Place, random: Random): void {
  const path = join(root, `racy${random.below(8)}.ts`);
  const text = `export const value${100 + random.below(900)} = 1;\n`; // all of one length
  const saves: readonly (() => void)[] = [
    () => writeFileSync(path, text),
    () => {
      const { atime, mtime } = statSync(path);
      writeFileSync(path, text);
      utimesSync(path, atime, mtime);
    },
    () => {
      writeFileSync(path, '');
      appendFileSync(path, text);
    },
    () => {
      writeFileSync(`${root}.saving`, text);
      renameSync(`${root}.saving`, path);
    },
    () => {
      copyFileSync(path, `${root}.backup`);
      rmSync(path);
      writeFileSync(path, text);
    },
    () => {
      writeFileSync(path, text);
      utimesSync(path, new Date(0), random.pick([new Date(0), new Date(-1000), new Date(4_000_000_000_000)]));
    },
    () => {
      const other = join(root, `racy${random.below(8)}.ts`);
      renameSync(path, `${root}.swap`);
      if (other !== path) renameSync(other, path);
      renameSync(`${root}.swap`, other);
    },
  ];
  random.pick(saves)();
}

/** Files are cut, grown and replaced as fast as can be while they are indexed; when all is quiet the index is right. */
async function changeWhileRead({ random, where }: { readonly random: Random; readonly where: string }): Promise<void> {
  await withPlace(async (place) => {
    const line = `export function steady(): string { return '${'x'.repeat(80)}'; }\n`;
    const path = (i: number): string => join(place.root, `moving${i}.ts`);
    for (let i = 0; i < 24; i++) writeFileSync(path(i), line.repeat(500));
    for (let round = 0; round < 3; round++) {
      const state = { done: false };
      const indexing = place.almagest('index').finally(() => (state.done = true));
      while (!state.done) {
        const target = path(random.below(24));
        const ways = [
          () => truncateSync(target, random.below(2000)),
          () => appendFileSync(target, line.repeat(random.below(300))),
          () => {
            writeFileSync(`${place.root}.saving`, line.repeat(random.below(900)));
            renameSync(`${place.root}.saving`, target);
          },
        ];
        random.pick(ways)();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const { code, signal, err } = await indexing;
      assert.equal(code, 0, `${where}: ended with ${code ?? signal}: ${err}`);
    }
    await place.checkWhole(where);
  });
}

async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const place = new Place();
  try {
    for (let i = 0; i < 8; i++) place.write(`racy${i}.ts`, `export const value${100 + i} = 1;\n`);
    await use(place);
  } finally {
    place.dispose();
  }
}
