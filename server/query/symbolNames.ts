// Ranges of names in the dictionary of a segment, which is in the order of length, then of lower-cased bytes.

import type { SymbolIndex } from '../facts/symbolIndex';
import { lower } from '../search/namePattern';
import { partition } from '../util/partition';

/** The names of one length: `[from, to)`, and among them those with the prefix that was asked for. */
export interface NameRange {
  readonly length: number;
  readonly from: number;
  readonly prefixFrom: number;
  readonly prefixTo: number;
  readonly to: number;
}

/** The names of each length that there is, shortest first, with those that begin with `lowered`, ASCII case aside. */
export function* nameRanges(symbols: SymbolIndex, lowered: Uint8Array): Generator<NameRange> {
  const { nameOffsets, names } = symbols;
  const lengthOf = (name: number): number => (nameOffsets[name + 1] as number) - (nameOffsets[name] as number);
  for (let from = 0; from < names;) {
    const length = lengthOf(from);
    const to = partition(from, names, (name) => lengthOf(name) <= length);
    const isLong = length >= lowered.length;
    const prefixFrom = isLong ? partition(from, to, (name) => compareBeginning(symbols, name, lowered) < 0) : to;
    const prefixTo = isLong ? partition(prefixFrom, to, (name) => compareBeginning(symbols, name, lowered) <= 0) : to;
    yield { length, from, prefixFrom, prefixTo, to };
    from = to;
  }
}

/** Compares the first bytes of a name, lower-cased, with `lowered`. The name must be long enough. */
function compareBeginning({ nameBytes, nameOffsets }: SymbolIndex, name: number, lowered: Uint8Array): number {
  const start = nameOffsets[name] as number;
  for (let i = 0; i < lowered.length; i++) {
    const difference = lower(nameBytes[start + i] as number) - (lowered[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
