// Checks the symbol index of a segment without having it in memory.

import type { Slicer } from '../util/yielding';
import { Scratch } from './byteSource';
import { crc32c } from './checksum';
import { SegmentDamagedError, warmSections } from './layout';
import type { Segment } from './segment';

/** Bytes per read. */
const windowBytes = 1 << 20;

/** @throws SegmentDamagedError when the checksum of a section does not hold */
export async function checkSymbols(segment: Segment, slicer: Slicer, scratch = new Scratch()): Promise<void> {
  for (const section of warmSections) {
    const { length, checksum } = segment.warmPlace(section);
    let sum = 0;
    for (let offset = 0; offset < length; offset += windowBytes) {
      sum = crc32c(segment.warmBytes(section, offset, Math.min(length, offset + windowBytes), scratch), sum);
      if (slicer.due) await slicer.pause();
    }
    if (sum !== checksum) throw new SegmentDamagedError(`the checksum of section ${section} does not match`);
  }
}
