// What the stores under test go through: each workload is a life of an index with the steps that matter for durability.
// Steps may fail when the disk does; a failure must be a StoreError, and the life goes on as the pipeline would.

import { join } from 'node:path';
import { StoreError } from '../../../server/store/errors';
import type { IndexStore } from '../../../server/store/indexStore';
import { openStore } from '../../../server/store/openStore';
import { FaultyDisk, folderNode } from './faultyDisk';
import { mountOf, mountPoint, withMount } from './faultyFiles';
import { StoreHistory, type Judgement, type StorePlace } from './storeHistory';

/** Where the stores lie; the folder of all indexes is made by the product. */
export const place: StorePlace = { root: join(mountPoint, 'root'), indexDir: join(mountPoint, 'cache', 'almagest') };

export interface Workload {
  readonly name: string;
  /** Done on a sound disk, before faults begin. */
  readonly before: (life: Life) => Promise<void>;
  /** What happens to the disk between the two. */
  readonly damage?: (disk: FaultyDisk) => void;
  readonly judgement?: Judgement;
  readonly run: (life: Life) => Promise<void>;
}

/** One index in use, with the steps that a pipeline makes. Without an open store the others do nothing. */
export class Life {
  readonly history: StoreHistory;
  #store: IndexStore | undefined;

  constructor(history: StoreHistory, store?: IndexStore) {
    this.history = history;
    this.#store = store;
  }

  async open(): Promise<void> {
    await attempt(async () => {
      this.#store = await openStore(place);
    });
  }

  async append(...sizes: readonly number[]): Promise<void> {
    await this.#write((store) => this.history.append(store, ...sizes));
  }

  /** Saves a snapshot, and appends batches of the sizes meanwhile. */
  async checkpoint(...besideSizes: readonly number[]): Promise<void> {
    await this.#write((store) =>
      this.history.checkpoint(store, async () => {
        if (besideSizes.length > 0) await this.append(...besideSizes);
      }),
    );
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await attempt(async () => store?.close());
  }

  async #write(work: (store: IndexStore) => Promise<void>): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    await attempt(async () => {
      if (store.readOnly !== undefined) await store.resumeWriting();
      await work(store);
    });
  }
}

export const workloads: readonly Workload[] = [
  {
    name: 'first start',
    before: () => Promise.resolve(),
    run: async (life) => {
      await life.open();
      await life.append(100);
      await life.append(0, 900, 40);
      await life.close();
    },
  },
  {
    name: 'saves',
    before: async (life) => {
      await life.open();
      await life.append(10, 20);
      await life.close();
    },
    run: async (life) => {
      await life.open();
      await life.append(2000);
      await life.append(10, 5000, 10);
      await life.append(600);
      await life.close();
    },
  },
  {
    name: 'first snapshot',
    before: async (life) => {
      await life.open();
      await life.append(300, 20);
      await life.close();
    },
    run: async (life) => {
      await life.open();
      await life.append(500);
      await life.checkpoint(700);
      await life.append(30);
      await life.close();
    },
  },
  {
    name: 'generations',
    before: async (life) => {
      await life.open();
      for (const size of [100, 200]) {
        await life.append(size);
        await life.checkpoint(10);
      }
      await life.close();
    },
    run: async (life) => {
      await life.open();
      await life.append(500);
      await life.checkpoint();
      await life.append(70);
      await life.checkpoint(60, 3000);
      await life.close();
    },
  },
  {
    name: 'torn tail',
    before: async (life) => {
      await life.open();
      await life.append(100, 700);
      await life.close();
    },
    damage: (disk) => changeFile(disk, /^journal/, (bytes) => Buffer.concat([bytes, Buffer.alloc(1234, 7)])),
    run: async (life) => {
      await life.open();
      await life.append(50);
      await life.append(50, 60);
      await life.close();
    },
  },
  {
    name: 'damaged snapshot',
    before: async (life) => {
      await life.open();
      for (const size of [100, 200]) {
        await life.append(size);
        await life.checkpoint(10);
      }
      await life.close();
    },
    damage: (disk) =>
      changeFile(disk, /^snapshot/, (bytes) => {
        const copy = Buffer.from(bytes);
        copy.writeUInt8(copy.readUInt8(80) ^ 1, 80);
        return copy;
      }),
    judgement: { mayReport: true },
    run: async (life) => {
      await life.open();
      await life.append(500);
      await life.checkpoint(20);
      await life.close();
    },
  },
];

/** A disk on which there is a workspace and a cache folder, and no index yet. */
export function newDisk(): FaultyDisk {
  const disk = new FaultyDisk();
  for (const name of ['root', 'cache']) disk.change({ kind: 'name', folder: 1, name, id: disk.add(folderNode()) });
  return disk.kill();
}

/** A disk after the part of a workload that comes before the faults, with its history. */
export async function prepare(
  { before, damage }: Pick<Workload, 'before' | 'damage'>,
  history = new StoreHistory(),
): Promise<{ disk: FaultyDisk; history: StoreHistory }> {
  const disk = newDisk();
  const life = new Life(history);
  await withMount(mountOf(disk), () => before(life));
  damage?.(disk);
  return { disk: disk.kill(), history };
}

/** Names in the index folder of a disk, with their nodes' ids; empty before there is one. */
export function indexFiles(disk: FaultyDisk): [name: string, id: number][] {
  const cache = disk.find(['cache', 'almagest'])?.node;
  const folder = cache?.kind === 'folder' ? [...cache.entries.values()][0] : undefined;
  const node = folder === undefined ? undefined : disk.node(folder);
  return node?.kind === 'folder' ? [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1)) : [];
}

/** Gives the last file of that name other bytes. */
export function changeFile(disk: FaultyDisk, name: RegExp, change: (bytes: Buffer) => Buffer): void {
  const [, id] =
    indexFiles(disk)
      .filter(([each]) => name.test(each))
      .at(-1) ?? [];
  const node = id === undefined ? undefined : disk.node(id);
  if (id === undefined || node?.kind !== 'file') throw new Error(`no file is called like ${name}`);
  const bytes = change(node.bytes);
  disk.change({ kind: 'truncate', id, size: bytes.length });
  disk.change({ kind: 'write', id, offset: 0, bytes });
}

/** Anything but a StoreError is a bug of the store. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
