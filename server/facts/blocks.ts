// The blocks of many files, one after the other. Those that lie beside each other are read together: a system call for
// each costs more than the bytes do.

import { FileBlock } from './block';
import type { Scratch } from './byteSource';
import type { RowRef } from './merge';

/** A read ends with the block that brings it to so many bytes. */
const readBytes = 1 << 20;

/**
 * `rows` in their order, each with its block, which is good until the next one is taken.
 * @throws SegmentDamagedError when one does not check out
 */
export function* withBlocks(rows: readonly RowRef[], scratch: Scratch): Generator<readonly [RowRef, FileBlock]> {
  for (let first = 0; first < rows.length;) {
    const { segment, file } = rows[first] as RowRef;
    const { blockOffsets } = segment.hot;
    const start = blockOffsets[file] as number;
    const isNeighbour = (row: RowRef | undefined, next: number): boolean =>
      row?.segment === segment && row.file === next && ((blockOffsets[next] as number) - start) * 8 < readBytes;
    let end = file + 1;
    while (isNeighbour(rows[first + end - file], end)) end++;
    const bytes = segment.blockBytes(file, end, scratch);
    for (let next = file; next < end; next++) {
      const [from, to] = [blockOffsets[next] as number, blockOffsets[next + 1] as number];
      const row = rows[first++] as RowRef;
      yield [row, new FileBlock(bytes.subarray((from - start) * 8, (to - start) * 8))];
    }
  }
}
