// Merges the dictionaries of several segments. Each is read in windows, so that the memory it takes is that of the result
// and of an id per name.

import type { Slicer } from '../util/yielding';
import { crc32c } from './checksum';
import { checkOffsets, SegmentDamagedError, warmSections, type WarmSection } from './layout';
import type { Segment } from './segment';
import type { NameDictionary } from './symbolIndex';

export interface MergedNames {
  readonly dictionary: NameDictionary;
  /** Of each segment: the id in the merged dictionary of each of its names that is used. */
  readonly ids: ReadonlyMap<Segment, Uint32Array>;
}

/** Names per window. */
const windowNames = 1024;
/** Bytes per read while checking. */
const checkBytes = 1 << 20;

/**
 * @param used marks the names of each segment that are to be kept
 * @throws SegmentDamagedError when a section of a symbol index does not check out
 */
export async function mergeNames(used: ReadonlyMap<Segment, Uint8Array>, slicer: Slicer): Promise<MergedNames> {
  const cursors = [...used].map(([segment, marks]) => new NameCursor(segment, marks));
  const capacity = cursors.reduce((sum, { segment }) => sum + segment.names, 0);
  // Pages that are never written take no memory, so the arrays are made for the case that no name is shared.
  const nameBytes = new Uint8Array(
    cursors.reduce((sum, { segment }) => sum + segment.warmPlace('nameBytes').length, 0),
  );
  const nameOffsets = new Uint32Array(capacity + 1);
  const nameLetters = new Uint32Array(capacity);
  const nameRepeats = new Uint32Array(capacity);
  const nameInitials = new Uint32Array(capacity);
  const heap = new CursorHeap(cursors.filter((cursor) => cursor.advance()));
  let names = 0;
  let length = 0;
  let steps = 0;
  for (let cursor = heap.top; cursor !== undefined; cursor = heap.top) {
    const { bytes, start, end } = cursor;
    const isKnown =
      names > 0 && compareNames(nameBytes, nameOffsets[names - 1] as number, length, bytes, start, end) === 0;
    if (!isKnown) {
      nameBytes.set(bytes.subarray(start, end), length);
      length += end - start;
      [nameLetters[names], nameRepeats[names], nameInitials[names]] = cursor.sets;
      nameOffsets[++names] = length;
    }
    cursor.ids[cursor.id] = names - 1;
    heap.replaceTop(cursor.advance());
    if ((++steps & 1023) === 0 && slicer.due) await slicer.pause();
  }
  return {
    ids: new Map(cursors.map(({ segment, ids }) => [segment, ids])),
    dictionary: {
      names,
      nameOffsets: nameOffsets.subarray(0, names + 1),
      nameLetters: nameLetters.subarray(0, names),
      nameRepeats: nameRepeats.subarray(0, names),
      nameInitials: nameInitials.subarray(0, names),
      nameBytes: nameBytes.subarray(0, length),
    },
  };
}

/**
 * Checks the symbol index of a segment without keeping it in memory.
 * @throws SegmentDamagedError when a section does not check out
 */
export async function checkSymbols(segment: Segment, slicer: Slicer): Promise<void> {
  for (const section of warmSections) {
    const { length, checksum } = segment.warmPlace(section);
    let sum = 0;
    for (let offset = 0; offset < length; offset += checkBytes) {
      sum = crc32c(segment.warmBytes(section, offset, Math.min(length, offset + checkBytes)), sum);
      if (slicer.due) await slicer.pause();
    }
    if (sum !== checksum) throw new SegmentDamagedError(`the checksum of section ${section} does not match`);
  }
}

/** A part of a section of 32-bit numbers. */
export function warmNumbers(segment: Segment, section: WarmSection, from: number, to: number): Uint32Array {
  const bytes = segment.warmBytes(section, from * 4, to * 4);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, to - from);
}

/**
 * The dictionary's order: by length, then by ASCII-lowercased bytes, then by the bytes themselves. Short names come first
 * because a query is better met by them, so that a search may stop where only longer ones are left.
 */
export function compareNames(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = aEnd - aStart;
  if (length !== bEnd - bStart) return length - (bEnd - bStart);
  let tie = 0;
  for (let i = 0; i < length; i++) {
    const x = a[aStart + i] as number;
    const y = b[bStart + i] as number;
    if (x === y) continue;
    const difference = lower(x) - lower(y);
    if (difference !== 0) return difference;
    if (tie === 0) tie = x - y;
  }
  return tie;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** A cursor over the used names of one segment's dictionary. */
class NameCursor {
  readonly segment: Segment;
  readonly ids: Uint32Array;
  readonly #used: Uint8Array;
  #windowStart = 0;
  #windowEnd = 0;
  /** Bytes of names up to the end of the window. */
  #read = 0;
  #offsets: Uint32Array = new Uint32Array();
  #sets: readonly Uint32Array[] = [];
  id = -1;
  /** The name is `bytes[start, end)`. */
  bytes: Uint8Array = new Uint8Array();
  start = 0;
  end = 0;

  constructor(segment: Segment, used: Uint8Array) {
    this.segment = segment;
    this.ids = new Uint32Array(segment.names);
    this.#used = used;
  }

  /** Goes to the next used name; false at the end. */
  advance(): boolean {
    do this.id++;
    while (this.id < this.#used.length && this.#used[this.id] === 0);
    if (this.id >= this.#used.length) return false;
    if (this.id >= this.#windowEnd) this.#load();
    const at = this.id - this.#windowStart;
    const first = this.#offsets[0] as number;
    this.start = (this.#offsets[at] as number) - first;
    this.end = (this.#offsets[at + 1] as number) - first;
    return true;
  }

  /** Letters, repeats and initials of the name, see nameMask.ts. */
  get sets(): [letters: number, repeats: number, initials: number] {
    const at = this.id - this.#windowStart;
    const [letters, repeats, initials] = this.#sets as [Uint32Array, Uint32Array, Uint32Array];
    return [letters[at] as number, repeats[at] as number, initials[at] as number];
  }

  #load(): void {
    const { segment, id } = this;
    this.#windowStart = id;
    this.#windowEnd = Math.min(segment.names, id + windowNames);
    this.#offsets = warmNumbers(segment, 'nameOffsets', id, this.#windowEnd + 1);
    checkOffsets(this.#offsets, segment.warmPlace('nameBytes').length, 'its names');
    this.#sets = (['nameLetters', 'nameRepeats', 'nameInitials'] as const).map((section) =>
      warmNumbers(segment, section, id, this.#windowEnd),
    );
    const first = this.#offsets[0] as number;
    if (first < this.#read) throw new SegmentDamagedError('its names are not in order');
    this.#read = this.#offsets.at(-1) as number;
    this.bytes = segment.warmBytes('nameBytes', first, this.#read);
  }
}

function compareCursors(a: NameCursor, b: NameCursor): number {
  return compareNames(a.bytes, a.start, a.end, b.bytes, b.start, b.end);
}

/** A binary heap of cursors, smallest name on top. */
class CursorHeap {
  readonly #items: NameCursor[];

  constructor(items: NameCursor[]) {
    this.#items = items;
    for (let i = items.length >> 1; i >= 0; i--) this.#sink(i);
  }

  get top(): NameCursor | undefined {
    return this.#items[0];
  }

  /** After the top cursor has moved: restores the order, or drops the cursor when it is at its end. */
  replaceTop(hasMore: boolean): void {
    if (!hasMore) {
      const last = this.#items.pop() as NameCursor;
      if (this.#items.length === 0) return;
      this.#items[0] = last;
    }
    this.#sink(0);
  }

  #sink(start: number): void {
    const items = this.#items;
    let parent = start;
    for (;;) {
      const left = parent * 2 + 1;
      const right = left + 1;
      let least = parent;
      if (left < items.length && compareCursors(items[left] as NameCursor, items[least] as NameCursor) < 0)
        least = left;
      if (right < items.length && compareCursors(items[right] as NameCursor, items[least] as NameCursor) < 0) {
        least = right;
      }
      if (least === parent) return;
      [items[parent], items[least]] = [items[least] as NameCursor, items[parent] as NameCursor];
      parent = least;
    }
  }
}
