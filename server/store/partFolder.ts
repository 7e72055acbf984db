// A folder of files that is written beside its place and switched when whole: whoever reads it sees the old one or the new
// one. Each part is hashed while it is written and flushed before it counts.

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Blake3, syncFolder } from '../../native';
import { isRunning } from '../util/processes';
import { systemReason } from '../util/systemReason';
import type { PartSink } from './budgetedRows';
import { writeFully } from './durableFile';
import { isDiskFull, systemErrorCode } from './errors';
import { makeFolders } from './folders';
import { patientRename } from './patientRename';

/** A finished part. */
export interface Part {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly blake3: string;
}

/** A place where the folder cannot be: something else is there, or the system refuses it. Says which, why and what to do. */
export class FolderRefusedError extends Error {
  override readonly name = 'FolderRefusedError';

  /** @param code of the system's error */
  constructor(
    message: string,
    readonly code = 'ERR_FOLDER_TAKEN',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const remedy = 'Name an empty folder, or one that is not there.';
/** Tries to put a folder in its place while others do the same. */
const installTries = 10;

export class PartFolder {
  readonly #target: string;
  readonly #marker: string;
  readonly #staging: string;
  readonly #old: string;

  private constructor(target: string, marker: string) {
    this.#target = target;
    this.#marker = marker;
    // Its own, so that two may be written for one place at once: the last to be whole stays.
    const own = `${process.pid}-${randomBytes(3).toString('hex')}`;
    this.#staging = join(dirname(target), `.${basename(target)}.new-${own}`);
    this.#old = join(dirname(target), `.${basename(target)}.old-${own}`);
  }

  /**
   * Begins a new content for `target`, which must be absent, empty, or a folder of before, which has the file `marker`.
   * What processes left that died in an attempt is removed.
   * @throws FolderRefusedError, as do all that write
   */
  static create(target: string, marker: string): Promise<PartFolder> {
    return placing(target, async () => {
      const folder = new PartFolder(target, marker);
      await folder.#requireOwn(target);
      await makeFolders(dirname(target), 0o777);
      await folder.#sweep();
      await mkdir(folder.#staging, { mode: 0o700 });
      return folder;
    });
  }

  /** Where the parts lie until `install`. */
  get path(): string {
    return this.#staging;
  }

  /** The sink of one artifact; finished parts are added to `parts`. */
  sink(artifact: string, parts: Part[]): PartSink {
    return new FilePartSink(this.#target, this.#staging, artifact, parts);
  }

  /** Writes a small file. */
  write(name: string, text: string): Promise<void> {
    return placing(this.#target, async () => {
      const file = await open(join(this.#staging, name), 'wx', 0o600);
      try {
        await writeFully(file, Buffer.from(text), 0);
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  /** Puts the folder in its place. A crash in between leaves the old content beside it, which the next one removes. */
  install(): Promise<void> {
    return placing(this.#target, () => this.#install());
  }

  /** Gives up: removes what was written. */
  async discard(): Promise<void> {
    await this.#remove(this.#staging);
  }

  async #install(): Promise<void> {
    await syncFolder(this.#staging);
    for (let tries = 1; ; tries++) {
      await this.#requireOwn(this.#target);
      try {
        await patientRename(this.#target, this.#old);
      } catch (error) {
        if (systemErrorCode(error) !== 'ENOENT') throw error;
      }
      try {
        await patientRename(this.#staging, this.#target);
        break;
      } catch (error) {
        // Somebody else put theirs there in between.
        const isTaken = ['ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '');
        if (!isTaken || tries === installTries) throw error;
        await this.#remove(this.#old);
      }
    }
    await syncFolder(dirname(this.#target));
    await this.#remove(this.#old);
  }

  async #sweep(): Promise<void> {
    const parent = dirname(this.#target);
    const prefix = `.${basename(this.#target)}.`;
    for (const name of await readdir(parent)) {
      const pid = name.startsWith(prefix) ? /^(?:new|old)-(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
      if (pid !== undefined && !isRunning(Number(pid))) await this.#remove(join(parent, name));
    }
  }

  async #requireOwn(path: string): Promise<void> {
    const names = await entriesOf(path);
    if (names === undefined || names.length === 0 || names.includes(this.#marker)) return;
    throw new FolderRefusedError(`${path} holds something else (${names[0]}). ${remedy}`);
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
    if (!(await lstat(path)).isDirectory()) throw new FolderRefusedError(`${path} is not a folder. ${remedy}`);
    return await readdir(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Runs `work`; what the system refuses of it is told with its place. */
async function placing<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    const advice = isDiskFull(error) ? 'Free some disk space, or name' : 'Name';
    const message = `${target} cannot be written: ${reason}. ${advice} another folder.`;
    throw new FolderRefusedError(message, systemErrorCode(error), { cause: error });
  }
}

class FilePartSink implements PartSink {
  readonly #target: string;
  readonly #folder: string;
  readonly #artifact: string;
  readonly #parts: Part[];
  #file: FileHandle | undefined;
  #name = '';
  #bytes = 0;
  #rows = 0;
  #hash = new Blake3();

  constructor(target: string, folder: string, artifact: string, parts: Part[]) {
    this.#target = target;
    this.#folder = folder;
    this.#artifact = artifact;
    this.#parts = parts;
  }

  async begin(part: number): Promise<void> {
    this.#name = `${this.#artifact}.part-${String(part).padStart(5, '0')}.jsonl`;
    this.#bytes = 0;
    this.#rows = 0;
    this.#hash = new Blake3();
    this.#file = await placing(this.#target, () => open(join(this.#folder, this.#name), 'wx', 0o600));
  }

  async write(bytes: Buffer): Promise<void> {
    const file = this.#file;
    if (file === undefined) throw new Error('a part is written before it is begun');
    await placing(this.#target, () => writeFully(file, bytes, this.#bytes));
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) this.#rows++;
  }

  async end(): Promise<void> {
    const file = this.#file;
    await placing(this.#target, async () => file?.sync());
    await file?.close();
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
