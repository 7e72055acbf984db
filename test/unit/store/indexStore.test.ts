// The life of an index on disk: open, append, checkpoint, damage, two processes.

import assert from 'node:assert/strict';
import { appendFile, chmod, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexStore } from '../../../server/store/indexStore';
import { openStore } from '../../../server/store/openStore';
import { readManifest, writeManifest, type Manifest } from '../../../server/store/manifest';
import { withTemporaryFolder } from '../../support/temporaryFolder';

describe('index store', () => {
  it('is empty at first, and gives back what was acknowledged', () =>
    withIndex(async (place) => {
      const store = await openStore(place);
      assert.deepEqual([store.state, store.lastSeq, store.readOnly, store.findings], ['empty', 0, undefined, []]);
      await append(store, 'one', 'two');
      await store.close();
      const again = await openStore(place);
      assert.deepEqual([again.state, again.lastSeq, again.indexId], ['ok', 2, store.indexId]);
      assert.deepEqual(await replayed(again), ['one', 'two']);
      assert.deepEqual(await again.verify(), []);
      await again.close();
    }));

  it('goes on from a checkpoint, keeps two generations and nothing else', () =>
    withIndex(async (place) => {
      let store = await openStore(place);
      for (const name of ['a', 'b', 'c', 'd']) {
        await append(store, name);
        await checkpoint(store, name);
      }
      await append(store, 'e');
      const names = (await readdir(store.folder)).sort();
      assert.deepEqual(
        names.filter((name) => !/^(LOCK|audit|ballast)/.test(name)),
        ['journal-4.log', 'journal-5.log', 'manifest-4.json', 'manifest-5.json', 'snapshot-4.seg', 'snapshot-5.seg'],
      );
      await store.close();
      store = await openStore(place);
      assert.equal(await readFile(store.snapshot?.path ?? '', 'utf8'), 'd');
      assert.deepEqual([await replayed(store), store.lastSeq, store.snapshot?.seq], [['e'], 5, 4]);
      await store.close();
    }));

  it('falls back to the snapshot before a damaged one, and loses nothing', () =>
    withIndex(async (place) => {
      let store = await openStore(place);
      for (const name of ['a', 'b']) {
        await append(store, name);
        await checkpoint(store, name);
      }
      await append(store, 'c');
      await store.close();
      const { path } = store.snapshot as { path: string };
      await writeFile(path, 'B');
      store = await openStore(place);
      assert.equal(store.state, 'damaged');
      assert.match(store.findings.join(), /snapshot-3\.seg/);
      assert.equal(await readFile(store.snapshot?.path ?? '', 'utf8'), 'a');
      assert.deepEqual([await replayed(store), store.lastSeq], [['b', 'c'], 3]);
      assert.ok((await readdir(join(store.folder, 'quarantine'))).some((name) => name.endsWith('snapshot-3.seg')));
      await append(store, 'd');
      await checkpoint(store, 'abcd');
      await store.close();
      store = await openStore(place);
      assert.deepEqual([store.state, await replayed(store), store.snapshot?.seq], ['ok', [], 4]);
      await store.close();
    }));

  it('without any snapshot left says what is missing and never numbers a batch twice', () =>
    withIndex(async (place) => {
      let store = await openStore(place);
      for (const name of ['a', 'b', 'c']) {
        await append(store, name);
        await checkpoint(store, name);
      }
      await store.close();
      for (const name of await readdir(store.folder))
        if (/snapshot|journal/.test(name)) await rm(join(store.folder, name));
      store = await openStore(place);
      assert.deepEqual([store.state, store.snapshot, store.lastSeq], ['damaged', undefined, 3]);
      await append(store, 'd');
      assert.equal(store.lastSeq, 4);
      await store.close();
    }));

  it('uses the manifest before a damaged one', () =>
    withIndex(async (place) => {
      let store = await openStore(place);
      await append(store, 'a');
      await checkpoint(store, 'a');
      await append(store, 'b');
      await store.close();
      await truncate(join(store.folder, 'manifest-2.json'), 100);
      store = await openStore(place);
      assert.deepEqual([store.state, store.snapshot, await replayed(store)], ['damaged', undefined, ['a', 'b']]);
      await store.close();
    }));

  it('starts anew, under a new name, when no manifest is left, and keeps the remains', () =>
    withIndex(async (place) => {
      let store = await openStore(place);
      const { indexId } = store;
      await append(store, 'a');
      await store.close();
      await writeFile(join(store.folder, 'manifest-1.json'), '{"__proto__":{}}');
      store = await openStore(place);
      assert.deepEqual([store.state, await replayed(store), store.lastSeq], ['damaged', [], 0]);
      assert.notEqual(store.indexId, indexId);
      assert.equal((await readdir(join(store.folder, 'quarantine'))).length, 4);
      await store.close();
    }));

  it('reads on behind damage in a journal, appends elsewhere, and keeps the damaged file', () =>
    withIndex(async (place) => {
      let store = await openStore(place);
      await append(store, 'one');
      const place2 = await store.appendBatch({ segment: Buffer.from('two'), removed: [] });
      await append(store, 'three');
      await store.close();
      const bytes = await readFile(place2.file);
      bytes.writeUInt8(0, place2.offset);
      await writeFile(place2.file, bytes);
      store = await openStore(place);
      assert.deepEqual([store.state, await replayed(store), store.lastSeq], ['damaged', ['one', 'three'], 3]);
      const next = await store.appendBatch({ segment: Buffer.from('four'), removed: [] });
      assert.notEqual(next.file, place2.file);
      await checkpoint(store, 'all');
      await checkpoint(store, 'all');
      assert.ok((await readdir(join(store.folder, 'quarantine'))).some((name) => name.endsWith('journal-1.log')));
      await store.close();
    }));

  it('sweeps what crashes leave, and nothing that is not its own', () =>
    withIndex(async (place) => {
      let store = await openStore(place);
      await append(store, 'a');
      await store.close();
      const strays = ['snapshot-7.seg', 'snapshot-8.seg.tmp', 'manifest-9.json.tmp', 'journal-9.log.tmp'];
      for (const name of [...strays, 'notes.txt']) await writeFile(join(store.folder, name), 'x');
      await appendFile(join(store.folder, 'journal-1.log'), Buffer.alloc(40, 1));
      store = await openStore(place);
      const names = await readdir(store.folder);
      assert.deepEqual([names.filter((name) => strays.includes(name)), names.includes('notes.txt')], [[], true]);
      assert.deepEqual([store.state, await replayed(store)], ['ok', ['a']]);
      await store.close();
    }));

  it('a second process reads, follows, and takes over', () =>
    withIndex(async (place) => {
      const writer = await openStore(place);
      await append(writer, 'a');
      const reader = await openStore(place);
      assert.match(reader.readOnly ?? '', new RegExp(`process ${process.pid}`));
      assert.deepEqual(await replayed(reader), ['a']);
      await assert.rejects(append(reader, 'no'), { code: 'ERR_READ_ONLY' });
      await append(writer, 'b');
      await writer.rotate();
      await append(writer, 'c');
      const { records, reopen } = await reader.refresh();
      assert.deepEqual([await textsOf(records), reopen, reader.lastSeq], [['b', 'c'], false, 3]);
      assert.deepEqual((await reader.refresh()).records, []);
      await checkpoint(writer, 'abc');
      assert.equal((await reader.refresh()).reopen, true);
      await writer.close();
      await reader.close();
      const heir = await openStore(place);
      assert.equal(heir.readOnly, undefined);
      await heir.close();
    }));

  it('turns read-only when the journal fails, and writes again in a new one', () =>
    withIndex(async (place) => {
      let store = await openStore(place);
      await append(store, 'a');
      await withFailing('datasync', 'ENOSPC', async () => {
        await assert.rejects(append(store, 'lost'), { code: 'ERR_DISK_FULL' });
        await assert.rejects(append(store, 'too'), { code: 'ERR_READ_ONLY' });
      });
      assert.match(store.readOnly ?? '', /Free some disk space/);
      await store.resumeWriting();
      assert.equal(store.readOnly, undefined);
      await append(store, 'b');
      await store.close();
      store = await openStore(place);
      assert.deepEqual([store.state, await replayed(store), store.lastSeq], ['ok', ['a', 'b'], 2]);
      await store.close();
    }));

  it('keeps the former generation when a snapshot cannot be written', () =>
    withIndex(async (place) => {
      const store = await openStore(place);
      await append(store, 'a');
      await checkpoint(store, 'a');
      await append(store, 'b');
      await withFailing('sync', 'ENOSPC', () => assert.rejects(checkpoint(store, 'ab'), { code: 'ERR_DISK_FULL' }));
      assert.deepEqual([store.generation, await store.verify()], [2, []]);
      assert.deepEqual(
        (await readdir(store.folder)).filter((name) => name.endsWith('.tmp')),
        [],
      );
      await checkpoint(store, 'ab');
      assert.equal(store.snapshot?.seq, 2);
      await store.close();
    }));

  it('lets nobody else in: folders 0700, files 0600', () =>
    withIndex(async (place) => {
      const store = await openStore(place);
      await append(store, 'a');
      await checkpoint(store, 'a');
      assert.equal((await stat(store.folder)).mode & 0o777, 0o700);
      for (const name of await readdir(store.folder)) {
        assert.equal((await stat(join(store.folder, name))).mode & 0o777, 0o600, name);
      }
      await store.close();
    }));

  it('refuses places that cannot be trusted, and says which setting helps', () =>
    withIndex(async (place) => {
      const open = join(place.indexDir, 'open');
      await mkdir(open);
      await chmod(open, 0o777);
      const help = /almagest\.index\.location.*--index-dir/;
      await assert.rejects(openStore({ ...place, indexDir: open }), { code: 'ERR_PERMISSIONS', message: help });
      const inside = join(place.root, 'deep', 'index');
      await assert.rejects(openStore({ ...place, indexDir: inside }), { code: 'ERR_INSIDE_WORKSPACE', message: help });
      await assert.rejects(openStore({ ...place, indexDir: 'relative' }), { code: 'ERR_PERMISSIONS', message: help });
      assert.deepEqual(await readdir(place.root), []);
    }));

  it('refuses the index of another root, and one of a newer format; an older writer only reads', () =>
    withIndex(async (place) => {
      const store = await openStore(place);
      await append(store, 'a');
      await store.close();
      const manifest = (await readManifest(store.folder, 'manifest-1.json')) as Manifest;
      const change = (fields: Partial<Manifest>) => writeManifest(store.folder, { ...manifest, ...fields });
      await change({ root: { ...manifest.root, path: '/elsewhere' } });
      await assert.rejects(openStore(place), { code: 'ERR_FOREIGN_INDEX' });
      await change({ minReader: 3 }).catch(() => undefined);
      await assert.rejects(openStore(place), { code: 'ERR_NEWER_FORMAT' });
      await change({ minWriter: 3 });
      const reader = await openStore(place);
      assert.match(reader.readOnly ?? '', /newer Almagest/);
      assert.deepEqual(await replayed(reader), ['a']);
      await reader.close();
    }));
});

interface Place {
  readonly root: string;
  readonly indexDir: string;
}

function withIndex(use: (place: Place) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (folder) => {
    const place = { root: join(folder, 'root'), indexDir: join(folder, 'cache') };
    await mkdir(place.root);
    await mkdir(place.indexDir, { mode: 0o700 });
    await use(place);
  });
}

async function append(store: IndexStore, ...texts: string[]): Promise<void> {
  await store.appendBatches(texts.map((text) => ({ segment: Buffer.from(text), removed: [] })));
}

async function checkpoint(store: IndexStore, content: string): Promise<void> {
  await store.rotate();
  await store.checkpoint({
    seq: store.lastSeq,
    files: 1,
    languages: [['typescript', 1]],
    search: { folder: join(store.folder, 'search-0a'), seq: store.lastSeq },
    write: (sink) => sink.write(Buffer.from(content)),
  });
}

/** The texts of the batches that are replayed, read from where they are said to lie. */
function replayed(store: IndexStore): Promise<string[]> {
  return textsOf(store.replay());
}

function textsOf(records: ReturnType<IndexStore['replay']>): Promise<string[]> {
  return Promise.all(
    records.map(async ({ file, offset, length }) => (await readFile(file)).toString('utf8', offset, offset + length)),
  );
}

/** While `use` runs, a call of every file handle fails as a sick disk would make it fail. */
async function withFailing(call: 'sync' | 'datasync', code: string, use: () => Promise<void>): Promise<void> {
  const { open } = await import('node:fs/promises');
  const handle = await open(process.execPath);
  const prototype = Object.getPrototypeOf(handle) as Record<typeof call, () => Promise<void>>;
  await handle.close();
  const original = prototype[call];
  prototype[call] = () => Promise.reject(Object.assign(new Error(`${code}: ${call}`), { code }));
  try {
    await use();
  } finally {
    prototype[call] = original;
  }
}
