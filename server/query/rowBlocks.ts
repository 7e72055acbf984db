// Goes through symbol rows with the blocks of their files. Each block is read once, one after the other into the same
// memory: an answer of hundreds of symbols needs the memory of its largest block, not of all.

import { Scratch } from '../facts/byteSource';
import type { FileBlock } from '../facts/block';
import type { RankedRow } from './symbolRank';

/** What `make` gives for each row, in the order of the rows. The block that it is called with is good for that call only. */
export function mapRows<Made>(
  rows: readonly RankedRow[],
  make: (row: RankedRow, block: FileBlock, inFile: number) => Made,
): Made[] {
  const scratch = new Scratch();
  const made = new Array<Made>(rows.length);
  for (const group of byFile(rows)) {
    const { entry, file } = rows[group[0] as number] as RankedRow;
    const block = entry.segment.block(file, scratch);
    const first = entry.segment.firstSymbol(file);
    for (const at of group) {
      const row = rows[at] as RankedRow;
      made[at] = make(row, block, row.symbol - first);
    }
  }
  return made;
}

/** The places of the rows, those of a file together. */
function byFile(rows: readonly RankedRow[]): number[][] {
  const groups = new Map<RankedRow['entry']['segment'], Map<number, number[]>>();
  rows.forEach(({ entry: { segment }, file }, at) => {
    const files = groups.get(segment) ?? new Map<number, number[]>();
    groups.set(segment, files);
    const group = files.get(file) ?? [];
    files.set(file, group);
    group.push(at);
  });
  return [...groups.values()].flatMap((files) => [...files.values()]);
}
