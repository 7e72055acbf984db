// Room on the disk of an index: how much a checkpoint needs, what is given back when there is none, and the ballast,
// four megabytes kept so that there is something to give back. It decides nothing about what is written.

import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { byteText } from '../model/byteText';
import { writeFully } from './durableFile';
import { StoreError, toStoreError } from './errors';

const ballastName = 'ballast';
const ballastBytes = 4 << 20;
/** A checkpoint is not begun with less than this free, however small the index is. */
const minCheckpointBytes = 64 << 20;
/** Writing begins again when so much is free beside the ballast: less would be full again at once. */
const minWriteBytes = 8 << 20;
/** What other files can be made from again, largest first; given back before the ballast. */
const derived = ['sqlite', 'builds'];

export class DiskSpace {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the ballast where it is missing and there is room for it; throws when that fails, leaving nothing. */
  async keepBallast(): Promise<void> {
    const path = join(this.#folder, ballastName);
    const size = await stat(path).then(
      (status) => status.size,
      () => 0, // absent, or not to be told: made anew
    );
    if (size === ballastBytes || (await this.#free()) < minWriteBytes + ballastBytes) return;
    try {
      await this.#writeBallast(path);
    } catch (error) {
      await rm(path, { force: true });
      throw toStoreError(error, `Writing ${path}`);
    }
  }

  /** Throws ERR_DISK_FULL when there is not room for a checkpoint whose largest file has so many bytes. */
  async require(largestBytes: number): Promise<void> {
    await this.#demand(Math.max(2 * largestBytes, minCheckpointBytes), 'to save a snapshot');
  }

  /** Makes the ballast again after it was given back. Throws ERR_DISK_FULL while the disk is still full. */
  async prepareToWrite(): Promise<void> {
    await this.#demand(minWriteBytes + ballastBytes, 'to go on indexing');
    await this.keepBallast();
  }

  /** Removes what is derived, and the ballast; the names of what was there. */
  async free(): Promise<string[]> {
    const freed: string[] = [];
    for (const name of [...derived, ballastName]) {
      const path = join(this.#folder, name);
      if (!(await stat(path).catch(() => undefined))) continue; // not there, or not ours to see
      await rm(path, { recursive: true, force: true });
      freed.push(name);
    }
    return freed;
  }

  async #demand(bytes: number, why: string): Promise<void> {
    const free = await this.#free();
    if (free >= bytes) return;
    throw new StoreError(
      'ERR_DISK_FULL',
      `The disk of ${this.#folder} has ${byteText(free)} free and needs ${byteText(bytes)} ${why}. Free some space; what was ` +
        'indexed so far is safe.',
    );
  }

  async #free(): Promise<number> {
    try {
      const { bavail, bsize } = await statfs(this.#folder);
      return bavail * bsize;
    } catch (error) {
      throw toStoreError(error, `Asking for the free space in ${this.#folder}`);
    }
  }

  /** Real bytes: a hole would take no room and give none back. */
  async #writeBallast(path: string): Promise<void> {
    await rm(path, { force: true });
    const handle = await open(path, 'wx', 0o600);
    try {
      await writeFully(handle, Buffer.alloc(ballastBytes, 0x41), 0);
    } finally {
      await handle.close();
    }
  }
}
