// The names of many segments in one order: a cursor over the dictionary of each, which is read in windows, and a heap that
// knows which of them is at the smallest name.

import { Scratch } from './byteSource';
import { checkOffsets, SegmentDamagedError } from './layout';
import type { Segment } from './segment';

/** Names of a segment that are read at once; there may be hundreds of segments. */
const windowNames = 512;
/** What is read of a name besides its bytes. */
const numberSections = ['nameOffsets', 'nameLetters', 'nameRepeats', 'nameInitials'] as const;

/** A cursor over the used names of one segment's dictionary. */
export class NameCursor {
  readonly segment: Segment;
  readonly ids: Uint32Array;
  readonly #used: Uint8Array;
  /** What the windows are read into, one after the other. */
  readonly #windows = Array.from({ length: numberSections.length + 1 }, () => new Scratch());
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
    const [offsets, ...sets] = numberSections.map((section, index) => {
      const end = section === 'nameOffsets' ? this.#windowEnd + 1 : this.#windowEnd;
      return segment.warmNumbers(section, id, end, this.#windows[index]);
    });
    this.#offsets = offsets as Uint32Array;
    this.#sets = sets;
    checkOffsets(this.#offsets, segment.warmPlace('nameBytes').length, 'its names');
    const first = this.#offsets[0] as number;
    if (first < this.#read) throw new SegmentDamagedError('its names are not in order');
    this.#read = this.#offsets.at(-1) as number;
    this.bytes = segment.warmBytes('nameBytes', first, this.#read, this.#windows[numberSections.length]);
  }
}

/** A binary heap of cursors, smallest name on top. */
export class CursorHeap {
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

function compareCursors(a: NameCursor, b: NameCursor): number {
  return compareNames(a.bytes, a.start, a.end, b.bytes, b.start, b.end);
}
