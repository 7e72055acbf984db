// The rows of the fault matrix about indexes that were damaged while nobody looked: flipped bits, cut and extended files,
// missing and replaced ones, old ones that are valid in themselves. Each returns how many cases it went through, and
// throws at the first wrong one.

import assert from 'node:assert/strict';
import { StoreError } from '../../../server/store/errors';
import { folderNode, type DiskNode, type FaultyDisk } from './faultyDisk';
import { mountOf, withMount, type Call, type Fault } from './faultyFiles';
import { inCase } from './faultRows';
import { pick, randomFrom } from './random';
import { openRecovered, StoreHistory, type Expected, type Judgement } from './storeHistory';
import { indexFiles, Life, place, prepare } from './storeWorkloads';

/** How a damaged index is judged: everything is there, or a finding says that something is wrong. */
const damaged: Judgement = { mayReport: true, mayLose: true };
/** Without its last groups a journal looks like one whose last groups were never acknowledged. */
const shortened: Judgement = { ...damaged, mayForget: true };

/** Two generations, and batches after them. */
async function live(life: Life): Promise<void> {
  await life.open();
  for (const size of [100, 900]) {
    await life.append(size, 30);
    await life.checkpoint(10);
  }
  await life.append(500);
  await life.append(20, 1500);
  await life.close();
}

/** Every bit of manifests and journal headers, or one bit of each of their bytes, and bits of everything else. */
export async function countBitFlips(everyBit: boolean): Promise<number> {
  const { disk, expected } = await sound();
  const random = randomFrom(1);
  let cases = 0;
  for (const [name, bytes] of artifacts(disk)) {
    const step = /manifest/.test(name) || everyBit ? 1 : 13;
    for (let at = 0; at < bytes.length; at += name.startsWith('journal') && at < 64 ? 1 : step) {
      const bits = everyBit ? [0, 1, 2, 3, 4, 5, 6, 7] : [pick(random, 8)];
      for (const bit of bits) {
        const image = changed(disk, name, (copy) => void copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at));
        const judgement = isLastGroup(disk, name) ? shortened : damaged;
        await inCase(`${name}, bit ${bit} of byte ${at} flipped`, () => check(image, expected, judgement));
        cases++;
      }
    }
  }
  return cases;
}

/** Files cut at and around each 512 bytes and elsewhere, extended with zeros, garbage or themselves, zeroed in part. */
export async function countTruncations(rounds: number): Promise<number> {
  const { disk, expected } = await sound();
  const random = randomFrom(2);
  let cases = 0;
  for (const [name, bytes] of artifacts(disk)) {
    const edges = Array.from({ length: Math.ceil(bytes.length / 512) }, (_, i) => i * 512);
    const others = Array.from({ length: 25 * rounds }, () => pick(random, bytes.length));
    const images: [what: string, bytes: Buffer][] = [
      ...[...edges.flatMap((edge) => [edge - 1, edge, edge + 1]), ...others]
        .filter((size) => size >= 0 && size < bytes.length)
        .map((size): [string, Buffer] => [`cut to ${size} bytes`, bytes.subarray(0, size)]),
      ['extended with zeros', Buffer.concat([bytes, Buffer.alloc(4096)])],
      ['extended with itself', Buffer.concat([bytes, bytes])],
      ['extended with garbage', Buffer.concat([bytes, Buffer.alloc(777, 'garbage')])],
      ...edges.map((edge): [string, Buffer] => [`zeroed at ${edge}`, zeroed(bytes, edge)]),
    ];
    for (const [what, content] of images) {
      const image = replaced(disk, name, { kind: 'file', bytes: content, mode: 0o600 });
      const judgement = name.startsWith('journal') ? shortened : damaged;
      await inCase(`${name} ${what}`, () => check(image, expected, judgement));
      cases++;
    }
  }
  return cases;
}

/**
 * Each file, and each pair, is missing, empty, a folder, a link (to what was there) or a pipe, or cannot be opened. An
 * index that cannot be opened says so in a StoreError, and opens again once the file can be.
 */
export async function countReplaced(): Promise<number> {
  const { disk, expected } = await sound();
  const names = artifacts(disk).map(([name]) => name);
  const kinds: Readonly<Record<string, (name: string) => DiskNode | undefined>> = {
    missing: () => undefined,
    empty: () => ({ kind: 'file', bytes: Buffer.alloc(0), mode: 0o600 }),
    'a folder': () => folderNode(),
    'a link': (name) => ({ kind: 'link', target: `${place.root}/${name}` }),
    'a pipe': () => ({ kind: 'fifo' }),
  };
  let cases = 0;
  for (const [kind, nodeFor] of Object.entries(kinds)) {
    for (const [i, first] of names.entries()) {
      for (const second of names.slice(i)) {
        let image = disk.kill();
        for (const name of new Set([first, second])) {
          if (kind === 'a link') copyToRoot(image, name);
          image = replaced(image, name, nodeFor(name));
        }
        const isNoted = kind === 'a link' || kind === 'a folder' || kind === 'a pipe';
        await inCase(`${kind}: ${first} and ${second}`, async () => {
          const findings = await check(image, expected, shortened);
          // What only the former generation needs is not looked at while the newest one is sound.
          const needless = names.filter((name) => isFormer(name, names));
          if (isNoted && !(needless.includes(first) && needless.includes(second))) {
            assert.notEqual(findings.length, 0, 'nobody noticed');
          }
        });
        cases++;
      }
    }
  }
  for (const name of names) {
    const fault = (call: Call): Fault | undefined =>
      call.name === 'open' && call.path.endsWith(`/${name}`) ? { error: 'EACCES' } : undefined;
    await inCase(`${name} cannot be opened`, async () => {
      const image = disk.kill();
      const mount = { ...mountOf(image), fault };
      await withMount(mount, async () => {
        try {
          await (await openRecovered(place, expected, shortened)).close();
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
        }
      });
      await check(image.kill(), expected, damaged);
    });
    cases++;
  }
  return cases;
}

/**
 * Files of an earlier time of the same index, and of another index of the same root, under the names of the present
 * ones: each, each pair, and all of a kind.
 */
export async function countStale(): Promise<number> {
  const { disk, expected } = await sound();
  const brief = async (life: Life): Promise<void> => {
    await life.open();
    await life.append(100, 30);
    await life.checkpoint(10);
    await life.append(70);
    await life.close();
  };
  const early = await prepare({ before: brief }, new StoreHistory(' of a young index'));
  const other = await prepare({ before: live }, new StoreHistory(' of another index'));
  let cases = 0;
  for (const [source, { disk: from, history }] of [
    ['another index', other],
    ['a young index', early],
  ] as const) {
    const files = artifacts(from);
    for (const [i, [first]] of files.entries()) {
      for (const [second] of files.slice(i)) {
        let image = disk.kill();
        for (const [name, bytes] of files.filter(([each]) => each === first || each === second)) {
          image = replaced(image, name, { kind: 'file', bytes, mode: 0o600 });
        }
        // A manifest and its snapshot are an index: then it is that one, and nothing is left of ours.
        const isIndex = first.startsWith('manifest') && second.startsWith('snapshot');
        await inCase(`${first} and ${second} of ${source}`, () =>
          check(image, expected, shortened).catch((error: unknown) => {
            if (!isIndex) throw error;
            return check(image.kill(), history.now, shortened);
          }),
        );
        cases++;
      }
    }
  }
  return cases + (await countOlder());
}

/** Files of two instants of one life, mixed. */
async function countOlder(): Promise<number> {
  const instants: { disk: FaultyDisk; expected: Expected }[] = [];
  const { disk: before, history } = await prepare({ before: live });
  const note = (disk: FaultyDisk): void => void instants.push({ disk: disk.kill(), expected: history.now });
  note(before);
  const mount = mountOf(before);
  await withMount(mount, async () => {
    for (const size of [40, 50, 60]) {
      const life = new Life(history);
      await life.open();
      await life.append(size);
      if (size > 40) await life.checkpoint();
      await life.close();
      note(before);
    }
  });
  const newest = instants.at(-1);
  assert.ok(newest);
  let cases = 0;
  for (const { disk: old, expected } of instants) {
    // All of it is a backup, brought back: it is what it was then.
    await inCase('a backup', () => check(old.kill(), expected, {}));
    const oldFiles = artifacts(old);
    const newFiles = artifacts(newest.disk);
    for (const kind of [/^manifest/, /^snapshot/, /^journal/, /^(manifest|snapshot)/, /^(manifest|journal)/, /./]) {
      let image = newest.disk.kill();
      for (const [name, bytes] of oldFiles.filter(([each]) => kind.test(each))) {
        image = replaced(image, name, { kind: 'file', bytes, mode: 0o600 });
      }
      await inCase(`old files like ${kind} beside new ones`, () => check(image, newest.expected, shortened));
      for (const [name] of newFiles.filter(([each]) => kind.test(each))) {
        if (!oldFiles.some(([each]) => each === name)) image = replaced(image, name, undefined);
      }
      await inCase(`old files like ${kind} instead of new ones`, () => check(image, newest.expected, shortened));
      cases += 2;
    }
  }
  return cases;
}

async function sound(): Promise<{ disk: FaultyDisk; expected: Expected }> {
  const { disk, history } = await prepare({ before: live });
  return { disk, expected: history.now };
}

/** Opens a damaged index twice: what was set aside stays so. The result is what the first opening found. */
async function check(disk: FaultyDisk, expected: Expected, judgement: Judgement): Promise<readonly string[]> {
  const mount = mountOf(disk);
  const findings: string[] = [];
  await withMount(mount, async () => {
    const store = await openRecovered(place, expected, judgement);
    findings.push(...store.findings);
    await store.close();
    await (await openRecovered(place, expected, { ...judgement, ...(findings.length > 0 && shortened) })).close();
  });
  if (mount.open > 0) throw new Error(`${mount.open} descriptors or locks were left open`);
  return findings;
}

/** Files that an opening may need, with their bytes. */
function artifacts(disk: FaultyDisk): [name: string, bytes: Buffer][] {
  return indexFiles(disk).flatMap(([name, id]): [string, Buffer][] => {
    const node = disk.node(id);
    return node.kind === 'file' && /^(manifest|snapshot|journal)-/.test(name) ? [[name, node.bytes]] : [];
  });
}

/** Whether a snapshot or journal is needed by the generation before the newest one only. */
function isFormer(name: string, names: readonly string[]): boolean {
  const kind = name.slice(0, name.indexOf('-'));
  return kind !== 'manifest' && name !== names.filter((each) => each.startsWith(kind)).at(-1);
}

/** Whether damage to a file may look like the end of a write that was cut off. */
function isLastGroup(disk: FaultyDisk, name: string): boolean {
  return (
    name ===
    artifacts(disk)
      .filter(([each]) => each.startsWith('journal'))
      .at(-1)?.[0]
  );
}

function changed(disk: FaultyDisk, name: string, change: (bytes: Buffer) => void): FaultyDisk {
  const bytes = Buffer.from(artifacts(disk).find(([each]) => each === name)?.[1] ?? assert.fail(name));
  change(bytes);
  return replaced(disk, name, { kind: 'file', bytes, mode: 0o600 });
}

function zeroed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0, at, Math.min(at + 512, copy.length));
  return copy;
}

/** An image of the disk in which a name of the index folder has another node, or none. */
function replaced(disk: FaultyDisk, name: string, node: DiskNode | undefined): FaultyDisk {
  const image = disk.kill();
  const cache = image.find(['cache', 'almagest'])?.node;
  const [folder = 0] = cache?.kind === 'folder' ? cache.entries.values() : [];
  image.change({ kind: 'name', folder, name, id: node === undefined ? undefined : image.add(node) });
  return image.kill();
}

function copyToRoot(disk: FaultyDisk, name: string): void {
  const [, bytes] = artifacts(disk).find(([each]) => each === name) ?? [];
  const folder = disk.find(['root'])?.id;
  if (bytes === undefined || folder === undefined) return;
  disk.change({ kind: 'name', folder, name, id: disk.add({ kind: 'file', bytes, mode: 0o600 }) });
}
