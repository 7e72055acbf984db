// The rows of the fault matrix that run on a disk in memory. Each returns how many cases it went through, and throws at
// the first wrong one, naming all that is needed to see it again.

import { openStore } from '../../../server/store/openStore';
import { tear, type FaultyDisk, type Sector } from './faultyDisk';
import { mountOf, withMount, type Call, type Fault, type Mount } from './faultyFiles';
import { pick, randomFrom } from './random';
import { checkRecovered, type Expected, type Judgement } from './storeHistory';
import { Life, place, prepare, workloads, type Workload } from './storeWorkloads';

/** Error → the calls that may end with it. */
const errors: Readonly<Record<string, (call: Call) => boolean>> = {
  EIO: () => true,
  EINTR: () => true,
  ENOSPC: ({ changes, name }) => changes && !['rm', 'unlink', 'truncate', 'chmod'].includes(name),
  EACCES: ({ name }) => !['write', 'read', 'fstat', 'sync', 'datasync', 'truncate'].includes(name),
  EMFILE: ({ name }) => ['open', 'readdir', 'syncFolder', 'hashFile', 'acquireLock'].includes(name),
};

/**
 * Every call of every workload fails once, and for good, with each error that it may end with. Afterwards the disk is
 * well again, as it is or after a power cut, and everything acknowledged is there.
 */
export async function countErrors(chosen: readonly Workload[] = workloads): Promise<number> {
  let cases = 0;
  for (const workload of chosen) {
    for (const first of await callsOf(workload)) {
      for (const code of Object.keys(errors).filter((each) => errors[each]?.(first))) {
        for (const lasting of [false, true]) {
          const fault = (call: Call): Fault | undefined => {
            const fails = call.number === first.number || (lasting && call.number > first.number);
            return fails && errors[code]?.(call) === true ? { error: code } : undefined;
          };
          await inCase(`${workload.name}, ${code} ${lasting ? 'from' : 'at'} ${toText(first)}`, async () => {
            const { disk, expected } = await live(workload, { fault });
            await check(disk.kill(), expected, workload.judgement);
            await check(cutPower(disk), expected, workload.judgement);
          });
          cases++;
        }
      }
    }
  }
  return cases;
}

/** Writes take 1 to n - 1 bytes and say so. */
export async function countShortWrites(rounds: number, chosen: readonly Workload[] = workloads): Promise<number> {
  let cases = 0;
  for (const workload of chosen) {
    for (let seed = 1; seed <= 40 * rounds; seed++) {
      const random = randomFrom(seed);
      const fault = ({ name, length = 0 }: Call): Fault | undefined =>
        name === 'write' && length > 1 ? { take: 1 + pick(random, length - 1) } : undefined;
      await inCase(`${workload.name}, short writes, seed ${seed}`, async () => {
        const { disk, expected } = await live(workload, { fault });
        await check(cutPower(disk), expected, workload.judgement);
      });
      cases++;
    }
  }
  return cases;
}

/**
 * Each sync in turn does nothing and says that it did, and each write in turn leaves out its end and says that it did
 * not; the power goes some time later. What was acknowledged may be lost with it, but nothing is ever taken for right
 * that was not written, and no batch is missing in the middle without a finding.
 */
export async function countLies(chosen: readonly Workload[] = workloads): Promise<number> {
  let cases = 0;
  for (const workload of chosen) {
    for (const first of await callsOf(workload)) {
      const isSync = /sync$|^syncFolder$/.test(first.name);
      if (!isSync && first.length === undefined) continue;
      const { length = 0 } = first;
      const lie: Fault = isSync ? { skip: true } : { take: Math.floor(length / 2), claim: length };
      const fault = (call: Call): Fault | undefined => (call.number === first.number ? lie : undefined);
      await inCase(`${workload.name}, a lie at ${toText(first)}`, async () => {
        const images: Image[] = [];
        const after = (call: Call, disk: FaultyDisk, expected: Expected): void => {
          if (call.number > first.number) images.push({ label: toText(call), disk: cutPower(disk), expected });
        };
        const { disk, expected } = await live(workload, { fault, after });
        images.push({ label: 'the end', disk: disk.kill(), expected });
        for (const image of images) {
          const judgement = { mayReport: true, mayLose: true, mayForget: true };
          await inCase(`power cut after ${image.label}`, () => check(image.disk, image.expected, judgement));
          cases++;
        }
      });
    }
  }
  return cases;
}

/**
 * The power is cut after every call that changes the disk. Of what was not synced survives: nothing, all, only names,
 * only contents, all but one change, or any part of it in sectors of 512 or 4,096 bytes. Of some recoveries the power is
 * cut in the same way.
 */
export async function countPowerCuts(rounds: number, chosen: readonly Workload[] = workloads): Promise<number> {
  let cases = 0;
  for (const workload of chosen) {
    const images: Image[] = [];
    await live(workload, { after: (call, disk, now) => images.push(...imagesOf(call, disk, now, rounds)) });
    for (const [i, image] of images.entries()) {
      await inCase(`${workload.name}, power cut after ${image.label}`, async () => {
        const deeper = i % 40 === 0 ? await recoveriesOf(image) : [];
        for (const each of [image, ...deeper]) {
          await inCase(each === image ? 'recovered' : `and in the recovery after ${each.label}`, () =>
            check(each.disk, each.expected, workload.judgement),
          );
          cases++;
        }
      });
    }
  }
  return cases;
}

/** A disk as some crash left it. */
interface Image {
  readonly label: string;
  readonly disk: FaultyDisk;
  readonly expected: Expected;
}

/** What a power cut after a call may leave. */
function imagesOf(call: Call, disk: FaultyDisk, expected: Expected, rounds: number): Image[] {
  const images: Image[] = [];
  const add = (what: string, image: FaultyDisk): void => {
    images.push({ label: `${toText(call)}, ${what} survives`, disk: image, expected });
  };
  add('nothing unsynced', cutPower(disk));
  if (disk.pending.length === 0) return images;
  const isName = (kind: string): boolean => kind === 'name' || kind === 'rename';
  add('everything', disk.kill());
  add(
    'only names',
    disk.powerCut((effect) => (isName(effect.kind) ? [effect] : [])),
  );
  add(
    'only content',
    disk.powerCut((effect) => (isName(effect.kind) ? [] : [effect])),
  );
  for (const [lost, { kind }] of disk.pending.entries()) {
    add(
      `all but the ${kind} ${lost}`,
      disk.powerCut((effect, index) => (index === lost ? [] : [effect])),
    );
  }
  for (let seed = 1; seed <= 2 * rounds; seed++) {
    for (const sector of [512, 4096] satisfies Sector[]) {
      const random = randomFrom(seed * 1000 + call.number);
      const torn = disk.powerCut((effect) => tear(effect, sector, () => random() < 0.5));
      add(`a part in sectors of ${sector} (seed ${seed})`, torn);
    }
  }
  return images;
}

/** What power cuts during the recovery of an image may leave. */
async function recoveriesOf({ disk, expected }: Image): Promise<Image[]> {
  const images: Image[] = [];
  const mount = mountOf(disk.kill());
  mount.after = (call) => {
    if (call.changes) images.push(...imagesOf(call, mount.disk, expected, 1));
  };
  await withMount(mount, async () => (await openStore(place)).close());
  return images;
}

interface LiveOptions {
  readonly fault?: (call: Call) => Fault | undefined;
  /** Called after each call that changes the disk. */
  readonly after?: (call: Call, disk: FaultyDisk, now: Expected) => void;
}

/** Lives a workload through; the result is the disk as it is afterwards, with what is not durable. */
async function live(workload: Workload, options: LiveOptions): Promise<{ disk: FaultyDisk; expected: Expected }> {
  const { disk, history } = await fresh(workload);
  const mount = mountOf(disk);
  if (options.fault !== undefined) mount.fault = options.fault;
  mount.after = (call) => {
    if (call.changes) options.after?.(call, disk, history.now);
  };
  await withMount(mount, () => workload.run(new Life(history)));
  if (mount.open > 0) throw new Error(`${mount.open} descriptors or locks were left open`);
  return { disk, expected: history.now };
}

const prepared = new Map<Workload, ReturnType<typeof prepare>>();

/** A disk and history before the faults, for one use. */
async function fresh(workload: Workload): ReturnType<typeof prepare> {
  const before = prepared.get(workload) ?? prepare(workload);
  prepared.set(workload, before);
  const { disk, history } = await before;
  return { disk: disk.kill(), history: history.copy() };
}

/** The calls of a workload when nothing fails. */
async function callsOf(workload: Workload): Promise<Call[]> {
  const { disk, history } = await fresh(workload);
  const calls: Call[] = [];
  const mount: Mount = { ...mountOf(disk), after: (call) => void calls.push(call) };
  await withMount(mount, () => workload.run(new Life(history)));
  return calls;
}

function cutPower(disk: FaultyDisk): FaultyDisk {
  return disk.powerCut(() => []);
}

async function check(disk: FaultyDisk, expected: Expected, judgement: Judgement | undefined): Promise<void> {
  const mount = mountOf(disk);
  await withMount(mount, () => checkRecovered(place, expected, judgement));
  if (mount.open > 0) throw new Error(`${mount.open} descriptors or locks were left open`);
}

function toText({ number, name, path }: Call): string {
  return `call ${number} (${name} ${path.slice(path.lastIndexOf('/') + 1)})`;
}

/** Names the case in what it throws. */
export async function inCase(label: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${label}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
