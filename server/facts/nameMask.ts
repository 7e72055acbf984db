// A 64-bit summary of the letters of a name, so that a subsequence search can pass over most names with two AND
// operations. A name can only contain a query when its mask contains the query's mask.

const digit = 1 << 26;
const other = 1 << 27;

/** Writes the mask of `bytes[start, end)` to `masks[at]` (letters present) and `masks[at + 1]` (letters present twice). */
export function writeMask(bytes: Uint8Array, start: number, end: number, masks: Uint32Array, at: number): void {
  let once = 0;
  let twice = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    const letter = (byte | 0x20) - 0x61;
    if (letter >= 0 && letter < 26 && byte < 0x80) {
      const bit = 1 << letter;
      twice |= once & bit;
      once |= bit;
    } else if (byte >= 0x30 && byte <= 0x39) {
      once |= digit;
    } else if (byte >= 0x80) {
      once |= other;
    }
  }
  masks[at] = once;
  masks[at + 1] = twice;
}
