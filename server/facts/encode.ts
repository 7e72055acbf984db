// From the parts of a segment to its bytes.

import type { FileRows } from './fileRows';
import { layOut } from './layout';
import type { SymbolIndex } from './symbolIndex';

/** Header, hot and warm part, in pieces to be written one after the other and followed by the blocks. Copies nothing. */
export function encodeParts(hot: FileRows, symbols: SymbolIndex): Generator<Uint8Array> {
  const meta = Buffer.from(JSON.stringify({ languages: hot.languages }));
  const coldLength = (hot.blockOffsets[hot.files] as number) * 8;
  const counts = { files: hot.files, symbols: symbols.symbolNames.length, names: symbols.names, coldLength };
  return layOut(counts, { meta, ...hot, ...symbols });
}
