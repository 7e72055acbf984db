// Input for the targets: good input in which some bytes, numbers or pieces are not what they were.

import fc from 'fast-check';

/** Good input with bytes, numbers and whole pieces changed, or bytes out of the blue. */
export function mutated(seeds: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const number = fc.constantFrom(0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff);
  const change = fc.oneof(
    fc.record({ at: fc.nat(), byte: fc.nat(255) }),
    fc.record({ at: fc.nat(), word: number }),
    fc.record({ at: fc.nat(), double: fc.double() }),
    fc.record({ at: fc.nat(), cut: fc.nat(64) }),
    fc.record({ at: fc.nat(), insert: fc.uint8Array({ maxLength: 24 }) }),
  );
  const changed = fc.tuple(fc.nat(seeds.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: changed.map(([seed, changes]) => changes.reduce(apply, Buffer.from(seeds[seed] as Buffer))),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 80 }).map((text) => Buffer.from(text)) },
  );
}

type Change = { readonly at: number } & (
  | { readonly byte: number }
  | { readonly word: number }
  | { readonly double: number }
  | { readonly cut: number }
  | { readonly insert: Uint8Array }
);

function apply(bytes: Buffer, change: Change): Buffer {
  const at = change.at % (bytes.length + 1);
  if ('insert' in change) return Buffer.concat([bytes.subarray(0, at), change.insert, bytes.subarray(at)]);
  if ('cut' in change) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.cut)]);
  const width = 'byte' in change ? 1 : 'word' in change ? 4 : 8;
  // Numbers of the formats are aligned.
  const place = at - (at % width);
  if (place + width > bytes.length) return bytes;
  if ('byte' in change) bytes.writeUInt8(change.byte, place);
  else if ('word' in change) bytes.writeUInt32LE(change.word, place);
  else bytes.writeDoubleLE(change.double, place);
  return bytes;
}
