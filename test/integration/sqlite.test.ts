// The SQLite form of a real index: it holds what the index holds, follows it, answers within its limits, and is made
// anew when it is damaged.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { ask as answer, patiently } from '../../server/export/sqlite/queries';
import type { SqliteForm } from '../../server/export/sqlite/sqliteForm';
import { SqliteProcess } from '../../server/export/sqlite/sqliteProcess';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import type { WorkspaceIndexes } from '../../server/pipeline/workspaceIndexes';
import type { SqlResult, SqlValue } from '../../server/protocol';
import { formOf } from '../../server/sharing/sqlForm';
import { CancelSource } from '../../server/util/cancelSource';
import { CancellationError } from '../../server/util/cancellation';
import { fileEdits, perform } from '../support/fileEdits';
import { dumpOf, withIndex } from '../support/indexes';
import { sqliteDump } from '../support/sqliteDump';
import { withTemporaryFolder } from '../support/temporaryFolder';

const paths = ['a.ts', 'deep/b.py', 'it\'s "quoted".ts', '𝄞/ünï.md', '__proto__/c.go', 'semi;colon--.json'] as const;
const contents = [
  'export function one(a: number): number {\n  return two(a);\n}\n',
  'def three(x):\n    """Third \'one\'."""\n    return four(x)\n\nclass Five(Base):\n    def six(self): pass\n',
  '# Title "quoted" \\ \'; DROP TABLE files; --\n\nText 𝄞.\n\n## Part\n\nMore.\n',
  'const s = "ä𝄞"; export class __proto__ extends constructor { toString = () => hasOwnProperty(); }\n',
  'package p\n\nimport "fmt"\n\n// Run runs.\nfunc (r *Runner) Run() { fmt.Println("x") }\n',
  '{ "key": [1, 2], "__proto__": { "x": null } }\n',
  '',
  'nul\0byte',
] as const;

/** Of 5,000 functions. */
const manySymbols = Array.from(
  { length: 5000 },
  (_, i) => `export function name${i}(): number { return ${i}; }\n`,
).join('');

/** Of one function by all the others. */
const manyCalls = `export function called() {}\n${Array.from(
  { length: 5100 },
  (_, i) => `function f${i}() { called(); }\n`,
).join('')}`;

const step = fc.oneof(...fileEdits(paths, contents), {
  weight: 2,
  arbitrary: fc.record({ kind: fc.constantFrom('query' as const, 'restart' as const) }),
});

describe('the SQLite form of an index', function () {
  this.timeout(180_000);

  it('holds what the index holds, after random edits and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) =>
        withForm({}, async ({ root, index, form, reopen }) => {
          let opened = { index, form };
          for (const each of steps) {
            if (each.kind === 'restart') opened = reopen();
            await perform(root, each);
            opened.index.hint(paths);
            await opened.index.settled();
            if (each.kind === 'query') await checkWhole(opened.index, opened.form);
          }
          await checkWhole(opened.index, opened.form);
        }),
      ),
      { numRuns: 6, seed: 20261121 },
    );
  });

  it('opens in another SQLite, whole', async function () {
    if (spawnSync('sqlite3', ['--version']).status !== 0) {
      console.log('    skipped: there is no sqlite3 to open it with');
      return this.skip();
    }
    await withForm({ 'a.ts': contents[0], 'b.md': contents[2] }, async ({ root, index, form }) => {
      await ask(form, 'SELECT 1');
      await writeFile(join(root, 'b.md'), '# Other\n\nwords\n');
      index.hint(['b.md']);
      await index.settled();
      await ask(form, 'SELECT 1');
      const check = `PRAGMA integrity_check; INSERT INTO chunk_search(chunk_search) VALUES ('integrity-check');
        SELECT count(*) FROM chunk_search WHERE text MATCH 'quoted'; SELECT snippet(chunk_search) FROM chunk_search
        WHERE text MATCH 'words'; SELECT path, name FROM symbols_with_path WHERE kind = 'function'`;
      const { stdout, stderr } = spawnSync('sqlite3', [form.file ?? '', check]);
      assert.equal(stderr.toString(), '');
      assert.equal(stdout.toString(), 'ok\n0\n# Other\n\n<b>words</b>\n\na.ts|one\n');
    });
  });

  it('has the text of chunks while it is that of the facts, and finds words of it', () =>
    withForm({ 'a.md': '# Éclair\n\nwhisk the eggs_white\n' }, async ({ index, root, form }) => {
      const find = async (words: string): Promise<SqlValue[]> =>
        (
          await ask(
            form,
            `SELECT path FROM chunk_search JOIN chunks_with_path ON docid = id WHERE text MATCH '${words}'`,
          )
        ).rows.map(([first]) => first ?? null);
      assert.deepEqual(await find('whisk'), ['a.md']);
      assert.deepEqual(await find('éclair'), ['a.md']);
      assert.deepEqual(await find('eggs'), []);
      assert.deepEqual(await find('"the eggs_white"'), ['a.md']);
      await writeFile(join(root, 'a.md'), 'fold in the flour\n');
      index.hint(['a.md']);
      await index.settled();
      assert.deepEqual(await find('whisk'), []);
      assert.deepEqual(await find('flour'), ['a.md']);
      assert.deepEqual((await ask(form, 'SELECT text FROM chunk_text')).rows, [['fold in the flour\n']]);
    }));

  it('has edges and metrics that are those of the facts when asked', () =>
    withForm(
      {
        'a.ts':
          "import { two } from './b';\nimport fs from 'fs';\nexport function one() {\n  return two() + fs.x();\n}\n",
        'b.ts': 'export function two() {\n  return 2;\n}\n',
      },
      async ({ index, root, form }) => {
        const edges = `SELECT path, source_name, kind, status, target_path, target_name, module FROM edges_with_path
          WHERE kind IN ('call', 'import') ORDER BY path, kind, origin`;
        const first = await ask(form, edges);
        assert.deepEqual(first.rows, [
          ['a.ts', 'one', 'call', 'resolved', 'b.ts', 'two', null],
          ['a.ts', 'one', 'call', 'external', null, null, 'fs'],
          ['a.ts', null, 'import', 'resolved', 'b.ts', 'two', null],
          ['a.ts', null, 'import', 'external', null, null, 'fs'],
        ]);
        assert.match(first.notice ?? '', /Edges and metrics were made first/);
        const metrics = `SELECT m.name, f.path, s.name, value FROM metrics m JOIN files f ON f.id = m.file
          LEFT JOIN symbols s ON s.id = m.symbol ORDER BY 1, 2`;
        const counted = await ask(form, metrics);
        assert.equal(counted.notice, undefined);
        assert.deepEqual(counted.rows, [
          ['callees', 'a.ts', 'one', 1],
          ['callers', 'b.ts', 'two', 1],
          ['imported_by', 'b.ts', null, 1],
          ['imports', 'a.ts', null, 1],
        ]);
        await writeFile(join(root, 'a.ts'), "import { two } from './b';\nfunction gone() {}\nexport class A {}\n");
        await writeFile(join(root, 'b.ts'), "import { A } from './a';\nexport function two(): A {\n  return 2;\n}\n");
        index.hint(['a.ts', 'b.ts']);
        await index.settled();
        assert.deepEqual((await ask(form, metrics)).rows, [
          ['dead_candidate', 'a.ts', 'gone', 1],
          ['import_cycle', 'a.ts', null, 2],
          ['import_cycle', 'b.ts', null, 2],
          ['imported_by', 'a.ts', null, 1],
          ['imported_by', 'b.ts', null, 1],
          ['imports', 'a.ts', null, 1],
          ['imports', 'b.ts', null, 1],
        ]);
        await writeFile(join(root, 'b.ts'), 'export function three() {}\n');
        index.hint(['b.ts']);
        await index.settled();
        assert.deepEqual(
          (await ask(form, edges)).rows.filter(([, , , status]) => status === 'resolved'),
          [],
        );
        assert.deepEqual((await ask(form, "SELECT name FROM metrics WHERE name LIKE 'call%'")).rows, []);
      },
    ));

  it('follows the index by itself, but is not made unasked', () =>
    withForm({ 'a.ts': contents[0] }, async ({ index, root, form, indexFolder }) => {
      const change = async (content: string): Promise<void> => {
        await writeFile(join(root, 'a.ts'), content);
        index.hint(['a.ts']);
        await index.settled();
      };
      index.onDidApply = (changed) => form.noteChanged(changed);
      await change(contents[3]);
      await form.settled();
      assert.ok(!existsSync(join(indexFolder(), 'sqlite')));
      await ask(form, 'SELECT 1');
      await change('export const later = 1;\n');
      await form.settled();
      const { stdout, error } = spawnSync('sqlite3', [form.file ?? '', 'SELECT name FROM symbols']);
      if (error === undefined) assert.equal(stdout.toString(), 'later\n');
    }));

  it('answers each query while another process writes', () =>
    withForm({ 'a.ts': contents[0] }, async ({ root, form }) => {
      await ask(form, 'SELECT 1');
      const file = form.file ?? '';
      const place = { file, temporary: dirname(file) };
      const program = join(process.cwd(), 'dist', 'sqlite.js');
      const [writer, reader] = [new SqliteProcess(program, () => 1 << 20), new SqliteProcess(program, () => 1 << 20)];
      try {
        let isOver = false;
        const writing = (async () => {
          for (let seq = 1; !isOver; seq++) {
            const nothing = { root, put: [], removed: [] };
            await patiently(() => writer.run({ kind: 'update', place, seq, ...nothing }));
          }
        })();
        const query = { query: 'SELECT count(*) FROM files', limit: 1, timeoutMs: 60_000 };
        for (let i = 0; i < 1000; i++) {
          const { rows, error } = await answer(reader, place, query, new CancelSource().token);
          assert.deepEqual([rows, error], [[[1]], undefined]);
        }
        isOver = true;
        await writing;
      } finally {
        for (const each of [writer, reader]) each.end();
      }
    }));

  it('cuts what is too much, and says so', () =>
    withForm({ 'a.md': 'x' }, async ({ form }) => {
      const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n';
      const some = await ask(form, numbers, 3);
      assert.deepEqual([some.rows, some.cut], [[[1], [2], [3]], true]);
      const all = await ask(form, numbers, 10);
      assert.deepEqual([all.rows.length, all.cut], [10, false]);
      const values = await ask(form, "SELECT 9007199254740993, 0.5, NULL, x'00ff', 'é' AS e");
      assert.deepEqual(values.columns.at(-1), 'e');
      assert.deepEqual(values.rows, [['9007199254740993', 0.5, null, "x'00ff'", 'é']]);
      const long = await ask(form, "SELECT printf('%.*c', 3000000, 'x')");
      assert.deepEqual([String(long.rows[0]?.[0]).length, long.cut], [1 << 20, true]);
      const much = await ask(
        form,
        "SELECT printf('%.*c', 900000, 'x') FROM (SELECT 1 UNION ALL SELECT 2), " + `(${numbers})`,
      );
      assert.deepEqual([much.rows.length, much.cut], [19, true]);
    }));

  it('says where an error is, and writes nothing', () =>
    withForm({ 'a.md': 'x' }, async ({ form }) => {
      const about = async (query: string): Promise<string | undefined> => {
        const { error, rows } = await ask(form, query);
        assert.deepEqual(rows, []);
        const place = error?.start === undefined ? '' : query.slice(error.start, error.end);
        return error && `${error.message} [${place}]`;
      };
      assert.equal(await about('SELECT a FROM FROM files'), 'Near "FROM": syntax error. [FROM]');
      assert.equal(await about("SELECT 'nope', nope FROM files"), 'No such column: nope. [nope]');
      assert.equal(await about('SELECT * FROM nope'), 'No such table: nope. [nope]');
      assert.equal(await about('SELECT (1'), 'The query ends too early. []');
      assert.match((await about('DELETE FROM files')) ?? '', /can only be read. \[DELETE\]$/);
      assert.match((await about('SELECT 1; SELECT 2')) ?? '', /^One statement at a time.* \[SELECT\]$/);
      assert.equal(await about('-- nothing\n;'), 'The query is empty. []');
      assert.equal(await about('WITH x AS (SELECT 1) DELETE FROM files'), 'The database can only be read. []');
      assert.match((await about("SELECT * FROM pragma_table_info('files') JOIN nope.files")) ?? '', /^No such table/);
      const before = readFileSync(form.file ?? '');
      for (const query of ['PRAGMA user_version = 5', 'PRAGMA journal_mode = WAL', 'PRAGMA writable_schema = 1']) {
        await ask(form, query);
      }
      assert.ok(readFileSync(form.file ?? '').equals(before));
    }));

  it('ends a query that takes too long, or that nobody waits for any more', () =>
    withForm({ 'a.md': 'x' }, async ({ form }) => {
      const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
      const late = await ask(form, endless, 10, 300);
      assert.match(late.error?.message ?? '', /^The query was ended after 0.3 s/);
      const cancel = new CancelSource();
      const cancelled = form.query({ query: endless, limit: 10, timeoutMs: 60_000 }, cancel.token);
      setTimeout(() => cancel.cancel(), 300);
      await assert.rejects(cancelled, CancellationError);
      assert.deepEqual((await ask(form, 'SELECT 1')).rows, [[1]]);
    }));

  const damages: Readonly<Record<string, (file: string) => void>> = {
    'cut short': (file) => truncateSync(file, statSync(file).size / 2),
    'filled with noise': (file) => {
      const bytes = readFileSync(file);
      bytes.fill(0xa5, 8192);
      writeFileSync(file, bytes);
    },
    'no database at all': (file) => writeFileSync(file, 'not a database '.repeat(100)),
    empty: (file) => writeFileSync(file, ''),
    'of another version': (file) =>
      void spawnSync('sqlite3', [file, "UPDATE meta SET value = 0 WHERE key = 'schema_version'"]),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`is made anew, with a notice, when it is ${what}`, () =>
      withForm({ 'a.ts': contents[0], 'b.md': contents[2] }, async ({ index, form }) => {
        await ask(form, 'SELECT 1');
        damage(form.file ?? '');
        const { rows, notice } = await ask(
          form,
          'SELECT path FROM files WHERE path IN (SELECT path FROM symbols_with_path) ORDER BY 1',
        );
        assert.deepEqual(rows, [['a.ts'], ['b.md']]);
        assert.match(notice ?? '', /made (anew|first)/);
        await checkWhole(index, form);
      }));
  }

  it('is written by tasks of its queue, which answer a query also while the user types, and tells its memory', () =>
    withForm({ 'a.ts': contents[0] }, async ({ index, indexes, root, form }) => {
      const stats = () => indexes.scheduler.queues['stage4.sqlite'];
      await ask(form, 'SELECT 1');
      const made = stats().completed;
      assert.ok(made >= 3, `${made} tasks: create, add, finish`);
      const names = Array.from({ length: 300 }, (_, i) => `many${i}.ts`);
      for (const name of names) await writeFile(join(root, name), contents[0]);
      indexes.noteTyping();
      assert.equal(indexes.slowed, 'typing');
      index.hint(names);
      await index.settled();
      assert.deepEqual((await ask(form, 'SELECT count(*) FROM files')).rows, [[301]]);
      assert.ok(stats().completed >= made + 2, 'transactions of at most 256 files');
      assert.deepEqual([stats().failed, stats().pending, stats().running], [0, 0, 0]);
      const [update] = (await index.audit())?.lateRuns ?? [];
      const own = update?.audit.checkpoints.filter(({ stage }) => stage === 'stage4') ?? [];
      assert.deepEqual(
        own.map(({ step }) => step),
        ['start', 'update', 'write'],
      );
      assert.ok(own.every(({ extra }) => (extra.sqlite?.peakRss ?? 0) > 20 << 20));
    }));

  it('is what it was before an update that was killed', () =>
    withForm({ 'a.ts': contents[0] }, async ({ form, index }) => {
      await ask(form, 'SELECT 1');
      const file = form.file ?? '';
      const python = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1]); c.isolation_level = None
c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN')
c.execute("UPDATE files SET path = path || hex(randomblob(200000))"); c.execute('DELETE FROM symbols')
c.execute('PRAGMA cache_spill = 1'); print('ready', flush=True); sys.stdin.readline()`;
      if (spawnSync('python3', ['-c', 'import sqlite3']).status !== 0) return console.log('    skipped: no python3');
      const other = spawn('python3', ['-c', python, file], { stdio: ['pipe', 'pipe', 'inherit'] });
      await new Promise((resolve) => other.stdout.once('data', resolve));
      other.kill('SIGKILL');
      await new Promise((resolve) => other.once('close', resolve));
      assert.ok(existsSync(`${file}-journal`));
      const { notice } = await ask(form, 'SELECT 1');
      assert.equal(notice, undefined);
      await checkWhole(index, form);
    }));

  it('is made anew, with the same notice, by whoever opens it next', () =>
    withForm({ 'a.ts': contents[0] }, async ({ index, form, reopen }) => {
      await ask(form, 'SELECT 1');
      const file = form.file ?? '';
      form.close();
      writeFileSync(file, Buffer.alloc(8192, 'no database'));
      const next = reopen().form;
      try {
        assert.match((await ask(next, 'SELECT 1')).notice ?? '', /^The database was damaged \(.+\) and was made anew/);
        await checkWhole(index, next);
      } finally {
        next.close();
      }
    }));

  it('is not made where it would be larger than its stage may write, and says so', () =>
    withForm(
      { 'a.ts': contents[0] },
      async ({ form, indexFolder }) => {
        await assert.rejects(
          ask(form, 'SELECT 1'),
          /^ByteBudgetError: The database needs at least .*byteBudgets\.stage4/,
        );
        assert.equal(form.file, undefined);
        assert.deepEqual(readdirSync(join(indexFolder(), 'sqlite')), []);
      },
      { stage4: 20_000 },
    ));

  it('is given up, with its rows, when a change makes it larger than it may become', () =>
    withForm(
      { 'a.ts': contents[0] },
      async ({ index, form, root, indexFolder }) => {
        assert.equal((await ask(form, 'SELECT count(*) FROM files')).rows[0]?.[0], 1);
        await writeFile(join(root, 'b.ts'), manySymbols);
        index.hint(['b.ts']);
        await index.settled();
        await assert.rejects(ask(form, 'SELECT 1'), { code: 'ERR_BYTE_BUDGET', message: /byteBudgets\.stage4/ });
        assert.deepEqual(readdirSync(join(indexFolder(), 'sqlite')), []);
        await rm(join(root, 'b.ts'));
        index.hint(['b.ts']);
        await index.settled();
        assert.match((await ask(form, 'SELECT 1')).notice ?? '', /made first/);
        await checkWhole(index, form);
      },
      { stage4: 500_000 },
    ));

  it('is given up when its edges make it larger than it may become, and is there again without them', () =>
    withForm({ 'a.ts': manyCalls }, async ({ index, indexes, form, indexFolder }) => {
      await ask(form, 'SELECT 1');
      const rows = statSync(form.file ?? '').size;
      indexes.settings = { ...indexes.settings, byteBudgets: { stage4: rows + 50_000 } };
      const tooMany = ask(form, 'SELECT count(*) FROM edges');
      await assert.rejects(tooMany, { code: 'ERR_BYTE_BUDGET', message: /byteBudgets\.stage4/ });
      assert.deepEqual(readdirSync(join(indexFolder(), 'sqlite')), []);
      const [run] = (await index.audit())?.lateRuns ?? [];
      assert.equal(run?.status, 'failed');
      const last = run.audit.checkpoints.filter(({ extra }) => extra.artifact === 'stage4').at(-1);
      assert.equal(last?.extra.budget?.action, 'failed');
      assert.match((await ask(form, 'SELECT count(*) FROM symbols')).notice ?? '', /made first/);
      await checkWhole(index, form);
      indexes.settings = { ...indexes.settings, byteBudgets: {} };
      assert.ok(((await ask(form, 'SELECT count(*) FROM edges')).rows[0]?.[0] as number) > 5000);
    }));

  it('is made anew where room that rows have left makes it larger than it may become', () =>
    withForm({ 'a.ts': contents[0] }, async ({ index, indexes, form, root }) => {
      await writeFile(join(root, 'b.ts'), manySymbols);
      index.hint(['b.ts']);
      await index.settled();
      await ask(form, 'SELECT 1');
      assert.ok(statSync(form.file ?? '').size > 500_000);
      indexes.settings = { ...indexes.settings, byteBudgets: { stage4: 500_000 } };
      await rm(join(root, 'b.ts'));
      index.hint(['b.ts']);
      await index.settled();
      await form.settled();
      assert.ok(statSync(form.file ?? '').size < 500_000);
      await checkWhole(index, form);
    }));

  it('leaves nothing beside the database, and sweeps what a crash left', () =>
    withForm({ 'a.ts': contents[0] }, async ({ form, indexFolder }) => {
      const folder = join(indexFolder(), 'sqlite');
      await mkdir(folder);
      writeFileSync(join(folder, 'building-4194304'), 'left');
      await ask(form, 'SELECT * FROM files ORDER BY bytes');
      assert.deepEqual(readdirSync(folder), ['index.sqlite']);
      rmSync(folder, { recursive: true });
      assert.match((await ask(form, 'SELECT 1')).notice ?? '', /made first/);
    }));
});

interface Opened {
  readonly root: string;
  readonly index: RootIndex;
  readonly indexes: WorkspaceIndexes;
  readonly form: SqliteForm;
  readonly indexFolder: () => string;
  /** The form as another process would open it. */
  readonly reopen: () => { readonly index: RootIndex; readonly form: SqliteForm };
}

async function withForm(
  files: Readonly<Record<string, string>>,
  use: (opened: Opened) => Promise<void>,
  byteBudgets: unknown = {},
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const root = join(folder, 'tree');
    await mkdir(root);
    for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
    const within = async (index: RootIndex, indexes: WorkspaceIndexes): Promise<void> => {
      const forms: SqliteForm[] = [];
      const open = () => {
        const form = formOf(index, { programs: join(process.cwd(), 'dist'), log: () => undefined });
        forms.push(form);
        index.onDidApply = (changed) => form.noteChanged(changed);
        return { index, form };
      };
      try {
        const indexFolder = (): string => index.identity?.folder ?? '';
        const reopen = () => {
          for (const form of forms) form.close();
          return open();
        };
        await use({ root, indexes, ...open(), indexFolder, reopen });
      } finally {
        for (const form of forms) form.close();
      }
    };
    await withIndex(root, join(folder, 'index'), within, { byteBudgets });
  });
}

function ask(form: SqliteForm, query: string, limit = 100_000, timeoutMs = 60_000): Promise<SqlResult> {
  return form.query({ query, limit, timeoutMs }, new CancelSource().token);
}

async function checkWhole(index: RootIndex, form: SqliteForm): Promise<void> {
  const dump = await sqliteDump(async (query) => {
    const { columns, rows, error } = await ask(form, query);
    assert.equal(error, undefined);
    return rows.map((values) => Object.fromEntries(columns.map((column, at) => [column, values[at] ?? null])));
  });
  assert.equal(dump, dumpOf(index));
}
