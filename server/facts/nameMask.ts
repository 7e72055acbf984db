// What letters a name has, in three sets of 28 bits, so that a search passes over most names without looking at a byte:
// a name can only contain a query when its sets contain the query's. Bits 0 to 25 are letters, case aside, then digits,
// then anything beyond ASCII.

/** The sets of many names, each in an array of its own: most searches look at one of them only. */
export interface NameSets {
  /** What the name has. */
  readonly nameLetters: Uint32Array;
  /** The letters that it has at least twice. */
  readonly nameRepeats: Uint32Array;
  /** What its words begin with. */
  readonly nameInitials: Uint32Array;
}

// By byte: asked for each byte of millions of names.
const bits = Uint32Array.from({ length: 256 }, (_, byte) => bitOf(byte));
const isSeparatorByte = new Uint8Array(256);
for (const separator of Buffer.from(' _-.:/#')) isSeparatorByte[separator] = 1;

/** Writes the sets of `bytes[start, end)` at `at`. */
export function writeSets(bytes: Uint8Array, start: number, end: number, sets: NameSets, at: number): void {
  let letters = 0;
  let repeats = 0;
  let initials = 0;
  let before = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    const bit = bits[byte] as number;
    repeats |= letters & bit;
    letters |= bit;
    const next = i + 1 < end ? (bytes[i + 1] as number) : 0;
    if (isSeparatorByte[byte] === 0 && (i === start || beginsWord(before, byte, next))) initials |= bit;
    before = byte;
  }
  sets.nameLetters[at] = letters;
  sets.nameRepeats[at] = repeats & 0x3ff_ffff;
  sets.nameInitials[at] = initials;
}

/** The bit that stands for a byte; 0 for punctuation. */
export function letterBit(byte: number): number {
  return bits[byte] as number;
}

/** Whether a byte only separates the words of a name. */
export function isSeparator(byte: number): boolean {
  return isSeparatorByte[byte] === 1;
}

/** Whether a word of a name begins at `byte`: after a separator, at a hump, at the end of an acronym, at a number. */
function beginsWord(before: number, byte: number, next: number): boolean {
  if (isUpper(byte)) return !isUpper(before) || isLower(next);
  if (isDigit(byte)) return !isDigit(before);
  return !isUpper(before) && !isLower(before) && before < 0x80;
}

function bitOf(byte: number): number {
  if (isUpper(byte) || isLower(byte)) return 1 << ((byte | 0x20) - 0x61);
  return isDigit(byte) ? 1 << 26 : byte >= 0x80 ? 1 << 27 : 0;
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
