// What a chunk is in each mode: code by symbol, prose by heading, comments tied to what they explain, records by entry or
// by a group of rows. Chunks of a mode cover the text of the file; nothing is cut in two that fits.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { dumpRows } from '../../../server/export/dump';
import { createFileTree } from '../../support/fileTree';
import { factsOf } from '../../support/graphs';

/** The chunks of one file as the dump prints them, without their bytes. */
async function chunksOf(path: string, text: string): Promise<string[]> {
  const tree = createFileTree({ [path]: text });
  const facts = await factsOf(tree.root, [path]);
  const lease = facts.lease();
  try {
    const lines = [...dumpRows(lease.rows)].join('').split('\n');
    return lines
      .filter((line) => line.startsWith('  chunk '))
      .map((line) => line.slice(8).replace(/ bytes \d+-\d+/, ''));
  } finally {
    lease.release();
    facts.close();
    tree.dispose();
  }
}

/** `[first, last]` line of each chunk. */
function linesOf(chunks: readonly string[]): (readonly [number, number])[] {
  return chunks.map((chunk) => {
    const [, first, last] = /lines (\d+)-(\d+)/.exec(chunk) ?? [];
    return [Number(first), Number(last)] as const;
  });
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

describe('chunks', () => {
  it('of code are by symbol, and a block of comments is prose that belongs to its symbol', async () => {
    const comment = '// Greets whoever comes,\n// in the words of the house,\n// and says nothing else.\n';
    const body = lines(8, (i) => `  step(${i});\n`);
    const chunks = await chunksOf(
      'a.ts',
      `${comment}export function greet() {\n${body}}\n\nexport function leave() {\n${body}}\n`,
    );
    assert.deepEqual(chunks, ['code lines 0-13 of #0', 'extracted-prose lines 0-2 of #0', 'code lines 14-23 of #1']);
  });

  it('of prose are by heading, with its title', async () => {
    const chunks = await chunksOf('b.md', '# Title\n\nIntro.\n\n## One\n\nWords.\n\n## Two\n\nOthers.\n');
    assert.deepEqual(chunks, [
      'prose lines 0-3 of #0 title "Title"',
      'prose lines 4-7 of #1 title "One"',
      'prose lines 8-10 of #2 title "Two"',
    ]);
  });

  it('of records are by top-level entry, small ones together', async () => {
    const entry = (name: string): string => `  "${name}": [\n${lines(80, (i) => `    ${i},\n`)}    0\n  ]`;
    const large = await chunksOf('c.json', `{\n${entry('first')},\n${entry('second')},\n${entry('third')}\n}\n`);
    // The line of the opening brace belongs to no entry.
    const titles = large.flatMap((chunk) => /title "(.*)"/.exec(chunk)?.[1] ?? []);
    assert.deepEqual(titles, ['first', 'second', 'third']);
    assert.equal((await chunksOf('d.json', '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n')).length, 1);
  });

  it('of tables are groups of rows that cover all of them', async () => {
    const chunks = await chunksOf('e.csv', `id,name\n${lines(400, (i) => `${i},the name of row number ${i}\n`)}`);
    assert.ok(chunks.length > 1 && chunks.every((chunk) => chunk.startsWith('records ')));
    const spans = linesOf(chunks);
    assert.deepEqual([spans[0]?.[0], spans[spans.length - 1]?.[1]], [0, 400]);
    for (const [i, [first]] of spans.entries()) if (i > 0) assert.equal(first, (spans[i - 1]?.[1] ?? 0) + 1);
  });
});
