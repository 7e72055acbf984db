// Ranges of names in the dictionary of a segment, which is in order.

import type { SymbolIndex } from '../facts/symbolIndex';
import { lower } from './symbolPattern';

/** The names [from, to) that begin with `lowered`, ASCII case aside. */
export function namesWithPrefix(symbols: SymbolIndex, lowered: Uint8Array): readonly [from: number, to: number] {
  return [partition(symbols, lowered, 0), partition(symbols, lowered, 1)];
}

/** The first name whose beginning compares to `lowered` with a result of at least `least`. */
function partition({ nameBytes, nameOffsets, names }: SymbolIndex, lowered: Uint8Array, least: 0 | 1): number {
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

/** Compares the first bytes of a name, lower-cased, with `lowered`; a name that ends earlier is smaller. */
function compareBeginning(bytes: Uint8Array, start: number, end: number, lowered: Uint8Array): number {
  for (let i = 0; i < lowered.length; i++) {
    if (start + i >= end) return -1;
    const difference = lower(bytes[start + i] as number) - (lowered[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
