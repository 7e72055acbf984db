import assert from 'node:assert/strict';
import { blake3 } from '../../../native';
import { FactStore } from '../../../server/facts/factStore';
import { ledgerSteps } from '../../../server/model/stageAudit';
import type { SearchParams, SearchResult } from '../../../server/protocol';
import { explainFile } from '../../../server/query/explain';
import { QueryError } from '../../../server/query/queryError';
import { searchRoot, type SearchedIndex } from '../../../server/query/search';
import { openSearchStore, type SearchStore } from '../../../server/search/searchStore';
import { CancelSource } from '../../../server/util/cancelSource';
import { CancellationError } from '../../../server/util/cancellation';
import { openRoot } from '../../../server/workspace/roots';
import { createFileTree, type FileTree } from '../../support/fileTree';
import { segmentOf, type FileOutline } from '../../support/rows';
import { pathToFileURL } from 'node:url';

const maxFileBytes = 1 << 20;

const texts = {
  'src/lock.ts': 'class Lock\n  // takes the mutex, waits\n  method acquire\nfunction release mutex',
  'src/lock.test.ts': 'function testLock mutex',
  'doc/lock.md': 'string Mutexes are explained',
  'data/mutex.json': 'key mutex',
};

const outlines: FileOutline[] = [
  {
    path: 'src/lock.ts',
    symbols: 'class Lock\n  \n  method acquire\nfunction release',
    chunks: [
      { mode: 'code', startLine: 0, endLine: 2 },
      { mode: 'extracted-prose', startLine: 1, endLine: 1 },
      { mode: 'code', startLine: 3, endLine: 3 },
    ],
  },
  {
    path: 'src/lock.test.ts',
    symbols: 'function testLock',
    flags: ['test'],
    chunks: [{ mode: 'code', startLine: 0, endLine: 0 }],
  },
  { path: 'doc/lock.md', mode: 'prose', language: 'markdown', chunks: [{ mode: 'prose', startLine: 0, endLine: 0 }] },
  {
    path: 'data/mutex.json',
    mode: 'records',
    language: 'json',
    chunks: [{ mode: 'records', startLine: 0, endLine: 0 }],
  },
  { path: 'logo.png', skip: 'binary', detail: 'NUL at byte 7' },
];

describe('a search', () => {
  let tree: FileTree;
  let index: SearchedIndex & { readonly facts: FactStore };
  const dirty = new Map<string, string>();
  const openTexts = { get: (path: string) => dirty.get(path), paths: () => dirty.keys() };

  beforeEach(async () => {
    tree = createFileTree({ ...texts, 'logo.png': 'mutex', 'not-indexed.ts': 'mutex' });
    dirty.clear();
    index = await open();
  });
  afterEach(() => tree.dispose());

  async function open(search?: SearchStore): Promise<typeof index> {
    const facts = new FactStore();
    const hashed = outlines.map((outline) => {
      const text = texts[outline.path as keyof typeof texts] as string | undefined;
      return text === undefined ? outline : { ...outline, text, hash: blake3(Buffer.from(text)) };
    });
    facts.apply(segmentOf(...hashed));
    const root = await openRoot(pathToFileURL(tree.root).href, 'project');
    return { root, facts, search, status: { name: 'project', state: 'ready' } };
  }

  function ask(params: Partial<SearchParams>): Promise<SearchResult> {
    return searchRoot(index, { query: 'mutex', kind: 'text', limit: 100, ...params }, openTexts, maxFileBytes);
  }

  async function lines(params: Partial<SearchParams>): Promise<string[]> {
    const { hits } = await ask(params);
    return hits.map(({ path, line, mode, symbol = '-' }) => `${path}:${line} ${mode} ${symbol}`);
  }

  describe('for text', () => {
    it('finds lines of indexed files, with their mode and symbol, in path order', async () => {
      assert.deepEqual(await lines({}), [
        'data/mutex.json:0 records -',
        'doc/lock.md:0 prose -',
        'src/lock.test.ts:0 code testLock',
        'src/lock.ts:1 extracted-prose Lock',
        'src/lock.ts:3 code release',
      ]);
    });

    it('says where in the line, and how much there is', async () => {
      const result = await ask({ query: 'lock', caseSensitive: true, include: ['*.ts'] });
      assert.deepEqual([result.hits.length, result.total, result.cut], [0, 0, false]);
      const { hits, total, files, cut, notice } = await ask({ query: 'm.tex', regex: true, limit: 2 });
      assert.deepEqual(hits[0]?.ranges, [[4, 9]]);
      assert.equal(hits[0].uri, pathToFileURL(tree.at('data/mutex.json')).href);
      assert.equal(hits.length, 2);
      assert.ok(cut && total >= 2 && files >= 2);
      assert.equal(notice, undefined);
    });

    it('keeps to modes, includes and excludes', async () => {
      assert.deepEqual(await lines({ modes: ['extracted-prose'] }), ['src/lock.ts:1 extracted-prose Lock']);
      assert.deepEqual(await lines({ modes: ['code'], exclude: ['*.test.ts'] }), ['src/lock.ts:3 code release']);
      assert.deepEqual(await lines({ include: ['doc', 'data'], modes: ['prose'] }), ['doc/lock.md:0 prose -']);
    });

    it('searches what an editor shows instead of the file', async () => {
      dirty.set('doc/lock.md', 'nothing here\nbut a mutex there');
      dirty.set('not-indexed.ts', 'mutex');
      const found = await lines({ include: ['doc', 'not-indexed.ts'] });
      assert.deepEqual(found, ['doc/lock.md:1 prose -']);
      assert.deepEqual(await lines({ query: 'explained' }), []);
    });

    it('explains a regular expression that is none', async () => {
      await assert.rejects(ask({ query: 'mutex(', regex: true }), (error) => {
        assert.ok(error instanceof QueryError);
        assert.equal(error.part, 'regex');
        assert.equal(error.message, 'This is no regular expression: unclosed group.');
        return true;
      });
      await assert.rejects(ask({ query: 'ab[', regex: true }), {
        message: 'This is no regular expression: unclosed character class, at character 3.',
      });
      assert.deepEqual(await lines({ query: 'mutex(' }), []);
    });

    it('refuses what it cannot answer', async () => {
      for (const params of [
        { query: ' ' },
        { query: 'x'.repeat(1025) },
        { limit: 0 },
        { limit: 10_001 },
        { contextLines: -1 },
        { include: ['[a'] },
      ]) {
        await assert.rejects(ask(params), QueryError, JSON.stringify(params));
      }
      await assert.rejects(ask({ include: ['[a'] }), /^QueryError: "\[a" is not a glob/);
    });

    it('ends when nobody waits any more', async () => {
      const source = new CancelSource();
      source.cancel();
      const params: SearchParams = { query: 'mutex', kind: 'text', limit: 10 };
      await assert.rejects(searchRoot(index, params, openTexts, maxFileBytes, source.token), CancellationError);
    });

    it('says that the index is still building', async () => {
      const progress = { stage: 'extracting', done: 1204, total: 8330 } as const;
      index = { ...index, status: { name: 'project', state: 'indexing', progress } };
      assert.equal((await ask({})).notice, 'The index of project is building: 1,204 of 8,330 files.');
    });
  });

  describe('by rank', () => {
    let folder: FileTree;
    beforeEach(async () => {
      folder = createFileTree();
      const search = await openSearchStore(folder.at('search'), {
        create: true,
        writable: true,
        memoryBytes: 32 << 20,
        secret: 'test',
      });
      index = await open(search);
      const rows = outlines.slice(0, 4).map(({ path }) => index.facts.find(path));
      await search.apply(
        tree.root,
        1,
        rows.flatMap((row) => row ?? []),
        [],
      );
      await search.commit({ indexId: 'test', seq: 1 });
    });
    afterEach(async () => {
      await index.search?.close();
      folder.dispose();
    });

    it('shows the line of each chunk that has the words', async () => {
      const { hits } = await ask({ query: 'explained', kind: 'ranked' });
      assert.deepEqual(
        hits.map(({ path, line, text, mode }) => [path, line, text, mode]),
        [['doc/lock.md', 0, 'string Mutexes are explained', 'prose']],
      );
      assert.ok((hits[0]?.score ?? 0) > 0);
    });

    it('keeps to filters, also those that only the facts can answer', async () => {
      const paths = async (query: string): Promise<string[]> =>
        (await ask({ query, kind: 'ranked' })).hits.map(({ path }) => path).sort();
      assert.deepEqual(await paths('mutex is:test'), ['src/lock.test.ts']);
      assert.deepEqual(await paths('mutex lang:json'), ['data/mutex.json']);
      assert.deepEqual(await paths('mutex path:src/ -is:test mode:code'), ['src/lock.ts', 'src/lock.ts']);
      await assert.rejects(paths('mutex lang:jsn'), /Did you mean lang:json\?/);
      await assert.rejects(ask({ query: 'mutex mode:code', kind: 'ranked', modes: ['prose'] }), /exclude each other/);
    });

    it('keeps to what the symbols of a hit are, and shows their lines', async () => {
      const places = async (query: string): Promise<string[]> =>
        (await ask({ query, kind: 'ranked' })).hits.map(({ path, line, mode }) => `${path}:${line} ${mode}`).sort();
      assert.deepEqual(await places('mutex kind:function -is:test'), ['src/lock.ts:3 code']);
      assert.deepEqual(await places('sym:acq'), []);
      assert.deepEqual(await places('sym:acquire'), ['src/lock.ts:2 code']);
      assert.deepEqual(await places('sym:acquire kind:class'), []);
      assert.deepEqual(await places('mutex in:lock mode:code'), ['src/lock.ts:1 code']);
      assert.deepEqual(await places('mutex in:lock mode:extracted-prose'), ['src/lock.ts:1 extracted-prose']);
      assert.deepEqual(await places('mutex in:Lock -kind:class -kind:method'), []);
      assert.deepEqual(await places('mutex is:export'), []);
      // What has no symbols has none that are exported.
      assert.deepEqual(await places('mutex -is:export mode:records'), ['data/mutex.json:0 records']);
    });

    it('shows each line once, though a comment is also a part of the code around it', async () => {
      const { hits, total } = await ask({ query: 'takes mutex', kind: 'ranked' });
      assert.deepEqual(
        hits.map(({ path, line }) => `${path}:${line}`),
        ['src/lock.ts:1'],
      );
      assert.equal(total, 1);
    });

    it('takes an extension for its language', async () => {
      const { hits } = await ask({ query: 'explained lang:md', kind: 'ranked' });
      assert.deepEqual(
        hits.map(({ path }) => path),
        ['doc/lock.md'],
      );
      await assert.rejects(ask({ query: 'mutex lang:rb', kind: 'ranked' }), /No indexed file has the language "rb"/);
    });

    it('keeps to files that changed', async () => {
      assert.equal((await ask({ query: 'mutex changed:1d', kind: 'ranked' })).total, 0);
      const age = Math.ceil(Date.now() / 604_800_000);
      assert.ok((await ask({ query: `mutex changed:${age}w`, kind: 'ranked' })).total > 0);
    });

    it('takes a phrase for what it says', async () => {
      const total = async (query: string): Promise<number> => (await ask({ query, kind: 'ranked' })).total;
      assert.deepEqual([await total('"takes the mutex" mode:code'), await total('"mutex takes"')], [1, 0]);
    });

    it('shows what an editor shows', async () => {
      dirty.set('doc/lock.md', 'all explained anew');
      const { hits } = await ask({ query: 'explained', kind: 'ranked' });
      assert.deepEqual(
        hits.map(({ text }) => text),
        ['all explained anew'],
      );
    });
  });

  describe('for the reason why a file is (not) in the index', () => {
    const unfed = 'doc/lock.md';
    const times = { foundMs: 1e12, readMs: 1e12 + 1, micros: 1500, journaledMs: 1e12 + 20, searchableMs: 1e12 + 300 };

    function explain(path: string) {
      const known = {
        root: index.root,
        facts: index.facts,
        excludes: ['/not-indexed.ts'],
        isBeyondLimit: () => false,
        isSearchable: (each: string) => each !== unfed,
        times: (each: string) => Promise.resolve(each === 'src/lock.ts' ? times : undefined),
      };
      return explainFile(known, path, `file:///${path}`, maxFileBytes);
    }

    async function verdict(path: string): Promise<string> {
      const { verdict, summary } = await explain(path);
      return `${verdict}: ${summary}`;
    }

    /** Each step with its status, and what came of the last one that was reached. */
    async function way(path: string): Promise<string> {
      const { ledger } = await explain(path);
      assert.deepEqual(ledger.length === 0 ? ledgerSteps : ledger.map(({ step }) => step), ledgerSteps);
      const last = ledger.filter(({ status }) => status !== 'notReached').at(-1)?.detail ?? 'nothing';
      return `${ledger.map(({ status }) => status).join(' ')}: ${last}`;
    }

    it('tells how far the file came on its way into the index', async () => {
      tree.write('new.ts', 'x');
      const rest = 'notReached notReached notReached notReached';
      assert.equal(await way('src/lock.ts'), 'done done done done done done: its text is in the search index');
      assert.match(await way(unfed), /^done done done done done waiting: it is fed to the search index shortly/);
      assert.equal(await way('logo.png'), `done done skipped ${rest.slice(11)}: not text (NUL at byte 7)`);
      assert.equal(await way('new.ts'), `waiting notReached ${rest}: a scan has still to reach it`);
      assert.match(await way('not-indexed.ts'), /^skipped (notReached ?){5}: ignored by the rule/);
      assert.equal(await way('nowhere.ts'), ': nothing');
      const { ledger } = await explain('src/lock.ts');
      const [discovered, hashed, , extracted, journaled, searchable] = ledger;
      assert.deepEqual(
        [discovered, hashed, journaled, searchable].map((entry) => entry?.at?.slice(11, -1)),
        ['01:46:40.000', '01:46:40.001', '01:46:40.020', '01:46:40.300'],
      );
      const unknown = (await explain(unfed)).ledger.map(({ step, at }) => (at === undefined ? '' : step));
      assert.deepEqual(unknown.join(' ').trim(), 'hashed');
      assert.match(extracted?.detail ?? '', /^3 symbols, 0 imports, /);
      assert.equal(extracted?.ms, 1.5);
      assert.ok((journaled?.bytes ?? 0) > 0);
      tree.write('src/lock.ts', 'changed');
      assert.equal(await way('src/lock.ts'), `done waiting ${rest}: it changed since, and is read again shortly`);
    });

    it('answers in one sentence', async () => {
      tree.write('new.ts', 'x');
      assert.equal(await verdict('src/lock.ts'), 'indexed: Indexed with 3 symbols.');
      assert.equal(await verdict('logo.png'), 'skipped: It is not indexed: not text (NUL at byte 7).');
      assert.equal(await verdict('src'), 'indexed: A folder with 2 indexed files.');
      assert.equal(await verdict('nowhere.ts'), 'missing: There is no such file on disk.');
      assert.equal(
        await verdict('new.ts'),
        'stale: It is not indexed yet: it is new, or a scan has still to reach it.',
      );
      assert.match(await verdict('not-indexed.ts'), /^ignored: It is ignored by the rule "\/not-indexed.ts" \(.+\)\.$/);
    });

    it('notices that the content is another one', async () => {
      tree.write('src/lock.ts', 'changed');
      assert.equal(await verdict('src/lock.ts'), 'stale: It is indexed, but changed since; it is read again shortly.');
    });

    it('names the limit of a file that is indexed in part', async () => {
      const hash = blake3(Buffer.from(texts['doc/lock.md']));
      index.facts.apply(segmentOf({ path: 'doc/lock.md', limit: 'noGrammar', mode: 'prose', hash }));
      assert.equal(await verdict('doc/lock.md'), 'textOnly: Indexed, but no grammar for its language: text only.');
      index.facts.apply(segmentOf({ path: 'doc/lock.md', limit: 'syntaxErrors', mode: 'prose', hash }));
      assert.match(await verdict('doc/lock.md'), /^partial: /);
    });

    it('does not say of a file that nobody can look at that it is missing', async () => {
      const { verdict, reason, summary } = await explain('n'.repeat(300));
      assert.deepEqual([verdict, reason], ['skipped', 'unreadable']);
      assert.match(summary, /refused to read it \(ENAMETOOLONG/);
    });

    it('knows files outside of the workspace', async () => {
      const { verdict, path } = await explainFile(undefined, '', 'file:///elsewhere', maxFileBytes);
      assert.deepEqual([verdict, path], ['outside', '']);
    });
  });
});
