// From the parts of a segment to its bytes.

import type { FileRows } from './fileRows';
import {
  layOut,
  layOutLater,
  lengthOfParts,
  type PiecewiseSection,
  type SegmentCounts,
  type WarmSection,
} from './layout';
import type { SymbolIndex } from './symbolIndex';

/** A symbol index whose parts need not be in memory. */
export interface SymbolParts extends Readonly<Record<WarmSection, ArrayBufferView | PiecewiseSection>> {
  readonly symbols: number;
  readonly names: number;
}

/** Header, hot and warm part, in pieces to be written one after the other and followed by the blocks. Copies nothing. */
export function encodeParts(hot: FileRows, symbols: SymbolIndex): Generator<Uint8Array> {
  return layOut(countsOf(hot, symbols.symbolNames.length, symbols.names), { meta: metaOf(hot), ...hot, ...symbols });
}

/** The same, read piece by piece; each piece is good until the next one is asked for. */
export function encodePartsLater(hot: FileRows, parts: SymbolParts): AsyncGenerator<Uint8Array> {
  return layOutLater(countsOf(hot, parts.symbols, parts.names), { meta: metaOf(hot), ...hot, ...parts });
}

/** Bytes of the whole segment, blocks included. */
export function encodedLength(hot: FileRows, parts: SymbolParts): number {
  return lengthOfParts({ meta: metaOf(hot), ...hot, ...parts }) + coldLengthOf(hot);
}

function metaOf({ languages }: FileRows): Buffer {
  return Buffer.from(JSON.stringify({ languages }));
}

function countsOf(hot: FileRows, symbols: number, names: number): SegmentCounts {
  return { files: hot.files, symbols, names, coldLength: coldLengthOf(hot) };
}

function coldLengthOf(hot: FileRows): number {
  return (hot.blockOffsets[hot.files] as number) * 8;
}
