// Where damaged files and folders go instead of being deleted: moved as they are, beside a note that says why.

import { lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { syncFolder } from '../../native';
import { systemErrorCode } from './errors';
import { makePrivateFolder } from './indexFolder';
import { patientRename } from './patientRename';

const folderName = 'quarantine';
const noteSuffix = '.reason.txt';

/** What lies in quarantine: files and folders, and their bytes without the notes. */
export interface QuarantineTotals {
  readonly items: number;
  readonly bytes: number;
}

/** The quarantine of an index that is open, kept to its byte budget. */
export class Quarantine {
  readonly #folder: string;
  readonly #maxBytes: number;
  #totals: QuarantineTotals = { items: 0, bytes: 0 };
  #dropped = 0;

  private constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** @param maxBytes only a writer gives one: without it nothing is removed */
  static async open(folder: string, maxBytes = Infinity): Promise<Quarantine> {
    const quarantine = new Quarantine(folder, maxBytes);
    await quarantine.#trim();
    return quarantine;
  }

  get totals(): QuarantineTotals {
    return this.#totals;
  }

  /** How many things the budget has cost it since it was opened. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Moves a file or folder of the index into it. */
  async add(path: string, reason: string): Promise<void> {
    await moveToQuarantine(this.#folder, path, reason);
    await this.#trim();
  }

  async #trim(): Promise<void> {
    if (this.#maxBytes < Infinity) this.#dropped += await trimQuarantine(this.#folder, this.#maxBytes);
    this.#totals = await countQuarantine(this.#folder);
  }
}

/**
 * Moves a file or folder of an index into its quarantine. A crash leaves it in the one place or the other, perhaps with
 * a note too many.
 */
export async function moveToQuarantine(folder: string, path: string, reason: string): Promise<void> {
  const quarantine = join(folder, folderName);
  await makePrivateFolder(quarantine);
  const last = Math.max(0, ...(await readdir(quarantine)).map((name) => Number.parseInt(name, 10) || 0));
  const place = join(quarantine, `${last + 1}-${basename(path)}`);
  await writeFile(place + noteSuffix, `${new Date().toISOString()} ${basename(path)}: ${reason}\n`, { mode: 0o600 });
  await patientRename(path, place);
  await syncFolder(quarantine);
  await syncFolder(folder);
}

/** Removes a file of an index; what is no file but has the name of one is set aside, since it is not ours. */
export async function removeFile(folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  try {
    await rm(path, { force: true });
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_FS_EISDIR') throw error;
    await moveToQuarantine(folder, path, 'a folder with the name of a file of the index');
  }
}

/**
 * Removes the oldest of what lies in quarantine beyond a number of bytes; the newest stays, however large it is.
 * @returns how many were removed
 */
export async function trimQuarantine(folder: string, maxBytes: number): Promise<number> {
  const quarantine = join(folder, folderName);
  const names = await itemsOf(quarantine);
  names.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  let bytes = 0;
  let removed = 0;
  for (const [age, name] of names.entries()) {
    bytes += await bytesOf(join(quarantine, name));
    if (age === 0 || bytes <= maxBytes) continue;
    await rm(join(quarantine, name), { recursive: true, force: true });
    await rm(join(quarantine, name + noteSuffix), { force: true });
    removed++;
  }
  return removed;
}

async function countQuarantine(folder: string): Promise<QuarantineTotals> {
  const quarantine = join(folder, folderName);
  const items = await itemsOf(quarantine);
  let bytes = 0;
  for (const name of items) bytes += await bytesOf(join(quarantine, name));
  return { items: items.length, bytes };
}

async function itemsOf(quarantine: string): Promise<string[]> {
  const names = await readdir(quarantine).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => !name.endsWith(noteSuffix));
}

async function bytesOf(path: string): Promise<number> {
  const status = await lstat(path);
  if (!status.isDirectory()) return status.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await bytesOf(join(path, name));
  return bytes;
}
