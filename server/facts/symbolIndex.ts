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
  const rows = new NameRowsBuilder(symbolNames.length, names);
  rows.count(symbolNames);
  rows.startPlacing();
  rows.place(symbolNames);
  return rows.finish();
}

/** Inverts names of symbols that come in pieces, twice the same. */
export class NameRowsBuilder {
  readonly #nameRows: Uint32Array;
  readonly #rowsByName: Uint32Array;
  readonly #names: number;
  #row = 0;

  constructor(symbols: number, names: number) {
    this.#nameRows = new Uint32Array(names + 1);
    this.#rowsByName = new Uint32Array(symbols);
    this.#names = names;
  }

  /** Takes a piece for the first time. */
  count(symbolNames: Uint32Array): void {
    const counts = this.#nameRows;
    for (const name of symbolNames) counts[name] = (counts[name] as number) + 1;
  }

  /** Every piece was counted. */
  startPlacing(): void {
    const starts = this.#nameRows;
    let start = 0;
    for (let name = 0; name <= this.#names; name++) {
      const count = starts[name] as number;
      starts[name] = start;
      start += count;
    }
  }

  /** Takes a piece for the second time. */
  place(symbolNames: Uint32Array): void {
    const next = this.#nameRows;
    for (const name of symbolNames) {
      const place = next[name] as number;
      this.#rowsByName[place] = this.#row++;
      next[name] = place + 1;
    }
  }

  /** Every piece was placed. */
  finish(): NameRows {
    // Where the rows of a name end, those of the next one begin.
    this.#nameRows.copyWithin(1, 0, this.#names);
    this.#nameRows[0] = 0;
    return { nameRows: this.#nameRows, rowsByName: this.#rowsByName };
  }
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
