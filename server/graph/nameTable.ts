// Names of symbols as numbers, one numbering for all segments: equal names of one family of languages have equal numbers.
// Text is not copied out of the segments' dictionaries, only pointed to.

import type { Segment } from '../facts/segment';

/** No name has this number. */
export const noName = 0xffffffff;

/** In `#sources`: the text is one of `#extra`, not of a segment's dictionary. */
const extraSource = 0xffff;

export class NameTable {
  readonly #segments: readonly Segment[];
  readonly #extra: Buffer[] = [];
  #slots = new Uint32Array(1 << 12); // number + 1
  #hashes = new Uint32Array(1 << 11);
  #texts = new Uint32Array(1 << 11);
  #sources = new Uint16Array(1 << 11);
  #families = new Uint8Array(1 << 11);
  #count = 0;

  /** `segments`: all that names will come from. */
  constructor(segments: readonly Segment[]) {
    if (segments.length >= extraSource) throw new RangeError(`${segments.length} segments are too many`);
    this.#segments = segments;
  }

  /** Numbers are 0 to `count` - 1. */
  get count(): number {
    return this.#count;
  }

  /** The number of a name of a segment's dictionary. */
  ofDictionary(family: number, segment: number, id: number): number {
    const { nameBytes, nameOffsets } = (this.#segments[segment] as Segment).symbols;
    const start = nameOffsets[id] as number;
    const end = nameOffsets[id + 1] as number;
    const hash = hashOf(family, nameBytes, start, end);
    const slot = this.#find(family, nameBytes, start, end, hash);
    const known = this.#slots[slot] as number;
    return known !== 0 ? known - 1 : this.#add(slot, family, hash, segment, id);
  }

  /** The number of any other text. */
  ofText(family: number, text: string): number {
    const bytes = Buffer.from(text);
    const hash = hashOf(family, bytes, 0, bytes.length);
    const slot = this.#find(family, bytes, 0, bytes.length, hash);
    const known = this.#slots[slot] as number;
    return known !== 0 ? known - 1 : this.#add(slot, family, hash, extraSource, this.#extra.push(bytes) - 1);
  }

  /** The number of a name that is there already, else `noName`. */
  find(family: number, bytes: Uint8Array, start: number, end: number): number {
    const slot = this.#find(family, bytes, start, end, hashOf(family, bytes, start, end));
    return ((this.#slots[slot] as number) - 1) >>> 0;
  }

  /** Like `find`, for a text. */
  findText(family: number, text: string): number {
    const bytes = Buffer.from(text);
    return this.find(family, bytes, 0, bytes.length);
  }

  text(name: number): string {
    const source = this.#sources[name] as number;
    const id = this.#texts[name] as number;
    return source === extraSource
      ? (this.#extra[id] as Buffer).toString('utf8')
      : (this.#segments[source] as Segment).name(id);
  }

  /** The slot that holds the name, or the free one where it belongs. */
  #find(family: number, bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] as number;
      if (at === 0) return slot;
      if (this.#hashes[at - 1] === hash && this.#isSame(at - 1, family, bytes, start, end)) return slot;
    }
  }

  #isSame(name: number, family: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#families[name] !== family) return false;
    const source = this.#sources[name] as number;
    const id = this.#texts[name] as number;
    if (source === extraSource) {
      const text = this.#extra[id] as Buffer;
      return text.length === end - start && sameBytes(text, 0, bytes, start, end);
    }
    const { nameBytes, nameOffsets } = (this.#segments[source] as Segment).symbols;
    const from = nameOffsets[id] as number;
    return (nameOffsets[id + 1] as number) - from === end - start && sameBytes(nameBytes, from, bytes, start, end);
  }

  #add(slot: number, family: number, hash: number, source: number, id: number): number {
    if (this.#count === this.#hashes.length) this.#growRows();
    const name = this.#count++;
    this.#hashes[name] = hash;
    this.#texts[name] = id;
    this.#sources[name] = source;
    this.#families[name] = family;
    this.#slots[slot] = name + 1;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return name;
  }

  #growRows(): void {
    const length = this.#hashes.length * 2;
    const hashes = new Uint32Array(length);
    const texts = new Uint32Array(length);
    const sources = new Uint16Array(length);
    const families = new Uint8Array(length);
    hashes.set(this.#hashes);
    texts.set(this.#texts);
    sources.set(this.#sources);
    families.set(this.#families);
    this.#hashes = hashes;
    this.#texts = texts;
    this.#sources = sources;
    this.#families = families;
  }

  #growSlots(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let name = 0; name < this.#count; name++) {
      let slot = (this.#hashes[name] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = name + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a with a last mixing step, so that its low bits can be used. */
function hashOf(family: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ family;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Whether `a` has from `from` on what `b` has from `start` to `end`. */
function sameBytes(a: Uint8Array, from: number, b: Uint8Array, start: number, end: number): boolean {
  for (let i = start, j = from; i < end; i++, j++) if (a[j] !== b[i]) return false;
  return true;
}
