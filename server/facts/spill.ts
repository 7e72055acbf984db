// Where sections of a merged segment wait until all that precedes them in it is made: they are put aside piece by piece
// and come back in the same order. Whether they lie in memory or in a file is decided by whoever merges.

import { crc32c } from './checksum';

/** Takes pieces of bytes and gives them back. */
export interface Spill {
  /** Takes a copy of a piece; resolves with its place. */
  write(piece: Uint8Array): Promise<number>;
  /** The piece at `place`, which begins at a multiple of 8 in its buffer and is good until the next one is read. */
  read(place: number, length: number): Promise<Uint8Array>;
}

/** For merges whose result lies in memory as well. */
export class MemorySpill implements Spill {
  readonly #pieces: Uint8Array[] = [];

  write(piece: Uint8Array): Promise<number> {
    return Promise.resolve(this.#pieces.push(Uint8Array.from(piece)) - 1);
  }

  read(place: number): Promise<Uint8Array> {
    return Promise.resolve(this.#pieces[place] as Uint8Array);
  }
}

/** Bytes of a section that are gathered before they are put aside. */
const gatheredBytes = 128 << 10;

/** A section that is made by appending to it, and can be read when it is whole. */
export class SpilledSection {
  readonly #spill: Spill;
  readonly #places: { readonly place: number; readonly length: number }[] = [];
  #gathered = Buffer.alloc(0);
  #filled = 0;
  #length = 0;
  #checksum = 0;

  constructor(spill: Spill) {
    this.#spill = spill;
  }

  get length(): number {
    return this.#length;
  }

  /** CRC-32C of what was appended. */
  get checksum(): number {
    return this.#checksum;
  }

  /** Appends a copy of the bytes of `view`. */
  async append({ buffer, byteOffset, byteLength }: ArrayBufferView): Promise<void> {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.#checksum = crc32c(bytes, this.#checksum);
    this.#length += byteLength;
    if (this.#filled + byteLength > this.#gathered.length) await this.#makeRoom(byteLength);
    this.#gathered.set(bytes, this.#filled);
    this.#filled += byteLength;
  }

  /** All of it, in pieces of whole views as they were appended; each is good until the next one is asked for. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    for (const { place, length } of this.#places) yield await this.#spill.read(place, length);
    yield this.#gathered.subarray(0, this.#filled);
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (this.#filled > 0) {
      const place = await this.#spill.write(this.#gathered.subarray(0, this.#filled));
      this.#places.push({ place, length: this.#filled });
      this.#filled = 0;
    }
    if (bytes > this.#gathered.length) this.#gathered = Buffer.allocUnsafeSlow(Math.max(bytes, gatheredBytes));
  }
}
