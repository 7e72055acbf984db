// A file that only the running process knows: pieces are put aside in it, and read again. It loses its name when it is
// made, so that nothing of it is left when the process ends; what a kill in between leaves is swept by the next opening.

import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { readFully, temporarySuffix, writeFully } from './durableFile';
import { StoreError, toStoreError } from './errors';

/** Its name, for as long as it has one. */
export const scratchName = `scratch${temporarySuffix}`;

export class ScratchFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #length = 0;
  #piece = Buffer.alloc(0);

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Makes an empty one on the disk of `folder`. */
  static async create(folder: string): Promise<ScratchFile> {
    const path = join(folder, scratchName);
    try {
      await rm(path, { force: true });
      const handle = await open(path, 'wx+', 0o600);
      await rm(path);
      return new ScratchFile(path, handle);
    } catch (error) {
      throw toStoreError(error, `Making ${path}`);
    }
  }

  /** Puts a piece at the end; resolves with its place. */
  async write(piece: Uint8Array): Promise<number> {
    const place = this.#length;
    this.#length += piece.length;
    try {
      await writeFully(this.#handle, piece, place);
    } catch (error) {
      throw toStoreError(error, `Writing ${this.#path}`);
    }
    return place;
  }

  /** The bytes at `place`; good until others are read. */
  async read(place: number, length: number): Promise<Uint8Array> {
    if (this.#piece.length < length) this.#piece = Buffer.allocUnsafeSlow(length);
    const bytes = this.#piece.subarray(0, length);
    try {
      if ((await readFully(this.#handle, bytes, place)) === length) return bytes;
    } catch (error) {
      throw toStoreError(error, `Reading ${this.#path}`);
    }
    throw new StoreError('ERR_IO', `${this.#path} ends before byte ${place + length}. Check the disk.`);
  }

  /** Gives its room back. */
  close(): Promise<void> {
    return this.#handle.close();
  }
}
