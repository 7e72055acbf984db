// What a symbol query asks of names: the only TypeScript that touches native's name matcher. Which names are looked at,
// and what becomes of them, is the query's business.

import { NamePattern as NativePattern, type LongestNames, type NameTable } from '../../native';
import { isSeparator, letterBit, writeSets } from '../facts/nameMask';

/** How well a name matches, best first. Native's numbering. */
export const Tier = { exact: 0, exactIgnoringCase: 1, prefix: 2, wordStarts: 3, substring: 4, subsequence: 5 } as const;
export type Tier = (typeof Tier)[keyof typeof Tier];

/** Longer queries are cut: nobody types them, and no name needs them. */
export const maxQueryLength = 256;

const noMatch = 255;

/**
 * A name matches when it has the letters of the pattern in this order, case and separators aside. It abbreviates a name
 * (`Tier.wordStarts`) when each letter follows the one before it or begins a word.
 */
export class NamePattern {
  /** What was typed, as bytes: exact matches and prefixes are of this. */
  readonly literal: Buffer;
  /** `literal` with ASCII letters in lower case. */
  readonly lowered: Buffer;
  readonly #native: NativePattern;

  /** `text` must not be empty. */
  constructor(text: string) {
    this.literal = Buffer.from(text);
    this.lowered = Buffer.from(this.literal.map(lower));
    const typed = this.lowered.filter((byte) => !isSeparator(byte));
    // A query of separators alone means them.
    const letters = typed.length > 0 ? Buffer.from(typed) : this.lowered;
    const [nameLetters, nameRepeats, nameInitials] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
    writeSets(letters, 0, letters.length, { nameLetters, nameRepeats, nameInitials }, 0);
    this.#native = new NativePattern(this.literal, letters, {
      letters: nameLetters[0] as number,
      repeats: nameRepeats[0] as number,
      initials: letterBit(letters[0] as number),
    });
  }

  matches(name: string): boolean {
    return this.#native.matches(Buffer.from(name));
  }

  /** The tier of each of these names, `undefined` where one does not match. */
  tiers(table: NameTable, names: Uint32Array): (Tier | undefined)[] {
    return Array.from(this.#native.tiers(table, names), (tier) => (tier === noMatch ? undefined : (tier as Tier)));
  }

  /** Calls back with each name in `[from, to)` that matches, does not begin with the pattern and is not too long. */
  find(
    table: NameTable,
    from: number,
    to: number,
    longest: LongestNames,
    found: (name: number, tier: Tier) => void,
  ): void {
    const { names, tiers } = this.#native.find(table, from, to, longest);
    for (let at = 0; at < names.length; at++) found(names[at] as number, tiers[at] as Tier);
  }
}

/** An ASCII letter in lower case; other bytes as they are. */
export function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
