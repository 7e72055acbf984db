// What a symbol query asks of a name, compiled once per query: a name matches when it has the query's letters in this
// order, case and separators aside; how well it matches is its tier. Works on UTF-8 bytes and allocates nothing per name.

import { beginsWord, isSeparator, letterBit, writeSets } from '../facts/nameMask';

/** How well a name matches, best first. */
export const Tier = { exact: 0, exactIgnoringCase: 1, prefix: 2, wordStarts: 3, substring: 4, subsequence: 5 } as const;
export type Tier = (typeof Tier)[keyof typeof Tier];

/** Longer queries are cut: nobody types them, and no name needs them. */
export const maxQueryLength = 256;

/** Letters that fit the bit sets below; longer patterns are matched as substrings or subsequences of their letters only. */
const bitSetLetters = 31;

const lowered = Uint8Array.from({ length: 256 }, (_, byte) => lower(byte));

export class SymbolPattern {
  /** What was typed, as bytes: exact matches and prefixes are of this. */
  readonly literal: Buffer;
  /** `literal` with ASCII letters in lower case. */
  readonly lowered: Buffer;
  /** What the sets of letters and of repeats of a matching name must contain, see facts/nameMask.ts. */
  readonly once: number;
  readonly twice: number;
  /** The bit that the initials of a name have when an abbreviation may begin in it; 0 when any name may do. */
  readonly first: number;
  readonly #letters: Buffer;
  /** Per byte of a name: the letters of the pattern that it can stand for, as bits. Empty for long patterns. */
  readonly #places: Uint32Array | undefined;
  readonly #last: number;

  /** `text` must not be empty. */
  constructor(text: string) {
    this.literal = Buffer.from(text);
    this.lowered = Buffer.from(this.literal.map(lower));
    const letters = this.lowered.filter((byte) => !isSeparator(byte));
    // A query of separators alone means them.
    this.#letters = Buffer.from(letters.length > 0 ? letters : this.lowered);
    const [nameLetters, nameRepeats, nameInitials] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
    writeSets(this.#letters, 0, this.#letters.length, { nameLetters, nameRepeats, nameInitials }, 0);
    this.once = nameLetters[0] as number;
    this.twice = nameRepeats[0] as number;
    this.first = letterBit(this.#letters[0] as number);
    this.#last = 1 << (this.#letters.length - 1);
    this.#places = this.#letters.length <= bitSetLetters ? placesOf(this.#letters) : undefined;
  }

  /** Whether `bytes[start, end)` has all letters in their order. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    const letters = this.#letters;
    const count = letters.length;
    let found = 0;
    let wanted = letters[0] as number;
    for (let i = start; i < end; i++) {
      if (lowered[bytes[i] as number] !== wanted) continue;
      if (++found === count) return true;
      wanted = letters[found] as number;
    }
    return false;
  }

  /** The tier of a name that `matches`. Other names get one of the last two, never a better one. */
  tier(bytes: Uint8Array, start: number, end: number): Tier {
    const length = this.literal.length;
    if (end - start >= length && startsWith(bytes, start, this.lowered)) {
      if (end - start > length) return Tier.prefix;
      return this.literal.compare(bytes, start, end) === 0 ? Tier.exact : Tier.exactIgnoringCase;
    }
    const places = this.#places;
    if (places === undefined) return Tier.subsequence;
    // Bit j of a set says that letters 0 to j have been found: ending at the last byte (`chain`, `run`) or anywhere
    // (`reached`). In a chain each letter follows the one before or begins a word; in a run they all follow.
    let chain = 0;
    let run = 0;
    let reached = 0;
    let isSubstring = false;
    let before = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      const here = places[byte] as number;
      if (here === 0 && isSeparator(byte)) {
        before = byte;
        continue;
      }
      const next = i + 1 < end ? (bytes[i + 1] as number) : 0;
      const jump = i === start || beginsWord(before, byte, next) ? (reached << 1) | 1 : 0;
      chain = here & ((chain << 1) | jump);
      run = here & ((run << 1) | 1);
      reached |= chain;
      if ((chain & this.#last) !== 0) return Tier.wordStarts;
      if ((run & this.#last) !== 0) isSubstring = true;
      before = byte;
    }
    return isSubstring ? Tier.substring : Tier.subsequence;
  }
}

/** Whether `bytes[start...]` begins with `lowered`, ASCII case aside. The range must be long enough. */
export function startsWith(bytes: Uint8Array, start: number, lowered: Uint8Array): boolean {
  for (let i = 0; i < lowered.length; i++) {
    if (lower(bytes[start + i] as number) !== lowered[i]) return false;
  }
  return true;
}

/** An ASCII letter in lower case; other bytes as they are. */
export function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function placesOf(letters: Uint8Array): Uint32Array {
  const places = new Uint32Array(256);
  letters.forEach((letter, index) => {
    places[letter] = (places[letter] as number) | (1 << index);
    if (isLower(letter)) places[letter - 0x20] = places[letter];
  });
  return places;
}
