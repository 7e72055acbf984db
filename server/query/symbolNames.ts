// The way from the names in a segment's dictionary to its symbol rows, made once per segment when first asked for.

import type { Segment } from '../facts/segment';
import { lower, wordLetters } from './symbolPattern';

const indexes = new WeakMap<Segment, SymbolNames>();

/** The index of a segment; the first call for a segment costs one pass over its symbols. */
export function symbolNamesOf(segment: Segment): SymbolNames {
  const known = indexes.get(segment);
  if (known !== undefined) return known;
  const made = new SymbolNames(segment);
  indexes.set(segment, made);
  return made;
}

export class SymbolNames {
  /** Rows `rows[first[name] .. first[name + 1])` have the name, in the order of the segment. */
  readonly first: Uint32Array;
  readonly rows: Uint32Array;
  /** Of each name, the letters that its words begin with. */
  readonly wordLetters: Uint32Array;
  /** File of each symbol of the segment. */
  readonly files: Uint32Array;
  readonly #segment: Segment;

  constructor(segment: Segment) {
    const { nameBytes, nameOffsets, names, symbolNames } = segment.hot;
    const first = new Uint32Array(names + 1);
    for (const name of symbolNames) first[name + 1] = (first[name + 1] as number) + 1;
    for (let name = 0; name < names; name++) first[name + 1] = (first[name + 1] as number) + (first[name] as number);
    const next = first.slice(0, names);
    const rows = new Uint32Array(symbolNames.length);
    for (let row = 0; row < symbolNames.length; row++) {
      const name = symbolNames[row] as number;
      const place = next[name] as number;
      rows[place] = row;
      next[name] = place + 1;
    }
    const files = new Uint32Array(symbolNames.length);
    for (let file = 0; file < segment.files; file++) {
      files.fill(file, segment.firstSymbol(file), segment.firstSymbol(file + 1));
    }
    this.wordLetters = new Uint32Array(names);
    for (let name = 0; name < names; name++) {
      this.wordLetters[name] = wordLetters(nameBytes, nameOffsets[name] as number, nameOffsets[name + 1] as number);
    }
    this.first = first;
    this.rows = rows;
    this.files = files;
    this.#segment = segment;
  }

  /** The names [from, to) that begin with `lowered`, ASCII case aside. */
  withPrefix(lowered: Uint8Array): readonly [from: number, to: number] {
    return [this.#partition(lowered, 0), this.#partition(lowered, 1)];
  }

  /** The first name whose beginning compares to `lowered` with a result of at least `least`. */
  #partition(lowered: Uint8Array, least: 0 | 1): number {
    const { nameBytes, nameOffsets, names } = this.#segment.hot;
    let low = 0;
    let high = names;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = nameOffsets[middle] as number;
      const end = nameOffsets[middle + 1] as number;
      if (compareBeginning(nameBytes, start, end, lowered) < least) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Compares the first bytes of a name, lower-cased, with `lowered`; a name that ends earlier is smaller. */
function compareBeginning(bytes: Uint8Array, start: number, end: number, lowered: Uint8Array): number {
  for (let i = 0; i < lowered.length; i++) {
    if (start + i >= end) return -1;
    const difference = lower(bytes[start + i] as number) - (lowered[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
