// Damage done to an index on disk, from the outside: "Verify" names it and changes nothing, "Repair" mends it without a
// rebuild and says what it did.

import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { searchRoot } from '../../server/query/search';
import { CancelSource } from '../../server/util/cancelSource';
import { createFileTree, useWorkspace } from '../support/fileTree';
import { dumpOf, withIndex } from '../support/indexes';

/** Forty files with a name each. */
const modules = Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => [`m${i}.ts`, `export function name${i}(): number {\n  return ${i};\n}\n`]),
);

describe('repair of a running index', function () {
  this.timeout(60_000);
  const workspace = useWorkspace(modules);

  const rows = [
    { title: 'a snapshot', file: /^snapshot-\d+\.seg$/, named: /snapshot-\d+\.seg does not have the hash/ },
    { title: 'a manifest', file: /^manifest-\d+\.json$/, named: /manifest .* is damaged/ },
    { title: 'a file of the search index', file: /\.store$/, named: /Search index: \w+\.store/ },
    { title: 'the list of the search index', file: /^meta\.json$/, named: /Search index: / },
  ];

  for (const { title, file, named } of rows) {
    it(`mends ${title}`, () =>
      withIndex(workspace.tree.root, workspace.place.root, async (index) => {
        await index.save();
        const sound = dumpOf(index);
        const folder = index.status.indexFolder;
        flip(newest(folder, file));
        const before = names(folder);
        const found = await index.verify();
        assert.match(found.findings.join('\n'), named);
        assert.equal(found.ok, false);
        assert.deepEqual(names(folder), before);
        const { indexed } = index.work;
        const repaired = await index.repair();
        assert.match(repaired.message, /^Repaired: /);
        assert.equal(index.work.indexed, indexed, 'no file was extracted again');
        await index.settled();
        assert.deepEqual((await index.verify()).findings, []);
        assert.equal(dumpOf(index), sound);
        assert.equal((await index.repair()).message, 'Nothing to repair.');
        assert.ok(index.status.quarantine.items > 0);
      }));
  }

  it('feeds again only the files of the part of the search index that is damaged', () =>
    withIndex(workspace.tree.root, workspace.place.root, async (index) => {
      await index.save();
      const folder = index.status.indexFolder;
      const before = new Set(names(folder));
      workspace.tree.write('late.ts', 'export const late = lateValue;\n');
      index.hint(['late.ts']);
      await index.settled();
      await index.save();
      const sound = dumpOf(index);
      const added = names(folder).filter((name) => !before.has(name) && name.includes('.store '));
      assert.equal(added.length, 1);
      flip(join(folder, added[0]?.split(' ')[0] ?? ''));
      const { message } = await index.repair();
      assert.match(message, /kept what is sound of the search index and fed 1 of 41 files to it again from the facts/);
      assert.deepEqual((await index.verify()).findings, []);
      assert.equal(dumpOf(index), sound);
      const find = async (query: string): Promise<string[]> =>
        ((await index.search?.search({ query, limit: 10, offset: 0 }))?.hits ?? []).map(({ path }) => path);
      assert.deepEqual([await find('lateValue'), (await find('name7'))[0]], [['late.ts'], 'm7.ts']);
    }));

  it('is preceded by a verification that is remembered over a restart', async () => {
    await withIndex(workspace.tree.root, workspace.place.root, async (index) => {
      assert.equal(index.status.lastVerify, undefined);
      await index.verify();
    });
    await withIndex(workspace.tree.root, workspace.place.root, async (index) => {
      const { lastVerify } = index.status;
      assert.equal(lastVerify?.ok, true);
      assert.match(lastVerify.summary, /^Verified 40 files/);
      await index.save();
      flip(newest(index.status.indexFolder, /\.store$/));
      await index.verify();
    });
    await withIndex(workspace.tree.root, workspace.place.root, async (index) => {
      assert.deepEqual([index.status.lastVerify?.ok, index.status.lastVerify?.summary.slice(0, 7)], [false, 'Found 1']);
      return Promise.resolve();
    });
  });

  it('extracts again what neither store has, and only that', () =>
    withIndex(workspace.tree.root, workspace.place.root, async (index) => {
      await index.save();
      workspace.tree.write('m3.ts', 'export const other = 3;\n');
      assert.match((await index.verify()).findings.join(), /^m3\.ts changed on disk/);
      const { indexed } = index.work;
      assert.match((await index.repair()).message, /extracted 1 file again/);
      assert.equal(index.work.indexed - indexed, 1);
      await index.settled();
      assert.deepEqual((await index.verify()).findings, []);
    }));
});

/** Every file below a folder, but for the log and the note of the last verification, with its length. */
function names(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('audit') && !name.startsWith('verify'))
    .map((name) => `${name} ${statSync(join(folder, name)).size}`)
    .sort();
}

function newest(folder: string, pattern: RegExp): string {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name.split('/').at(-1) ?? '') && !name.startsWith('quarantine'))
    .map((name) => join(folder, name));
  return paths.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1) ?? '';
}

/** Flips a bit in the middle, in place: what is mapped changes, too. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(path, bytes, { flag: 'r+' });
}

describe('a search index with one damaged file', function () {
  this.timeout(120_000);
  const workspace = useWorkspace(modules);

  const damages: Readonly<Record<string, (path: string) => void>> = {
    'a flipped bit': flip,
    'no name': (path) => rmSync(path),
  };

  it('costs the files of the damaged part, and none when a list is damaged', async () => {
    const { tree, place } = workspace;
    const sound = await withIndex(tree.root, place.root, async (index) => {
      await index.save();
      for (const i of [1, 2]) tree.write(`m${i}.ts`, `export function changed${i}(): void {}\n`);
      index.hint(['m1.ts', 'm2.ts']);
      await index.settled();
      await index.save();
      tree.write('late.ts', 'export const late = lateValue;\n');
      index.hint(['late.ts']);
      await index.settled();
      await index.save();
      return { dump: dumpOf(index), answers: await answersOf(index) };
    });
    const fresh = createFileTree();
    try {
      const made = await withIndex(tree.root, fresh.root, async (index) => await answersOf(index));
      assert.deepEqual(sound.answers, made);
    } finally {
      fresh.dispose();
    }
    const [id = ''] = readdirSync(place.root);
    const kept = `${place.root}-sound`;
    cpSync(place.at(id), kept, { recursive: true, preserveTimestamps: true });
    const search = readdirSync(kept).find((name) => name.startsWith('search-')) ?? '';
    const files = readdirSync(join(kept, search)).filter((name) => !name.endsWith('.lock'));
    /** Of each part of the index, told by the beginning of its files' names: how many files were fed again. */
    const fed = new Map<string, Set<number>>();
    try {
      for (const file of files) {
        for (const [kind, damage] of Object.entries(damages)) {
          rmSync(place.at(id), { recursive: true });
          cpSync(kept, place.at(id), { recursive: true, preserveTimestamps: true });
          damage(place.at(`${id}/${search}/${file}`));
          await withIndex(tree.root, place.root, async (index) => {
            const { ok } = await index.verify();
            // What the opening does not see, as it reads no file whole, is for a repair.
            const said = ok ? index.status.opening?.repaired.join() : (await index.repair()).message;
            await index.settled();
            assert.deepEqual((await index.verify()).findings, [], `${file}, ${kind}: ${said}`);
            assert.equal(dumpOf(index), sound.dump, `${file}, ${kind}`);
            assert.deepEqual(await answersOf(index), sound.answers, `${file}, ${kind}`);
            const [, again] = /what is sound of the search index.* (\d+) of 41 files/i.exec(said ?? '') ?? [];
            const part = /^\w{32}/.exec(file)?.[0] ?? 'lists';
            fed.set(part, (fed.get(part) ?? new Set()).add(Number(again ?? NaN)));
            assert.match(
              readFileSync(place.at(`${id}/audit.log`), 'utf8'),
              /what is sound of search-\w+","detail":"taken over"/,
            );
          });
        }
      }
    } finally {
      rmSync(kept, { recursive: true });
    }
    const { lists, ...parts } = Object.fromEntries([...fed].map(([part, counts]) => [part, [...counts]]));
    assert.deepEqual(lists, [0]);
    assert.deepEqual(Object.values(parts).sort(), [[1], [2], [38]]);
  });

  it('is fed what came since it was pinned, when its list is damaged too', async () => {
    const { tree, place } = workspace;
    const sound = await withIndex(tree.root, place.root, async (index) => {
      await index.save();
      tree.write('m1.ts', 'export function changed1(): void {}\n');
      index.hint(['m1.ts']);
      await index.settled();
      assert.equal(index.status.unsaved.files, 1);
      return { dump: dumpOf(index), answers: await answersOf(index) };
    });
    flip(newest(place.root, /^meta\.json$/));
    await withIndex(tree.root, place.root, async (index) => {
      assert.match(index.status.opening?.repaired.join() ?? '', /search index is kept; 1 of 40 files are fed/);
      assert.deepEqual({ dump: dumpOf(index), answers: await answersOf(index) }, sound);
      assert.deepEqual((await index.verify()).findings, []);
    });
  });
});

/** Hits of searches for words that some, all and none of the files have, best first. */
async function answersOf(index: RootIndex): Promise<unknown> {
  const ask = async (query: string): Promise<string[]> => {
    const found = await index.search?.search({ query, limit: 100, offset: 0 });
    return (found?.hits ?? []).map(({ path, startLine }) => `${path}:${startLine}`).sort();
  };
  return Promise.all(['name1', 'changed2', 'lateValue', 'number', 'nowhere'].map(ask));
}

describe('rebuild', function () {
  this.timeout(60_000);
  const workspace = useWorkspace(modules);

  it('answers from the search index that is whole, until the new one is', () =>
    withIndex(workspace.tree.root, workspace.place.root, async (index) => {
      const count = async (): Promise<number> => {
        const { root, facts, search, status } = index;
        const params = { query: 'number', kind: 'ranked', limit: 100 } as const;
        const texts = { get: () => undefined, paths: () => [] };
        return (await searchRoot({ root, facts, search, status }, params, texts, 1 << 20)).hits.length;
      };
      assert.equal(await count(), 40);
      let isDone = false;
      const rebuilt = index.rebuild().finally(() => (isDone = true));
      const seen = new Set<number>();
      let asked = 0;
      for (; !isDone; asked++) seen.add(await count());
      assert.ok((await rebuilt).ok);
      assert.ok(asked > 1);
      assert.deepEqual([...seen], [40], 'never a part of it');
    }));

  it('tells what it did itself, whatever runs before it and beside it', () =>
    withIndex(workspace.tree.root, workspace.place.root, async (index) => {
      const before = { ...index.work };
      rmSync(join(workspace.tree.root, 'm39.ts'));
      const rebuilds = Promise.all([index.rebuild(), index.rebuild()]);
      workspace.tree.write('m0.ts', 'export const saved = 0;\n');
      index.hint(['m0.ts']);
      const told = (await rebuilds).map(({ ok, indexed, removed }) => ({ ok, indexed, removed }));
      assert.deepEqual(told, [
        { ok: true, indexed: 39, removed: 1 },
        { ok: true, indexed: 39, removed: 0 },
      ]);
      await index.settled();
      assert.ok(index.work.indexed - before.indexed <= 1, 'no more than the save');
      assert.deepEqual((await index.verify()).findings, []);
    }));

  it('that is cancelled leaves the search index that was there, and nothing beside it', () =>
    withIndex(workspace.tree.root, workspace.place.root, async (index) => {
      const folder = index.status.indexFolder;
      const search = (): string[] => readdirSync(folder).filter((name) => name.startsWith('search-'));
      const [before, sound] = [search(), dumpOf(index)];
      const cancel = new CancelSource();
      const rebuilt = index.rebuild(cancel.token);
      cancel.cancel();
      assert.match((await rebuilt).message, /^Cancelled: rebuild/);
      await index.settled();
      assert.deepEqual([search(), dumpOf(index)], [before, sound]);
      assert.deepEqual((await index.verify()).findings, []);
      assert.match((await index.rebuild()).message, /^Rebuilt the index: 40 files/);
      assert.equal(search().length, 1);
      assert.notDeepEqual(search(), before);
      assert.equal(dumpOf(index), sound);
      assert.deepEqual((await index.verify()).findings, []);
    }));
});
