// Row F7: what a power cut can leave on a disk that reorders writes between flushes. A server and commands work on a
// disk that keeps the order of its writes; then states of that disk are built, mounted and held against what had been
// shown as indexed by then.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildState, missingBlockLog, readEpochs, RecordingDisk, type Epoch } from './support/blockLog';
import { Edits } from './support/edits';
import { missingMounts, must } from './support/loopMounts';
import { FileLedger } from './support/oracles';
import { Place } from './support/processes';
import { Server } from './support/processesServer';
import { matrixRow, Random, soakMinutes } from './support/rows';

const imageBytes = 160 << 20;
const rounds = soakMinutes === undefined ? 2 : 10;

/** What happened at which length of the log of writes. */
type Event =
  | { readonly at: number; readonly path: string; readonly text: string | undefined }
  | { readonly at: number; readonly acknowledged: readonly string[] };

describe('block states that a power cut can leave', () => {
  let folder = '';
  let place: Place | undefined;
  let epochs: Epoch[] = [];
  const events: Event[] = [];
  const [base, state] = ['base', 'state'];

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'almagest-blocks-')));
  });
  after(() => {
    place?.dispose();
    rmSync(folder, { recursive: true });
  });

  matrixRow(
    {
      row: 'F7',
      method: 'block states between flushes, ext4',
      quick: 6,
      soak: 1500,
      share: 0.1,
      missing: () => missingMounts('ext4') ?? missingBlockLog(),
      total: async () => {
        const [image, mount] = [join(folder, 'live'), join(folder, 'mount')];
        writeFileSync(join(folder, base), '');
        truncateSync(join(folder, base), imageBytes);
        must('mkfs.ext4', '-q', '-F', join(folder, base));
        must('cp', '--sparse=always', join(folder, base), image);
        mkdirSync(mount);
        const disk = await RecordingDisk.start(folder, image);
        try {
          must('mount', disk.device, mount);
          try {
            place = new Place(join(mount, 'indexes'));
            await work(place, disk, events);
          } finally {
            must('umount', mount);
          }
        } finally {
          await disk.stop();
        }
        epochs = readEpochs(disk.log);
        return Infinity;
      },
    },
    async ({ number, random, where }) => {
      const flushed = (number * 7919) % epochs.length;
      const at = epochs[flushed - 1]?.end ?? 0;
      const here = `${where}: state after ${flushed} of ${epochs.length} flushes`;
      buildState(join(folder, base), join(folder, state), epochs, flushed, random);
      const mount = join(folder, 'mount');
      must('mount', '-o', 'loop', join(folder, state), mount);
      try {
        await check(place as Place, events, at, here);
      } finally {
        must('umount', mount);
      }
    },
  );
});

/** Edits while a server runs and between commands; tells what was shown as indexed at which length of the log. */
async function work(place: Place, disk: RecordingDisk, events: Event[]): Promise<void> {
  const random = new Random(7);
  const edits = new Edits(place.root, { write: (path, text) => void events.push({ at: disk.position, path, text }) });
  for (let round = 0; round < rounds; round++) {
    const made = edits.make(random);
    await place.succeed(round % 3 === 2 ? 'rebuild' : 'index', 'F7');
    events.push({ at: disk.position, acknowledged: made.map(({ path }) => path) });
    const server = Server.start(place);
    await server.open();
    for (let edit = 0; edit < 3; edit++) {
      const saved = edits.make(random);
      await server.seen(saved);
      events.push({ at: disk.position, acknowledged: saved.map(({ path }) => path) });
    }
    if (round % 2 === 0) await server.stop();
    else await server.kill();
  }
}

/** What may and what must be indexed when the first `at` bytes of the log are on the disk. */
function ledgerAt(events: readonly Event[], at: number): FileLedger {
  const ledger = new FileLedger();
  for (const event of events) {
    if (!('acknowledged' in event)) ledger.write(event.path, event.text);
    else if (event.at <= at) ledger.acknowledge(event.acknowledged);
  }
  return ledger;
}

async function check(place: Place, events: readonly Event[], at: number, where: string): Promise<void> {
  const { code, out } = await place.almagest('dump');
  // Before the first build has come to its end there may be no index to read.
  const mayBeNone = !events.some((event) => 'acknowledged' in event && event.at <= at);
  if (code === 0) ledgerAt(events, at).check(out, where);
  else if (!mayBeNone) await place.dump(where);
  await place.succeed('index', where);
  await place.succeed('verify', where);
}
