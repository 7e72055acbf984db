// A folder of files that is written beside its place and switched when whole: whoever reads it sees the old one or the new
// one. Each part is hashed while it is written and flushed before it counts.

import { lstat, mkdir, open, readdir, rename, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Blake3, syncFolder } from '../../native';
import type { PartSink } from './budgetedRows';
import { writeFully } from './durableFile';
import { systemErrorCode } from './errors';

/** A finished part. */
export interface Part {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly blake3: string;
}

/** A place for a folder that holds something else already. */
export class FolderTakenError extends Error {
  override readonly name = 'FolderTakenError';
  readonly code = 'ERR_FOLDER_TAKEN';
}

export class PartFolder {
  readonly #target: string;
  readonly #marker: string;
  readonly #staging: string;
  readonly #old: string;

  private constructor(target: string, marker: string) {
    this.#target = target;
    this.#marker = marker;
    this.#staging = join(dirname(target), `.${basename(target)}.new`);
    this.#old = join(dirname(target), `.${basename(target)}.old`);
  }

  /**
   * Begins a new content for `target`, which must be absent, empty, or a folder of before, which has the file `marker`.
   * What an interrupted attempt left is removed.
   * @throws FolderTakenError when something else is there
   */
  static async create(target: string, marker: string): Promise<PartFolder> {
    const folder = new PartFolder(target, marker);
    await folder.#requireOwn(target);
    await mkdir(dirname(target), { recursive: true });
    await folder.#remove(folder.#staging);
    await mkdir(folder.#staging, { mode: 0o700 });
    return folder;
  }

  /** Where the parts lie until `install`. */
  get path(): string {
    return this.#staging;
  }

  /** The sink of one artifact; finished parts are added to `parts`. */
  sink(artifact: string, parts: Part[]): PartSink {
    return new FilePartSink(this.#staging, artifact, parts);
  }

  /** Writes a small file. */
  async write(name: string, text: string): Promise<void> {
    const file = await open(join(this.#staging, name), 'wx', 0o600);
    try {
      await writeFully(file, Buffer.from(text), 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Puts the folder in its place. A crash in between leaves the old content beside it, which the next one removes. */
  async install(): Promise<void> {
    await syncFolder(this.#staging);
    await this.#requireOwn(this.#target);
    await this.#remove(this.#old);
    try {
      await rename(this.#target, this.#old);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
    await rename(this.#staging, this.#target);
    await syncFolder(dirname(this.#target));
    await this.#remove(this.#old);
  }

  /** Gives up: removes what was written. */
  async discard(): Promise<void> {
    await this.#remove(this.#staging);
  }

  async #requireOwn(path: string): Promise<void> {
    const names = await entriesOf(path);
    if (names === undefined || names.length === 0 || names.includes(this.#marker)) return;
    throw new FolderTakenError(
      `${path} holds something else (${names[0]}). Name an empty folder, or one that is not there.`,
    );
  }

  /** Removes a folder of ours: files directly in it, no folder below. */
  async #remove(path: string): Promise<void> {
    const names = await entriesOf(path);
    if (names === undefined) return;
    for (const name of names) await rm(join(path, name));
    await rmdir(path);
  }
}

/** The names in a folder; `undefined` when there is none. */
async function entriesOf(path: string): Promise<string[] | undefined> {
  try {
    if (!(await lstat(path)).isDirectory()) throw new FolderTakenError(`${path} is not a folder.`);
    return await readdir(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

class FilePartSink implements PartSink {
  readonly #folder: string;
  readonly #artifact: string;
  readonly #parts: Part[];
  #file: FileHandle | undefined;
  #name = '';
  #bytes = 0;
  #rows = 0;
  #hash = new Blake3();

  constructor(folder: string, artifact: string, parts: Part[]) {
    this.#folder = folder;
    this.#artifact = artifact;
    this.#parts = parts;
  }

  async begin(part: number): Promise<void> {
    this.#name = `${this.#artifact}.part-${String(part).padStart(5, '0')}.jsonl`;
    this.#bytes = 0;
    this.#rows = 0;
    this.#hash = new Blake3();
    this.#file = await open(join(this.#folder, this.#name), 'wx', 0o600);
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#file === undefined) throw new Error('a part is written before it is begun');
    await writeFully(this.#file, bytes, this.#bytes);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) this.#rows++;
  }

  async end(): Promise<void> {
    await this.#file?.sync();
    await this.#file?.close();
    this.#file = undefined;
    const blake3 = this.#hash.digest().toString('hex');
    this.#parts.push({ file: this.#name, rows: this.#rows, bytes: this.#bytes, blake3 });
  }

  async discard(): Promise<void> {
    await this.#file?.close();
    if (this.#file !== undefined) await rm(join(this.#folder, this.#name), { force: true });
    this.#file = undefined;
    for (const { file } of this.#parts.splice(0)) await rm(join(this.#folder, file), { force: true });
  }
}
