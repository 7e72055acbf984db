// Where the bytes of a segment lie: in memory, or in a range of an immutable file that is read piece by piece.

import { closeSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { release } from '../util/release';

const readLater = promisify(read);

/** Random access to an immutable range of bytes. */
export interface ByteSource {
  readonly length: number;
  /**
   * The bytes `[offset, offset + length)`, starting at a multiple of 8 in their buffer when `offset` is one.
   * @param scratch where bytes that have to be fetched may be put
   */
  read(offset: number, length: number, scratch?: Scratch): Buffer;
  /** The same, without keeping the event loop from other work. */
  readLater(offset: number, length: number): Promise<Buffer>;
  /** Gives back what is held open; reading afterwards is a bug. */
  close(): void;
}

/** Memory that is read into again and again: each use of it ends the one before. */
export class Scratch {
  #bytes = Buffer.alloc(0);

  /** So many bytes of it, which hold anything. */
  take(length: number): Buffer {
    // Doubled, so that it does not grow with every block that is a little larger than the ones before.
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(Math.max(length, this.#bytes.length * 2));
    return this.#bytes.subarray(0, length);
  }

  /** Gives it back at once; what was read into it is gone. */
  release(): void {
    release([this.#bytes]);
    this.#bytes = Buffer.alloc(0);
  }
}

/** Bytes that are in memory already. Their start must be a multiple of 8 in their buffer. */
export class MemorySource implements ByteSource {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
    this.#bytes = Buffer.from(aligned.buffer, aligned.byteOffset, aligned.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Buffer {
    return this.#bytes.subarray(offset, offset + length);
  }

  readLater(offset: number, length: number): Promise<Buffer> {
    return Promise.resolve(this.read(offset, length));
  }

  close(): void {
    // Memory is given back by the garbage collector.
  }
}

/** A file opened once and shared by the segments that lie in it; closed with the last of them. */
export class SharedFile {
  readonly path: string;
  readonly #descriptor: number;
  #users = 0;
  #closed = false;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'r');
  }

  /** Whether the last range was closed, and the file with it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A range of the file as a source of its own. */
  range(offset: number, length: number): ByteSource {
    this.#users++;
    let open = true;
    return {
      length,
      read: (start, count, scratch) => this.#read(offset + start, count, scratch),
      readLater: async (start, count) => {
        // The file must not be closed, and its descriptor reused, while it is being read.
        this.#users++;
        try {
          return await this.#readLater(offset + start, count);
        } finally {
          this.#leave();
        }
      },
      close: () => {
        if (open) this.#leave();
        open = false;
      },
    };
  }

  #leave(): void {
    if (--this.#users > 0) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }

  #read(offset: number, length: number, scratch: Scratch | undefined): Buffer {
    const bytes = scratch?.take(length) ?? Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length;) {
      done += this.#progress(readSync(this.#descriptor, bytes, done, length - done, offset + done), offset + length);
    }
    return bytes;
  }

  async #readLater(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await readLater(this.#descriptor, bytes, done, length - done, offset + done);
      done += this.#progress(bytesRead, offset + length);
    }
    return bytes;
  }

  #progress(bytesRead: number, end: number): number {
    if (bytesRead === 0) throw new Error(`${this.path} ends before byte ${end}: it was cut while in use`);
    return bytesRead;
  }
}
