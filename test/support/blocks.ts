// Blocks written by hand, as server/facts/block.ts describes them. What native writes is another reading of the same text;
// this one never deflates.

import { crc32c } from '../../server/facts/checksum';
import { columnCounts, tableNames, type TableName } from '../../server/model/columns';

/** One file's facts. */
export interface BlockOutline {
  /** In the dictionary's order. */
  readonly names: readonly string[];
  readonly text: string;
  /** Rows of the tables that have some. */
  readonly rows: Readonly<Partial<Record<TableName, readonly (readonly number[])[]>>>;
}

/** The bytes of a block. */
export function blockOf({ names, text, rows }: BlockOutline): Buffer {
  const tables = tableNames.map((table) => rows[table] ?? []);
  const columns = tableNames.flatMap((table, t) =>
    Array.from({ length: columnCounts[table] }, (_, c) => (tables[t] ?? []).map((row) => row[c] ?? 0)),
  );
  const widths = columns.map((values) => widthOf(Math.max(0, ...values)));
  const encoded = names.map((name) => Buffer.from(name));
  const nameOffsets = [0];
  for (const { length } of encoded) nameOffsets.push((nameOffsets.at(-1) ?? 0) + length);
  const bytes = Buffer.from(text);
  const head = [
    names.length,
    Buffer.concat(encoded).length,
    bytes.length,
    bytes.length,
    ...tables.map((t) => t.length),
  ];
  const body = Buffer.concat([
    padded(Buffer.concat([words(head), Buffer.from(widths)]), 4),
    words(nameOffsets),
    ...[4, 2, 1].flatMap((width) =>
      columns.filter((_, c) => widths[c] === width).map((values) => packed(values, width)),
    ),
    ...encoded,
    bytes,
  ]);
  const whole = padded(body, 4);
  return Buffer.concat([words([crc32c(whole)]), whole]);
}

function widthOf(largest: number): number {
  return largest === 0 ? 0 : largest < 0x100 ? 1 : largest < 0x10000 ? 2 : 4;
}

/** So that what stands before it, so many bytes, and it are a multiple of 8 together. */
function padded(bytes: Buffer, before: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((8 - ((before + bytes.length) % 8)) % 8)]);
}

function words(values: readonly number[]): Buffer {
  return packed(values, 4);
}

function packed(values: readonly number[], width: number): Buffer {
  const bytes = Buffer.alloc(values.length * width);
  values.forEach((value, at) => bytes.writeUIntLE(value, at * width, width));
  return bytes;
}
