// Merges the dictionaries of several segments. What it makes is put aside at once, so that the memory it takes is that of
// an id per name.

import type { Slicer } from '../util/yielding';
import { compareNames, CursorHeap, NameCursor } from './nameCursors';
import type { Segment } from './segment';
import { SpilledSection, type Spill } from './spill';

export interface MergedNames {
  readonly names: number;
  readonly sections: ReturnType<typeof dictionarySections>;
  /** Of each segment: the id in the merged dictionary of each of its names that is used. */
  readonly ids: ReadonlyMap<Segment, Uint32Array>;
}

/** Names that are put aside at once. */
const batchNames = 4096;
/** Bytes of names that there is room for at first. */
const batchBytes = 64 << 10;

/**
 * @param used marks the names of each segment that are to be kept
 * @throws SegmentDamagedError when a dictionary is none
 */
export async function mergeNames(
  used: ReadonlyMap<Segment, Uint8Array>,
  spill: Spill,
  slicer: Slicer,
): Promise<MergedNames> {
  const cursors = [...used].map(([segment, marks]) => new NameCursor(segment, marks));
  const merged = new DictionaryWriter(spill);
  const heap = new CursorHeap(cursors.filter((cursor) => cursor.advance()));
  let steps = 0;
  for (let cursor = heap.top; cursor !== undefined; cursor = heap.top) {
    if (!merged.endsWith(cursor)) {
      if (merged.isFull) await merged.flush();
      merged.add(cursor);
    }
    cursor.ids[cursor.id] = merged.names - 1;
    heap.replaceTop(cursor.advance());
    if ((++steps & 1023) === 0 && slicer.due) await slicer.pause();
  }
  await merged.flush();
  const { names, sections } = merged;
  return { names, sections, ids: new Map(cursors.map(({ segment, ids }) => [segment, ids])) };
}

function dictionarySections(spill: Spill) {
  return {
    nameOffsets: new SpilledSection(spill),
    nameLetters: new SpilledSection(spill),
    nameRepeats: new SpilledSection(spill),
    nameInitials: new SpilledSection(spill),
    nameBytes: new SpilledSection(spill),
  };
}

/** Puts a dictionary aside, batch by batch, whose names come in order. */
class DictionaryWriter {
  readonly sections: ReturnType<typeof dictionarySections>;
  names = 0;
  /** Of the names of the batch: where each ends in the dictionary, and its sets. */
  readonly #ends = new Uint32Array(batchNames);
  readonly #letters = new Uint32Array(batchNames);
  readonly #repeats = new Uint32Array(batchNames);
  readonly #initials = new Uint32Array(batchNames);
  #batch = 0;
  #length = 0;
  /** The last name before the batch, then the names of the batch. */
  #bytes = Buffer.allocUnsafeSlow(batchBytes);
  #batchStart = 0;
  #lastStart = 0;
  #filled = 0;

  constructor(spill: Spill) {
    this.sections = dictionarySections(spill);
  }

  get isFull(): boolean {
    return this.#batch === batchNames;
  }

  /** Whether the name under the cursor is the last one. */
  endsWith({ bytes, start, end }: NameCursor): boolean {
    return this.names > 0 && compareNames(this.#bytes, this.#lastStart, this.#filled, bytes, start, end) === 0;
  }

  /** Takes the name under the cursor into the batch, which must not be full. */
  add(cursor: NameCursor): void {
    const { bytes, start, end } = cursor;
    const length = end - start;
    if (this.#filled + length > this.#bytes.length) this.#makeRoom(length);
    this.#bytes.set(bytes.subarray(start, end), this.#filled);
    this.#lastStart = this.#filled;
    this.#filled += length;
    this.#length += length;
    const at = this.#batch++;
    this.#ends[at] = this.#length;
    [this.#letters[at], this.#repeats[at], this.#initials[at]] = cursor.sets;
    this.names++;
  }

  /** Puts the batch aside. */
  async flush(): Promise<void> {
    const { nameOffsets, nameLetters, nameRepeats, nameInitials, nameBytes } = this.sections;
    if (nameOffsets.length === 0) await nameOffsets.append(Uint32Array.of(0));
    await nameOffsets.append(this.#ends.subarray(0, this.#batch));
    await nameLetters.append(this.#letters.subarray(0, this.#batch));
    await nameRepeats.append(this.#repeats.subarray(0, this.#batch));
    await nameInitials.append(this.#initials.subarray(0, this.#batch));
    await nameBytes.append(this.#bytes.subarray(this.#batchStart, this.#filled));
    this.#bytes.copyWithin(0, this.#lastStart, this.#filled);
    this.#filled -= this.#lastStart;
    this.#batchStart = this.#filled;
    this.#lastStart = 0;
    this.#batch = 0;
  }

  #makeRoom(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#filled + length));
    larger.set(this.#bytes.subarray(0, this.#filled));
    this.#bytes = larger;
  }
}
