// One file's row as a segment of its own: what the search index stores beside each file, so that a lost snapshot can be
// made from it.

import { tableNames } from '../model/columns';
import { allocateFileRows, encodeHotIndex, fileByteColumns, type HotIndex } from './hotIndex';
import type { RowRef } from './merge';

/** The bytes of a segment that holds just this row. */
export function singleFileSegment({ segment, file }: RowRef): Buffer {
  const { hot } = segment;
  const rows = allocateFileRows(1);
  const pathBytes = hot.pathBytes.subarray(hot.pathOffsets[file], hot.pathOffsets[file + 1]);
  const block = segment.blockBytes(file, file + 1);
  rows.pathOffsets[1] = pathBytes.length;
  segment.hash(file).copy(rows.hashes);
  rows.sizes[0] = hot.sizes[file] as number;
  rows.changedMs[0] = hot.changedMs[file] as number;
  rows.checkedMs[0] = hot.checkedMs[file] as number;
  rows.fingerprints.set(hot.fingerprints.subarray(file * 2, file * 2 + 2));
  rows.fileBytes.set(hot.fileBytes.subarray(file * fileByteColumns.length, (file + 1) * fileByteColumns.length));
  const language = hot.languages[rows.fileBytes[0] as number];
  rows.fileBytes[0] = 0;
  rows.lines[0] = hot.lines[file] as number;
  rows.errors[0] = hot.errors[file] as number;
  rows.rowCounts.set(hot.rowCounts.subarray(file * tableNames.length, (file + 1) * tableNames.length));
  rows.blockOffsets[1] = block.length / 8;

  const first = segment.firstSymbol(file);
  const last = segment.firstSymbol(file + 1);
  const symbolNames = hot.symbolNames.slice(first, last);
  // Ids are in the dictionary's order, so sorting them sorts the names.
  const ids = [...new Set(symbolNames)].sort((a, b) => a - b);
  const places = new Map(ids.map((id, place) => [id, place]));
  const nameOffsets = new Uint32Array(ids.length + 1);
  const nameMasks = new Uint32Array(ids.length * 2);
  const nameParts = ids.map((id, place) => {
    const part = hot.nameBytes.subarray(hot.nameOffsets[id], hot.nameOffsets[id + 1]);
    nameOffsets[place + 1] = (nameOffsets[place] as number) + part.length;
    nameMasks.set(hot.nameMasks.subarray(id * 2, id * 2 + 2), place * 2);
    return part;
  });
  const single: HotIndex = {
    ...rows,
    languages: language === undefined ? [] : [language],
    pathBytes,
    symbolNames: symbolNames.map((id) => places.get(id) as number),
    symbolKinds: hot.symbolKinds.subarray(first, last),
    symbolFlags: hot.symbolFlags.subarray(first, last),
    names: ids.length,
    nameOffsets,
    nameMasks,
    nameBytes: Buffer.concat(nameParts),
  };
  return Buffer.concat([encodeHotIndex(single), block]);
}
