// The warm part of a segment: the dictionary of the names that symbols have, with the way from a symbol to its name and
// back. The rows of a file's symbols follow each other, files are in path order.

import { checkBelow, checkOffsets, sectionViews, type Header } from './layout';
import { writeSets } from './nameMask';

export interface SymbolIndex {
  readonly names: number;
  /** Per symbol, in the order of the rows. */
  readonly symbolNames: Uint32Array;
  readonly symbolKinds: Uint8Array;
  readonly symbolFlags: Uint16Array;
  /** Per name, in the dictionary's order. */
  readonly nameOffsets: Uint32Array;
  readonly nameLetters: Uint32Array;
  readonly nameRepeats: Uint32Array;
  readonly nameInitials: Uint32Array;
  readonly nameBytes: Uint8Array;
  /** Symbols `rowsByName[nameRows[name] .. nameRows[name + 1])` have the name. */
  readonly nameRows: Uint32Array;
  readonly rowsByName: Uint32Array;
}

/** Rows per step of `inverting`, less one. */
const stepMask = 0xffff;

/** Names in the dictionary's order, by their bytes. */
export type NameDictionary = Pick<
  SymbolIndex,
  'names' | 'nameOffsets' | 'nameLetters' | 'nameRepeats' | 'nameInitials' | 'nameBytes'
>;

/** A dictionary of names that are in order already; `nameOffsets` has one entry more than there are names. */
export function dictionaryOf(nameBytes: Uint8Array, nameOffsets: Uint32Array): NameDictionary {
  const names = nameOffsets.length - 1;
  const sets = {
    nameLetters: new Uint32Array(names),
    nameRepeats: new Uint32Array(names),
    nameInitials: new Uint32Array(names),
  };
  for (let name = 0; name < names; name++) {
    writeSets(nameBytes, nameOffsets[name] as number, nameOffsets[name + 1] as number, sets, name);
  }
  return { names, nameOffsets, nameBytes, ...sets };
}

/** The way from names back to symbols. */
export type NameRows = Pick<SymbolIndex, 'nameRows' | 'rowsByName'>;

export function invert(symbolNames: Uint32Array, names: number): NameRows {
  const steps = inverting(symbolNames, names);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** `invert` in steps of less than a millisecond, for millions of symbols. */
export function* inverting(symbolNames: Uint32Array, names: number): Generator<void, NameRows> {
  const nameRows = new Uint32Array(names + 1);
  for (let row = 0; row < symbolNames.length; row++) {
    const name = symbolNames[row] as number;
    nameRows[name + 1] = (nameRows[name + 1] as number) + 1;
    if ((row & stepMask) === stepMask) yield;
  }
  for (let name = 0; name < names; name++) {
    nameRows[name + 1] = (nameRows[name + 1] as number) + (nameRows[name] as number);
  }
  yield;
  const rowsByName = new Uint32Array(symbolNames.length);
  const next = nameRows.slice(0, names);
  for (let row = 0; row < symbolNames.length; row++) {
    const name = symbolNames[row] as number;
    const place = next[name] as number;
    rowsByName[place] = row;
    next[name] = place + 1;
    if ((row & stepMask) === stepMask) yield;
  }
  return { nameRows, rowsByName };
}

/**
 * Views over the warm bytes of a segment, which begin at `start`. Copies nothing.
 * @throws SegmentDamagedError when a checksum does not hold, or a number leads out of its table
 */
export function decodeSymbolIndex(bytes: Buffer, start: number, header: Header): SymbolIndex {
  const { raw, u8, u16, u32 } = sectionViews(bytes, start, header);
  const { names, symbols } = header;
  const nameBytes = raw('nameBytes');
  const nameOffsets = u32('nameOffsets');
  const symbolNames = u32('symbolNames');
  const nameRows = u32('nameRows');
  const rowsByName = u32('rowsByName');
  checkOffsets(nameOffsets, nameBytes.length, 'its names');
  checkBelow(symbolNames, names, 'a symbol has a name');
  checkOffsets(nameRows, symbols, 'the symbols of its names');
  checkBelow(rowsByName, symbols, 'a name has a symbol');
  return {
    names,
    symbolNames,
    symbolKinds: u8('symbolKinds'),
    symbolFlags: u16('symbolFlags'),
    nameOffsets,
    nameLetters: u32('nameLetters'),
    nameRepeats: u32('nameRepeats'),
    nameInitials: u32('nameInitials'),
    nameBytes,
    nameRows,
    rowsByName,
  };
}
