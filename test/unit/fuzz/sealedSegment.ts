// Gives the bytes of a segment, or of a stored file, the checksums that fit them, as a forger would: what is wrong with
// them must then be found by what it says.

import { crc32c } from '../../../native';
import { headerBytes } from '../../../server/facts/layout';

// As in server/facts/layout.ts: where the sections' places begin in the header, and how long one is.
const placesOffset = 40;
const placeBytes = 24;
/** Of the hot sections; then come the warm ones. */
const blockOffsetsPlace = placesOffset + 12 * placeBytes;

/** A copy with checksums that hold, as far as its lengths lead anywhere. */
export function sealSegment(bytes: Uint8Array): Buffer {
  const sealed = Buffer.from(Uint8Array.from(bytes).buffer);
  if (sealed.length < headerBytes) return sealed;
  sealed.write('ALMSEG02', 'latin1');
  sealBlocks(sealed);
  for (let place = placesOffset; place < headerBytes; place += placeBytes) {
    const section = rangeOf(sealed, sealed.readDoubleLE(place), sealed.readDoubleLE(place + 8));
    if (section !== undefined) sealed.writeUInt32LE(crc32c(section), place + 16);
  }
  sealed.writeUInt32LE(crc32c(sealed.subarray(12, headerBytes)), 8);
  return sealed;
}

/** The same for what the search index stores of a file. */
export function sealStoredFile(bytes: Uint8Array): Buffer {
  const sealed = Buffer.from(Uint8Array.from(bytes).buffer);
  if (sealed.length < 16) return sealed;
  sealed.write('ALMFIL01', 'latin1');
  const headLength = sealed.readUInt32LE(12);
  const head = rangeOf(sealed, 12, headLength - 12);
  if (head !== undefined) sealed.writeUInt32LE(crc32c(head), 8);
  const block = rangeOf(sealed, headLength, sealed.length - headLength);
  if (block !== undefined && block.length >= 4) block.writeUInt32LE(crc32c(block.subarray(4)));
  return sealed;
}

function sealBlocks(sealed: Buffer): void {
  const cold = sealed.readDoubleLE(32);
  const offsets = rangeOf(sealed, sealed.readDoubleLE(blockOffsetsPlace), sealed.readDoubleLE(blockOffsetsPlace + 8));
  for (let at = 0; offsets !== undefined && at + 8 <= offsets.length; at += 4) {
    const start = offsets.readUInt32LE(at) * 8;
    const block = rangeOf(sealed, cold + start, offsets.readUInt32LE(at + 4) * 8 - start);
    if (block !== undefined && block.length >= 4) block.writeUInt32LE(crc32c(block.subarray(4)));
  }
}

function rangeOf(bytes: Buffer, offset: number, length: number): Buffer | undefined {
  const isInside = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0;
  return isInside && offset + length <= bytes.length ? bytes.subarray(offset, offset + length) : undefined;
}
