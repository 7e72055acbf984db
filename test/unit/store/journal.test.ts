// The journal: what was acknowledged comes back, nothing else does, and every damaged bit is noticed.

import assert from 'node:assert/strict';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { Journal, journalName, parseJournalName, type Batch } from '../../../server/store/journal';
import { readJournal, type JournalEnd, type JournalRecord } from '../../../server/store/readJournal';
import { withTemporaryFolder } from '../../support/temporaryFolder';

const indexId = '0e984725-c51c-4bf4-9960-e1c80e27aba0';

const batch: fc.Arbitrary<Batch> = fc.record({
  segment: fc.uint8Array({ maxLength: 60 }),
  removed: fc.array(fc.string({ unit: 'binary', maxLength: 9 }), { maxLength: 3 }),
});
const groups = fc.array(fc.array(batch, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });

describe('journal', () => {
  it('gives back every acknowledged batch, and says where its segment lies', async () => {
    await fc.assert(
      fc.asyncProperty(groups, (written) =>
        withTemporaryFolder(async (folder) => {
          const journal = await Journal.create(folder, 3, 7, indexId);
          const places = [];
          for (const group of written) places.push(...(await journal.append(group, 'a test')));
          await journal.close();
          const { records, end } = await read(journal.path);
          assert.deepEqual(records.map(contentOf), written.flat().map(plain));
          assert.deepEqual([end.cut, end.damage, end.position.offset], [0, [], journal.size]);
          const bytes = await readFile(journal.path);
          for (const [i, { file, offset, length, seq }] of records.entries()) {
            assert.deepEqual(places[i], { file, offset, length, seq });
            assert.equal(seq, 8 + i);
            assert.equal(offset % 8, 0);
            assert.deepEqual(bytes.subarray(offset, offset + length).toString('hex'), contentOf(records[i]!).segment);
          }
        }),
      ),
      { numRuns: 25 },
    );
  });

  it('cut at any byte, holds exactly the groups that were whole by then, and takes more', async () => {
    await fc.assert(
      fc.asyncProperty(groups, fc.nat(), (written, where) =>
        withTemporaryFolder(async (folder) => {
          const { path, ends } = await write(folder, written);
          const size = 64 + (where % ((ends.at(-1) as number) - 63));
          await truncate(path, size);
          const whole = ends.filter((end) => end <= size).length;
          const kept = written.slice(0, whole).flat();
          const { records, end } = await read(path);
          assert.deepEqual(records.map(contentOf), kept.map(plain));
          assert.deepEqual([end.cut, end.damage], [size - (ends[whole - 1] ?? 64), []]);
          const journal = await Journal.open(path, end);
          await journal.append([{ segment: Buffer.from('more'), removed: [] }]);
          await journal.close();
          const after = await read(path);
          assert.equal(after.records.length, kept.length + 1);
          assert.deepEqual([after.end.cut, after.end.damage], [0, []]);
        }),
      ),
      { numRuns: 40 },
    );
  });

  it('notices any flipped bit, and never gives a wrong record', async () => {
    await fc.assert(
      fc.asyncProperty(groups, fc.nat(), (written, where) =>
        withTemporaryFolder(async (folder) => {
          const { path } = await write(folder, written);
          const bytes = await readFile(path);
          const bit = where % (bytes.length * 8);
          bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
          await writeFile(path, bytes);
          if (bit < 64 * 8) return assert.rejects(read(path), /ERR_|journal .* (damaged|newer)/);
          const { records, end } = await read(path);
          const expected = new Map(written.flat().map((each, i) => [i + 1, plain(each)]));
          for (const record of records) assert.deepEqual(contentOf(record), expected.get(record.seq));
          assert.ok(end.cut > 0 || end.damage.length > 0, 'the flip was not reported');
          // A whole group is lost only at the end; elsewhere one record at most, since every other one is intact.
          const last = written.at(-1) as Batch[];
          assert.ok(records.length >= expected.size - (end.damage.length > 0 ? 1 : last.length));
        }),
      ),
      { numRuns: 120 },
    );
  });

  it('reports damage in the middle with its place, and reads on behind it', () =>
    withTemporaryFolder(async (folder) => {
      const big = Buffer.alloc(3 << 20, 'x');
      const { path, ends } = await write(folder, [
        [plainBatch('one')],
        [{ segment: big, removed: ['gone'] }],
        [plainBatch('three')],
      ]);
      const bytes = await readFile(path);
      bytes.fill(0, (ends[0] as number) + 4096, (ends[0] as number) + 8192);
      await writeFile(path, bytes);
      const { records, end } = await read(path);
      assert.deepEqual(
        records.map(({ seq }) => seq),
        [1, 3],
      );
      assert.equal(end.cut, 0);
      assert.equal(end.damage[0]?.offset, ends[0]);
      assert.match(end.damage[0]?.reason ?? '', /checksum/);
      await assert.rejects(Journal.open(path), { code: 'ERR_DAMAGED' });
    }));

  it('does not take records of another journal, or its own at another place', () =>
    withTemporaryFolder(async (folder) => {
      const { path, ends } = await write(folder, [[plainBatch('a')], [plainBatch('b')]]);
      const stale = await readFile(path);
      const younger = await Journal.create(folder, 2, 0, indexId);
      await younger.close();
      await writeFile(younger.path, Buffer.concat([await readFile(younger.path), stale.subarray(64)]));
      const other = await read(younger.path);
      assert.deepEqual([other.records, other.end.cut], [[], stale.length - 64]);

      const [first, second] = ends as [number, number];
      await writeFile(path, Buffer.concat([stale, stale.subarray(first, second)]));
      const moved = await read(path);
      assert.deepEqual([moved.records.length, moved.end.cut], [2, second - first]);
    }));

  it('refuses lengths beyond the file before it takes memory for them', () =>
    withTemporaryFolder(async (folder) => {
      const { path, ends } = await write(folder, [[plainBatch('a')]]);
      const tail = Buffer.alloc(64, 0xff);
      tail.writeUInt8(2, 4);
      await writeFile(path, Buffer.concat([await readFile(path), tail]));
      const { records, end } = await read(path);
      assert.deepEqual([records.length, end.cut, end.position.offset], [1, 64, ends[0]]);
    }));

  it('goes on from a position, skips below a seq, and leaves out what a later journal denies', () =>
    withTemporaryFolder(async (folder) => {
      const { path } = await write(folder, [[plainBatch('a')], [plainBatch('b'), plainBatch('c')]]);
      const { end } = await read(path);
      const journal = await Journal.open(path, end);
      await journal.append([plainBatch('d')]);
      await journal.close();
      const seqs = async (options: object) => {
        const found: number[] = [];
        await readJournal(path, options, ({ seq }) => void found.push(seq));
        return found;
      };
      assert.deepEqual(await seqs({ from: end.position }), [4]);
      assert.deepEqual(await seqs({ afterSeq: 2 }), [3, 4]);
      assert.deepEqual(await seqs({ untilSeq: 2 }), [1, 2]);
    }));

  it('takes nothing more after a failed fdatasync, and never asks again', () =>
    withTemporaryFolder(async (folder) => {
      const journal = await Journal.create(folder, 1, 0, indexId);
      await journal.append([plainBatch('a')]);
      let calls = 0;
      const handle = await import('node:fs/promises').then(({ open }) => open(journal.path));
      const prototype = Object.getPrototypeOf(handle) as { datasync: () => Promise<void> };
      await handle.close();
      const original = prototype.datasync;
      prototype.datasync = () => {
        calls++;
        return Promise.reject(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
      };
      try {
        await assert.rejects(journal.append([plainBatch('b')]), { code: 'ERR_IO' });
        await assert.rejects(journal.append([plainBatch('c')]), { code: 'ERR_IO' });
      } finally {
        prototype.datasync = original;
      }
      assert.equal(calls, 1);
      assert.equal(journal.lastSeq, 1);
      await journal.close();
    }));

  it('carries out calls in their order, and is a file of its own user only', () =>
    withTemporaryFolder(async (folder) => {
      const journal = await Journal.create(folder, 1, 0, indexId);
      const names = ['a', 'b', 'c', 'd'];
      const places = await Promise.all(names.map((name) => journal.append([plainBatch(name)])));
      await journal.noteSnapshot(1, 'ab');
      await journal.close();
      assert.deepEqual(
        places.flat().map(({ seq }) => seq),
        [1, 2, 3, 4],
      );
      const { records, end } = await read(journal.path);
      assert.deepEqual(
        records.map((record) => Buffer.from(record.segment ?? []).toString()),
        names,
      );
      assert.equal(end.position.seq, 4);
      assert.equal((await stat(journal.path)).mode & 0o777, 0o600);
      await assert.rejects(journal.append([plainBatch('late')]), { code: 'ERR_READ_ONLY' });
    }));

  it('knows its own names', () => {
    assert.equal(parseJournalName(journalName(12)), 12);
    for (const name of ['journal-01.log', 'journal-.log', 'journal-1.log.tmp', 'journal--1.log', '../journal-1.log']) {
      assert.equal(parseJournalName(name), undefined);
    }
  });
});

async function write(folder: string, written: readonly Batch[][]): Promise<{ path: string; ends: number[] }> {
  const journal = await Journal.create(folder, 1, 0, indexId);
  const ends: number[] = [];
  for (const group of written) {
    await journal.append(group);
    ends.push(journal.size);
  }
  await journal.close();
  return { path: journal.path, ends };
}

async function read(path: string): Promise<{ records: JournalRecord[]; end: JournalEnd }> {
  const records: JournalRecord[] = [];
  const end = await readJournal(path, { segments: true }, (record) => void records.push(record));
  return { records, end };
}

function plainBatch(text: string): Batch {
  return { segment: Buffer.from(text), removed: [] };
}

function plain({ segment, removed }: Batch): { segment: string; removed: readonly string[] } {
  return { segment: Buffer.from(segment).toString('hex'), removed };
}

function contentOf({ segment, removed }: JournalRecord): { segment: string; removed: readonly string[] } {
  return plain({ segment: segment ?? Buffer.alloc(0), removed });
}
