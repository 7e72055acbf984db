// Every rung of an opening: damage in, what the audit log and the status say of it, and the dump of a sound index out.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { createFileTree, type FileTree } from '../support/fileTree';
import { dumpOf, withIndex } from '../support/indexes';

interface Row {
  readonly title: string;
  readonly damage: (index: Folder) => void;
  /** What the audit log says, as `event: detail` of the rungs, joined by newlines. */
  readonly audit: RegExp;
  readonly repaired: RegExp;
  /** Files that had to be read from the sources again. */
  readonly read: number;
}

/** Those of the snapshots; one more is in the journal between them. */
const files = 5;

const rows: readonly Row[] = [
  {
    title: '1: a damaged manifest: the one before it is in force',
    damage: (index) => index.flip(index.newest('manifest')),
    audit: /^manifest: The manifest .* is damaged: its checksum does not match/m,
    repaired: /manifest-\d+\.json is damaged/,
    read: 0,
  },
  {
    title: '2: a damaged snapshot: the one before it and its journals',
    damage: (index) => index.flip(index.newest('snapshot')),
    audit: /^snapshot: The content of .*snapshot-\d+\.seg does not have the hash/m,
    repaired: /snapshot-\d+\.seg does not have the hash/,
    read: 0,
  },
  {
    title: '3: meta.json of the search index is damaged',
    damage: (index) => index.flip(index.search('meta.json')),
    audit: /^search index: .+\nsearch index: taken over\nsearch index from the facts: fed/m,
    repaired: /search-\w+ is set aside: .*What is sound of the search index is kept; 0 of 6 files/s,
    read: 0,
  },
  {
    title: '3: a file of the search index is one byte short',
    damage: (index) => truncateSync(index.search('.store'), statSync(index.search('.store')).size - 1),
    audit:
      /^search index: \w+\.store has \d+ bytes instead of \d+\nsearch index: taken over\nsearch index from the facts/m,
    repaired: /\.store has \d+ bytes instead of .*What is sound of the search index is kept; 5 of 6 files/s,
    read: 0,
  },
  {
    title: '3: a file of the search index has another end',
    damage: (index) => index.flip(index.search('.idx'), -20),
    audit: /^search index: \w+\.idx does not end as it was committed/m,
    repaired: /does not end as it was committed/,
    read: 0,
  },
  {
    title: '3: a file of the search index is gone',
    damage: (index) => rmSync(index.search('.term')),
    audit: /^search index: \w+\.term cannot be read/m,
    repaired: /\.term cannot be read/,
    read: 0,
  },
  {
    title: "3: the search index lost Tantivy's list of its files",
    damage: (index) => writeFileSync(index.search('.managed.json'), '[]\n'),
    audit: /^search index: .* is not in its list of files/m,
    repaired: /is not in its list of files/,
    read: 0,
  },
  {
    title: '5: no snapshot can be read: the facts come from the search index',
    damage: (index) => index.all('snapshot').forEach((path) => index.flip(path)),
    audit: /^snapshot from the search index: 6 files/m,
    repaired: /The facts of 6 files were read back from the search index/,
    read: 0,
  },
  {
    title: '6: the search index is gone as a whole',
    damage: (index) => rmSync(index.searchFolder(), { recursive: true }),
    audit: /^search index from the facts: fed/m,
    repaired: /The search index is made anew/,
    read: 0,
  },
  {
    title: '7: neither store can be read',
    damage: (index) => {
      index.all('snapshot').forEach((path) => index.flip(path));
      rmSync(index.searchFolder(), { recursive: true });
    },
    audit: /^scan: [1-9]\d* to look at/m,
    repaired: /snapshot-\d+\.seg/,
    read: files,
  },
  {
    title: '7: the search index turns out to be damaged while the facts are read from it',
    damage: (index) => {
      index.all('snapshot').forEach((path) => index.flip(path));
      index.flip(index.search('.store'), 40);
    },
    audit: /^snapshot from the search index: .*\nfacts from the sources/m,
    repaired: /Neither the snapshot nor the search index can be read/,
    read: files,
  },
];

describe('opening, rung', function () {
  this.timeout(60_000);
  let tree: FileTree;
  let place: FileTree;

  beforeEach(async () => {
    tree = createFileTree({
      'src/a.ts': 'export function alpha(): number { return beta(); }\nexport function beta(): number { return 1; }\n',
      'src/b.ts': "import { alpha } from './a';\nexport const gamma = alpha();\n",
      'c.py': 'class Delta:\n    def epsilon(self):\n        return zeta\n',
      'docs/d.md': '# Eta\n\nProse about theta.\n',
      'e.rs': 'pub fn iota() -> u32 { kappa() }\n',
    });
    place = createFileTree();
    await withIndex(tree.root, place.root, async (index) => {
      await index.save();
      tree.write('f.go', 'package main\n\nfunc lambda() {}\n');
      index.hint(['f.go']);
      await index.settled();
      await index.save();
    });
  });

  afterEach(() => {
    tree.dispose();
    place.dispose();
  });

  for (const { title, damage, audit, repaired, read } of rows) {
    it(title, async () => {
      const folder = new Folder(place);
      const sound = await withIndex(tree.root, place.root, async (index) => Promise.resolve(dumpOf(index)));
      damage(folder);
      await withIndex(tree.root, place.root, async (index) => {
        assert.match(folder.audit(), audit);
        assert.match(index.status.opening?.repaired.join('\n') ?? '', repaired);
        assert.equal(index.work.indexed, read);
        assert.equal(dumpOf(index), sound);
        assert.deepEqual(await found(index), ['src/a.ts', 'src/b.ts']);
        const { message, findings } = await index.verify();
        assert.deepEqual(findings, [], message);
        assert.match(folder.audit(), /^new manifest: generation \d+$/m);
      });
      await withIndex(tree.root, place.root, async (index) => {
        assert.deepEqual(index.status.opening?.repaired, []);
        assert.deepEqual([index.work.indexed, dumpOf(index)], [0, sound]);
        return Promise.resolve();
      });
    });
  }
});

async function found(index: RootIndex): Promise<string[]> {
  const hits = (await index.search?.search({ query: 'alpha', limit: 10, offset: 0 }))?.hits ?? [];
  return [...new Set(hits.map(({ path }) => path))].sort();
}

/** The one index below a folder of indexes. */
class Folder {
  readonly path: string;

  constructor(place: FileTree) {
    this.path = join(place.root, readdirSync(place.root)[0] ?? '');
  }

  /** Files of a kind, by their generation. */
  all(kind: 'manifest' | 'snapshot'): string[] {
    const names = readdirSync(this.path).filter((name) => name.startsWith(`${kind}-`));
    const generation = (name: string): number => Number(/\d+/.exec(name)?.[0]);
    return names.sort((a, b) => generation(a) - generation(b)).map((name) => join(this.path, name));
  }

  newest(kind: 'manifest' | 'snapshot'): string {
    return this.all(kind).at(-1) ?? '';
  }

  searchFolder(): string {
    return join(this.path, readdirSync(this.path).find((name) => name.startsWith('search-')) ?? '');
  }

  /** The largest file of the search index whose name ends so. */
  search(ending: string): string {
    const paths = readdirSync(this.searchFolder())
      .filter((name) => name.endsWith(ending))
      .map((name) => join(this.searchFolder(), name));
    return paths.sort((a, b) => statSync(b).size - statSync(a).size)[0] ?? '';
  }

  /** Flips a bit of a file, at an offset or, counted from the end, at a negative one; in the middle without. */
  flip(path: string, offset?: number): void {
    const bytes = readFileSync(path);
    const at = offset === undefined ? bytes.length >> 1 : offset < 0 ? bytes.length + offset : offset;
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    writeFileSync(path, bytes);
  }

  /** The rungs in the audit log, a line `event: detail` each. */
  audit(): string {
    const lines = readFileSync(join(this.path, 'audit.log'), 'utf8').trim().split('\n');
    return lines
      .map((line) => JSON.parse(line) as { event: string; detail: string; rung?: number; ms?: number })
      .filter(({ rung }) => rung !== undefined)
      .map(({ event, detail }) => `${event}: ${detail}`)
      .join('\n');
  }
}
