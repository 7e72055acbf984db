// A writer killed at random moments, again and again over the same index: whatever it had reported as acknowledged is
// there afterwards, in order, with its bytes, and nothing is there that it did not write.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openStore } from '../../server/store/openStore';
import { withTemporaryFolder } from '../support/temporaryFolder';

const kills = Number(process.env['ALMAGEST_KILLS'] ?? 20);

// The writer is this same file, run by node alone.
if (process.argv[1] === __filename) void write(process.argv[2] ?? '', process.argv[3] ?? '');
else {
  describe('a writer that is killed', () => {
    it(`loses nothing acknowledged in ${kills} kills`, async () => {
      await withTemporaryFolder(async (folder) => {
        const [root, indexDir] = [join(folder, 'root'), join(folder, 'cache')];
        await mkdir(root);
        await mkdir(indexDir, { mode: 0o700 });
        let acknowledged = 0;
        let random = 20_231_117;
        for (let kill = 0; kill < kills; kill++) {
          random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
          acknowledged = Math.max(acknowledged, await writeUntilKilled(root, indexDir, random % 120));
          acknowledged = await check(root, indexDir, acknowledged, kill);
        }
        assert.ok(acknowledged > kills, `the writers hardly wrote: ${acknowledged} batches`);
      });
    }).timeout(60_000 + kills * 2_000);
  });
}

/** Runs a writer, kills it after so many acknowledgements, at whatever it is doing then, and returns the last seq. */
async function writeUntilKilled(root: string, indexDir: string, after: number): Promise<number> {
  const child = spawn(process.execPath, [__filename, root, indexDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let last = 0;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (count++ === after) child.kill('SIGKILL');
  }
  await closed;
  assert.equal(child.signalCode, 'SIGKILL', 'the writer ended by itself');
  return last;
}

/** Opens the index, holds it against what was acknowledged, and returns its last seq. */
async function check(root: string, indexDir: string, acknowledged: number, kill: number): Promise<number> {
  const store = await openStore({ root, indexDir });
  assert.deepEqual([store.readOnly, store.findings], [undefined, []], `kill ${kill}`);
  assert.ok(store.lastSeq >= acknowledged, `kill ${kill}: ${acknowledged} acknowledged, ${store.lastSeq} recovered`);
  let seq = store.snapshot?.seq ?? 0;
  if (store.snapshot) {
    const bytes = await read(store.snapshot.path, 0, store.snapshot.length);
    assert.equal(bytes.toString(), `everything up to ${seq}`);
  }
  for (const record of store.replay()) {
    assert.equal(record.seq, ++seq);
    assert.deepEqual(record.removed, [`path ${seq}`]);
    const bytes = await read(record.file, record.offset, record.length);
    assert.ok(bytes.equals(segmentOf(seq)), `batch ${seq} has other bytes`);
  }
  assert.equal(seq, store.lastSeq);
  assert.deepEqual(await store.verify(), []);
  await store.close();
  return seq;
}

/** Appends groups of batches of all sizes, saves now and then, and prints each acknowledged seq. Never ends. */
async function write(root: string, indexDir: string): Promise<void> {
  const store = await openStore({ root, indexDir });
  for (let round = 0; ; round++) {
    const first = store.lastSeq + 1;
    const seqs = Array.from({ length: 1 + (round % 3) }, (_, i) => first + i);
    await store.appendBatches(seqs.map((seq) => ({ segment: segmentOf(seq), removed: [`path ${seq}`] })));
    process.stdout.write(`${store.lastSeq}\n`);
    if (round % 11 !== 10) continue;
    await store.rotate();
    const seq = store.lastSeq;
    const search = { folder: 'search-0', seq };
    const saving = store.checkpoint({
      seq,
      files: seq,
      languages: [],
      search,
      write: (sink) => sink.write(Buffer.from(`everything up to ${seq}`)),
    });
    await store.appendBatch({ segment: segmentOf(seq + 1), removed: [`path ${seq + 1}`] });
    process.stdout.write(`${store.lastSeq}\n`);
    await saving;
  }
}

/** What batch `seq` holds: up to 300 KB that no other batch holds. */
function segmentOf(seq: number): Buffer {
  const seed = createHash('sha256').update(String(seq)).digest();
  return Buffer.alloc(seq % 7 === 0 ? 300_000 : (seq * 37) % 2_000, seed);
}

async function read(path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    return (await handle.read(Buffer.alloc(length), 0, length, offset)).buffer;
  } finally {
    await handle.close();
  }
}
