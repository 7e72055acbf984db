// One file's row as a segment of its own: what the search index stores beside each file, so that a lost snapshot can be
// made from it.

import { SymbolColumn, tableNames } from '../model/columns';
import type { FileBlock } from './block';
import { encodeParts } from './encode';
import { allocateFileRows, type FileRows } from './fileRows';
import { fileByteColumns } from './layout';
import type { RowRef } from './merge';
import { dictionaryOf, invert, type SymbolIndex } from './symbolIndex';

/** The bytes of a segment that holds just this row; `block` is its block. */
export function singleFileSegment({ segment, file }: RowRef, block: FileBlock): Buffer {
  const { hot } = segment;
  const rows = allocateFileRows(1);
  const pathBytes = hot.pathBytes.subarray(hot.pathOffsets[file], hot.pathOffsets[file + 1]);
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
  rows.blockOffsets[1] = block.bytes.length / 8;
  const single: FileRows = { ...rows, languages: language === undefined ? [] : [language], pathBytes };
  return Buffer.concat([...encodeParts(single, symbolsOf(block)), block.bytes]);
}

/** The symbol index of one file, from its block: the names of a block are in the dictionary's order. */
function symbolsOf(block: FileBlock): SymbolIndex {
  const count = block.rows('symbols');
  const names = Uint32Array.from({ length: count }, (_, row) => block.value('symbols', SymbolColumn.name, row));
  const ids = [...new Set(names)].sort((a, b) => a - b);
  const places = new Map(ids.map((id, place) => [id, place]));
  const parts = ids.map((id) => Buffer.from(block.name(id)));
  const nameOffsets = new Uint32Array(ids.length + 1);
  parts.forEach((part, place) => (nameOffsets[place + 1] = (nameOffsets[place] as number) + part.length));
  const symbolNames = names.map((id) => places.get(id) as number);
  return {
    symbolNames,
    symbolKinds: Uint8Array.from({ length: count }, (_, row) => block.value('symbols', SymbolColumn.kind, row)),
    symbolFlags: Uint16Array.from({ length: count }, (_, row) => block.value('symbols', SymbolColumn.flags, row)),
    ...dictionaryOf(Buffer.concat(parts), nameOffsets),
    ...invert(symbolNames, ids.length),
  };
}
