// What was written to a store and what it acknowledged, kept outside of it: the oracle that a recovered store is held
// against. Recovered is right when it is everything acknowledged, in order, with its bytes, and at most what was issued.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexStore } from '../../../server/store/indexStore';
import { openStore } from '../../../server/store/openStore';
import { readJournal } from '../../../server/store/readJournal';

export interface StorePlace {
  readonly root: string;
  readonly indexDir: string;
}

/** Batches by number: what each holds is told by its tag. */
export interface Expected {
  readonly acknowledged: readonly string[];
  readonly issued: ReadonlyMap<number, ReadonlySet<string>>;
}

/** How strictly a recovered store is judged. */
export interface Judgement {
  /** Damage was done to it, so that it may have findings. */
  readonly mayReport?: boolean;
  /** What was damaged was the only copy: batches may be missing, if a finding says that something is wrong. */
  readonly mayLose?: boolean;
  /** The disk lied about what it had written: the newest batches may be gone without a trace. */
  readonly mayForget?: boolean;
}

export class StoreHistory {
  /** Tags of acknowledged batches; batch `seq` is at `seq - 1`. */
  readonly #acknowledged: string[] = [];
  readonly #issued = new Map<number, Set<string>>();
  readonly #label: string;
  #attempts = 0;

  /** `label` tells its batches from those of other histories. */
  constructor(label = '') {
    this.#label = label;
  }

  /** A history of its own that begins as this one is now. */
  copy(): StoreHistory {
    const copy = new StoreHistory(this.#label);
    copy.#acknowledged.push(...this.#acknowledged);
    for (const [seq, tags] of this.#issued) copy.#issued.set(seq, new Set(tags));
    copy.#attempts = this.#attempts;
    return copy;
  }

  /** A copy for a crash at this instant. */
  get now(): Expected {
    const issued = new Map([...this.#issued].map(([seq, tags]) => [seq, new Set(tags)]));
    return { acknowledged: [...this.#acknowledged], issued };
  }

  get lastAcknowledged(): number {
    return this.#acknowledged.length;
  }

  /** Takes over what a crash may have left of batches that were not acknowledged. */
  adopt(recovered: readonly string[]): void {
    this.#acknowledged.splice(0, Infinity, ...recovered);
    for (const seq of this.#issued.keys()) if (seq > recovered.length) this.#issued.delete(seq);
  }

  /** Appends batches of so many bytes each; they are acknowledged when this resolves. */
  async append(store: IndexStore, ...sizes: readonly number[]): Promise<void> {
    const first = store.lastSeq + 1;
    const tags = sizes.map((_, i) => `${first + i}.${this.#attempts++}${this.#label}`);
    const segments = tags.map((tag, i) => segmentOf(tag, sizes[i] as number));
    tags.forEach((tag, i) => {
      const known = this.#issued.get(first + i) ?? new Set();
      this.#issued.set(first + i, known.add(tag));
    });
    const places = await store.appendBatches(
      tags.map((tag, i) => ({ segment: segments[i] as Buffer, removed: [tag] })),
      sizes.length > 1 ? 'a group' : undefined,
    );
    assert.deepEqual(
      places.map(({ seq }) => seq),
      tags.map((_, i) => first + i),
    );
    this.#acknowledged.splice(first - 1, Infinity, ...tags);
  }

  /** Saves everything acknowledged as a snapshot, in several writes. */
  async checkpoint(store: IndexStore, beside: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await store.rotate();
    const seq = store.lastSeq;
    const bytes = snapshotOf(this.#acknowledged.slice(0, seq));
    const saving = store.checkpoint({
      seq,
      files: seq,
      languages: [['typescript', 1]],
      search: { folder: 'search-0', seq },
      write: async (sink) => {
        for (let at = 0; at < bytes.length; at += 700) await sink.write(bytes.subarray(at, at + 700));
      },
    });
    for (const result of await Promise.allSettled([saving, beside()])) {
      if (result.status === 'rejected') throw result.reason;
    }
  }
}

/** Opens a store, holds it against what is expected, and sees that it goes on from there. */
export async function checkRecovered(place: StorePlace, expected: Expected, judgement: Judgement = {}): Promise<void> {
  let store = await openRecovered(place, expected, judgement);
  const seq = store.lastSeq + 1;
  await store.appendBatch({ segment: segmentOf(`${seq}.probe`, 40), removed: [`${seq}.probe`] });
  if (judgement.mayReport !== true) assert.deepEqual(await store.verify(), []);
  await store.close();
  store = await openStore({ ...place, mode: 'reader' });
  assert.equal((await tagsOf(store)).get(seq), `${seq}.probe`, 'a batch written after the recovery is missing');
  await store.close();
}

/** Opens a store and holds it against what is expected. `onTags` gets what its batches hold, in order. */
export async function openRecovered(
  place: StorePlace,
  { acknowledged, issued }: Expected,
  { mayReport = false, mayLose = false, mayForget = false }: Judgement = {},
  onTags: (tags: readonly string[]) => void = () => undefined,
): Promise<IndexStore> {
  const store = await openStore(place);
  assert.equal(store.readOnly, undefined);
  if (!mayReport) assert.deepEqual([store.findings, store.state === 'damaged'], [[], false]);
  const tags = await tagsOf(store);
  if (!mayLose || store.findings.length === 0) {
    assert.equal(tags.size, store.lastSeq, 'batches are missing, and no finding says so');
    if (!mayForget) {
      assert.ok(tags.size >= acknowledged.length, `${acknowledged.length} acknowledged, ${tags.size} recovered`);
    }
  }
  for (const [seq, tag] of tags) {
    const right = acknowledged[seq - 1];
    if (right === undefined) assert.ok(issued.get(seq)?.has(tag), `batch ${seq} holds ${tag}, which was never issued`);
    else assert.equal(tag, right, `batch ${seq} has another content than acknowledged`);
  }
  await checkFolder(store);
  onTags([...tags.values()]);
  return store;
}

/** Tags of all batches of a store that was just opened. */
async function tagsOf(store: IndexStore): Promise<Map<number, string>> {
  const tags = new Map<number, string>();
  if (store.snapshot !== undefined) {
    const bytes = await readRange(store.snapshot.path, 0, store.snapshot.length);
    const lines = bytes.toString().split('\n');
    lines.slice(1, store.snapshot.seq + 1).forEach((tag, i) => tags.set(i + 1, tag));
    assert.ok(bytes.equals(snapshotOf([...tags.values()])), 'the snapshot is not one that was written');
    assert.equal(tags.size, store.snapshot.seq, 'the snapshot is not that of its manifest');
  }
  let last = store.snapshot?.seq ?? 0;
  for (const { seq, removed, file, offset, length } of store.replay()) {
    assert.ok(seq > last, `batch ${seq} comes after batch ${last}`);
    last = seq;
    const [tag = ''] = removed;
    const bytes = await readRange(file, offset, length);
    assert.ok(bytes.equals(segmentOf(tag, length)), `batch ${seq} has other bytes than were written`);
    tags.set(seq, tag);
  }
  return tags;
}

/** Nothing is left over in the folder of a store that was just opened by a writer. */
async function checkFolder(store: IndexStore): Promise<void> {
  const names = await readdir(store.folder);
  assert.deepEqual(
    names.filter((name) => name.endsWith('.tmp')),
    [],
  );
  const newest = names
    .filter((name) => name.startsWith('journal-'))
    .sort((a, b) => numberIn(a) - numberIn(b))
    .at(-1);
  const { cut, damage } = await readJournal(join(store.folder, newest ?? ''));
  assert.deepEqual([cut, damage], [0, []], 'the journal in use has a tail that nobody acknowledged');
}

function numberIn(name: string): number {
  return Number(/\d+/.exec(name)?.[0]);
}

function segmentOf(tag: string, size: number): Buffer {
  return Buffer.alloc(size, createHash('sha256').update(tag).digest());
}

function snapshotOf(tags: readonly string[]): Buffer {
  const head = createHash('sha256').update(tags.join()).digest('hex');
  // Padding makes it span sectors, so that it can tear.
  return Buffer.from([head, ...tags, 'end'.padEnd(3000, '.')].join('\n'));
}

async function readRange(path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length;) {
      const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
      if (bytesRead === 0) assert.fail(`${path} ends before byte ${offset + length}`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}
