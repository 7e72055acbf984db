// The command line as programs and people use it: the bundled dist/cli.js, in a process of its own, on folders on disk.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../package.json';
import type { BuildAudit } from '../../server/protocol';
import { createFileTree, type FileTree } from '../support/fileTree';

const cli = join(process.cwd(), 'dist/cli.js');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface IndexReport {
  readonly indexed: number;
  readonly removed: number;
  readonly status: { readonly counts: { readonly files: number; readonly symbols: number } };
}

describe('command line', function () {
  this.timeout(120_000);
  let tree: FileTree;
  let indexes: FileTree;

  beforeEach(() => {
    tree = createFileTree({
      'src/shapes.py': 'class Shape:\n    def area(self):\n        return needle(1)\n\ndef needle(x):\n    return x\n',
      'src/app.ts': 'export function start(): void {\n  needle();\n}\n',
      'notes.md': '# Notes\n\nWhere the needle lies.\n',
      'out/made.py': 'needle = 1\n',
      '.gitignore': 'out/\n',
    });
    indexes = createFileTree();
  });

  afterEach(() => {
    tree.dispose();
    indexes.dispose();
  });

  /** Starts a command on the tree, with an index folder of the test's own. */
  function start(args: readonly string[], indexDir = indexes.root): ChildProcess {
    const noIndexDir = ['help', '--version', '--help'].includes(args[0] ?? '') || args.includes('--help');
    return spawn(process.execPath, [cli, ...args, ...(noIndexDir ? [] : ['--index-dir', indexDir])], {
      cwd: tree.root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function run(args: readonly string[], indexDir?: string): Promise<Ended> {
    return ended(start(args, indexDir));
  }

  async function json<T>(...args: string[]): Promise<T> {
    const { code, out, err } = await run([...args, '--json']);
    assert.equal(code, 0, err);
    return JSON.parse(out) as T;
  }

  it('helps without an index, and suggests what was meant', async () => {
    assert.deepEqual(await run(['--version']), { code: 0, out: `${version}\n`, err: '' });
    const help = await run(['help']);
    assert.equal(help.code, 0);
    for (const name of [
      'index',
      'status',
      'search',
      'symbols',
      'explain',
      'dump',
      'verify',
      'repair',
      'rebuild',
      'pause',
    ]) {
      assert.match(help.out, new RegExp(`^  ${name} `, 'm'));
      const about = await run([name, '--help']);
      assert.equal(about.code, 0);
      assert.match(about.out, new RegExp(`^Usage: almagest ${name}.*Options:.*JSON.*Examples:.*Exit codes:`, 's'));
    }
    const unknown = await run(['indx']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /no command "indx"\. Did you mean "index"\?/);
    assert.equal(unknown.out, '');
  });

  it('says that there is no index, or no folder', async () => {
    for (const args of [['status'], ['search', 'x'], ['symbols', 'x'], ['explain', 'notes.md'], ['dump'], ['verify']]) {
      const { code, out, err } = await run(args);
      assert.equal(code, 3, args.join(' '));
      assert.equal(out, '');
      assert.match(err, /There is no index of .*\n {2}Make one: almagest index /);
    }
    assert.deepEqual(readdirSync(indexes.root), [], 'asking makes nothing');
    const { code, err } = await run(['index', 'nowhere']);
    assert.equal(code, 2);
    assert.match(err, /nowhere cannot be opened: there is no such folder\./);
  });

  it('tells programs of a failure in JSON, and people in words', async () => {
    const failureOf = async (...args: string[]): Promise<readonly unknown[]> => {
      const { code, out, err } = await run(args);
      const { error } = JSON.parse(out) as { readonly error: { readonly code: string; readonly message: string } };
      assert.ok(err.includes(error.message), err);
      return [code, error.code];
    };
    assert.deepEqual(await failureOf('status', '--json'), [3, 'noIndex']);
    assert.deepEqual(await failureOf('symbols', '--json'), [2, 'usage']);
    assert.deepEqual(await failureOf('symbols', '--jsn', '--json'), [2, 'usage']);
    assert.deepEqual(await failureOf('serch', '--json'), [2, 'usage']);
    await run(['index']);
    assert.deepEqual(await failureOf('search', '(', '--regex', '--json'), [2, 'usage']);
    assert.deepEqual(await failureOf('sql', 'SELEC 1', '--json'), [2, 'usage']);
    assert.deepEqual(await failureOf('pause', '--json'), [1, 'nothing']);
    assert.equal((await run(['search', '--', '--json'])).out, '', 'that is a query');
  });

  it('names each field of its JSON in its help', async () => {
    await run(['index']);
    const commands = [
      ['index'],
      ['status'],
      ['search', 'app'],
      ['search', 'app', '--ranked'],
      ['symbols', 'app'],
      ['explain', 'src/app.ts'],
      ['explain', '--symbol', 'app'],
      ['sql', 'SELECT 1'],
      ['audit'],
      ['audit', '--list'],
      ['dump'],
      ['export'],
      ['verify'],
      ['repair'],
      ['rebuild'],
      ['clear', '--yes'],
    ];
    for (const [name = '', ...args] of commands) {
      const { out, err } = await run([name, ...args, '--json']);
      const [, about = ''] = /JSON.*?:\n(.*)Examples:/s.exec((await run([name, '--help'])).out) ?? [];
      const fields = Object.keys(JSON.parse(out) as object);
      assert.ok(fields.length > 0, err);
      for (const field of fields) assert.match(about, new RegExp(`\\b${field}\\b`), `${name} ${args.join(' ')}`);
    }
  });

  it('says that there is nothing to index, and which folder above has an index', async () => {
    tree.write('empty/.gitignore', '*\n');
    assert.match((await run(['index', 'empty'])).out, /^There is nothing to index: /);
    await run(['index']);
    const { code, err } = await run(['status', 'src']);
    assert.equal(code, 3);
    assert.ok(err.includes(`or name ${tree.root}, which has one and contains it`), err);
  });

  it('knows the size of a file that is too large', async () => {
    tree.write('huge.ts', '');
    truncateSync(tree.at('huge.ts'), 65 << 20);
    await run(['index']);
    const { out } = await run(['explain', 'huge.ts']);
    assert.match(out, /larger than the limit for indexed files[^]*Size +68,157,440 bytes/);
  });

  it('indexes once, and then only what changed', async () => {
    const first = await json<IndexReport>('index');
    assert.equal(first.indexed, 4);
    assert.equal(first.status.counts.files, 4);
    assert.equal(first.status.counts.symbols >= 4, true);
    assert.match((await run(['index'])).out, /^Nothing changed; checked in /);
    tree.write('src/new.py', 'def fresh():\n    pass\n');
    rmSync(tree.at('notes.md'));
    const changed = await run(['status', '--json']);
    assert.equal((JSON.parse(changed.out) as { changedFiles: number }).changedFiles, 2);
    assert.match(changed.err, /2 files changed since they were indexed; "almagest index" brings/);
    const second = await json<IndexReport>('index');
    assert.deepEqual([second.indexed, second.removed, second.status.counts.files], [1, 1, 4]);
  });

  it('finds symbols, and says when it finds none', async () => {
    await run(['index']);
    const { code, out, err } = await run(['symbols', 'Shape.area']);
    assert.deepEqual({ code, out, err }, { code: 0, out: 'src/shapes.py:2:9: method Shape.area\n', err: '' });
    const { symbols } = await json<{ symbols: { name: string; kind: string; path: string; line: number }[] }>(
      ...['symbols', 'needle', '--limit', '1'],
    );
    assert.deepEqual(
      symbols.map(({ name, kind, path, line }) => ({ name, kind, path, line })),
      [{ name: 'needle', kind: 'function', path: 'src/shapes.py', line: 5 }],
    );
    assert.equal((await run(['symbols', 'nothingLikeThis'])).code, 1);
    assert.equal((await run(['symbols', 'x', '--limit', '0'])).code, 2);
  });

  it('searches text and passages in what is indexed', async () => {
    await run(['index']);
    const { code, out, err } = await run(['search', 'needle']);
    assert.equal(code, 0, err);
    assert.equal(
      out,
      `notes.md:3:11: Where the needle lies.
src/app.ts:2:3:   needle();
src/shapes.py:3:16:         return needle(1)
src/shapes.py:5:5: def needle(x):
`,
    );
    const regex = await run(['search', '^def \\w+', '-e', '--include', '*.py']);
    assert.equal(regex.out, 'src/shapes.py:5:1: def needle(x):\n');
    const ranked = await json<{ hits: { path: string }[] }>('search', '--ranked', 'needle lies');
    assert.equal(ranked.hits[0]?.path, 'notes.md');
    assert.equal((await run(['search', 'nothing like this'])).code, 1);
    const wrong = await run(['search', '(', '--regex']);
    assert.equal(wrong.code, 2);
    assert.notEqual(wrong.err, '');
  });

  it('explains files in the index and out of it', async () => {
    await run(['index']);
    const steps = (await run(['explain', 'src/app.ts'])).out.split('The way into the index\n')[1]?.split('\n') ?? [];
    assert.deepEqual(
      steps.map((line) => line.trim().split(/ +/).slice(0, 2).join(' ')).filter((line) => line !== ''),
      ['discovered', 'hashed', 'parsed', 'extracted', 'journaled', 'searchable'].map((step) => `${step} done`),
    );
    type Known = { verdict: string; path: string; ledger: { bytes?: number }[] };
    const known = await json<Known>('explain', 'src/app.ts');
    assert.deepEqual([known.verdict, known.path], ['indexed', 'src/app.ts']);
    assert.equal(known.ledger[1]?.bytes, statSync(join(tree.root, 'src/app.ts')).size);
    const ignored = await run(['explain', 'out/made.py']);
    assert.equal(ignored.code, 1);
    assert.match(ignored.out, /out\/made\.py: It is ignored by the rule "out\/" \(.*\.gitignore, line 1\)/);
    assert.equal((await run(['explain', 'gone.py'])).code, 1);
    const outside = await run(['explain', indexes.root]);
    assert.equal(outside.code, 1);
    assert.match(outside.out, /It does not lie in .*; --root names another folder\./);
    // From elsewhere, paths are as the other commands print them.
    const elsewhere = spawn(
      process.execPath,
      [cli, 'explain', 'src/app.ts', '--root', tree.root, '--index-dir', indexes.root],
      {
        cwd: indexes.root,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    assert.match((await ended(elsewhere)).out, /^src\/app\.ts: Indexed with 1 symbol/);
  });

  it('says of a place that cannot be which it is, why, and what to do', async () => {
    await run(['index']);
    const file = join(tree.root, 'notes.md');
    const long = join(indexes.root, 'n'.repeat(300));
    const isFile = 'a part of the path is a file, not a folder (ENOTDIR).';
    const isLong = 'a name in the path is too long (ENAMETOOLONG).';
    const nowhere: readonly (readonly [place: string, why: string])[] = [
      [join(file, 'a'), isFile],
      [long, isLong],
      ...(process.platform === 'linux' ? [['/proc/nowhere/a', 'there is no such place (ENOENT).'] as const] : []),
    ];
    for (const [place, why] of nowhere) {
      const message = `${place} cannot be written: ${why} Name another folder.`;
      assert.deepEqual(await run(['export', '--out', place]), { code: 5, out: '', err: `almagest: ${message}\n` });
      const told = JSON.parse((await run(['export', '--out', place, '--json'])).out) as unknown;
      assert.deepEqual(told, { error: { code: 'failed', message } });
      const opened = await run(['index'], place);
      assert.equal(opened.code, 5);
      assert.ok(opened.err.includes(`The index folder ${place}`) && opened.err.includes(why), opened.err);
      assert.match(opened.err, /to another folder\.$|Name another place: --index-dir\.$/m);
    }
    const taken = `${file} is not a folder. Name an empty folder, or one that is not there.`;
    assert.equal((await run(['export', '--out', file])).err, `almagest: ${taken}\n`);
    for (const args of [['status'], ['dump'], ['audit'], ['sql', 'SELECT 1'], ['clear', '--yes'], ['pause']]) {
      const { code, err } = await run(args, file);
      assert.equal(code, 5, args.join(' '));
      assert.match(
        err,
        /cannot be read: a part of the path .+\n {2}Name another place: --index-dir\.\n$/,
        args.join(' '),
      );
    }
    const { code, err } = await run(['status', join(file, 'a')]);
    assert.deepEqual([code, err.includes(`cannot be opened: ${isFile}`)], [2, true]);
    const { out } = await run(['export', '--out', join(indexes.root, 'deep/er/out')]);
    assert.match(out, /Written to .+deep\/er\/out$/m);
  });

  it('explains a symbol that is there, and one that is misspelled', async () => {
    await run(['index']);
    const known = await run(['explain', '--symbol', 'needle']);
    assert.deepEqual([known.code, known.err], [0, '']);
    assert.match(known.out, /^"needle" is defined in 1 place\.\nDefined in\n {2}src\/shapes\.py:5\n/);
    const missing = await run(['explain', 'nedle', '--symbol']);
    assert.equal(missing.code, 1);
    assert.match(missing.out, /^No symbol is named "nedle"\..*\nNames that are near\n {2}needle\n/);
    const otherCase = await run(['explain', '--symbol', 'Needle', '--json']);
    const { verdict, near } = JSON.parse(otherCase.out) as { verdict: string; near: readonly string[] };
    assert.deepEqual([otherCase.code, verdict, near[0]], [1, 'otherCase', 'needle']);
  });

  it('dumps the same text each time, as text and as JSON, and ends quietly when nobody reads on', async () => {
    await run(['index']);
    const text = await run(['dump']);
    assert.equal(text.code, 0);
    assert.match(text.out, /^file "\.gitignore" /);
    assert.equal((await run(['dump'])).out, text.out);
    const { files } = await json<{ files: { path: string; facts: string }[] }>('dump');
    assert.equal(files.map(({ facts }) => facts).join(''), text.out);

    const unread = start(['dump']);
    unread.stdout?.destroy();
    assert.deepEqual(await ended(unread), { code: 0, out: '', err: '' });
  });

  it('verifies, finds damage, repairs and rebuilds', async () => {
    await run(['index']);
    const before = (await run(['dump'])).out;
    assert.equal((await json<{ ok: boolean }>('verify')).ok, true);
    tree.write('src/app.ts', 'export const other = 1;\n');
    const found = await run(['verify']);
    assert.equal(found.code, 1);
    assert.match(found.out, /src\/app\.ts changed on disk/);
    assert.equal((await run(['repair'])).code, 0);
    assert.equal((await run(['verify'])).code, 0);
    assert.notEqual((await run(['dump'])).out, before);
    tree.write('src/app.ts', 'export function start(): void {\n  needle();\n}\n');
    assert.equal((await run(['rebuild'])).code, 0);
    assert.equal((await run(['dump'])).out, before);
  });

  it('removes an index only when told to', async () => {
    await run(['index']);
    const asked = await run(['clear']);
    assert.equal(asked.code, 2);
    assert.match(asked.err, /--yes/);
    assert.equal((await run(['status'])).code, 0);
    assert.equal((await run(['clear', '--yes'])).code, 0);
    assert.equal((await run(['status'])).code, 3);
    assert.equal(existsSync(tree.at('src/app.ts')), true);
  });

  it('leaves the writing to a writer that is at it, and answers meanwhile', async () => {
    writeModules(tree, 400);
    await run(['index']);
    writeModules(tree, 1500);
    const writer = start(['index', '--verbose']);
    await stderrSays(writer, /indexing/);
    // The writer ends before the one that waits for its answer.
    const [written, again, answered] = await Promise.all([
      ended(writer),
      run(['index']),
      run(['symbols', 'function_7', '--limit', '1']),
    ]);
    assert.deepEqual([written.code, again.code, answered.code], [0, 0, 0], written.err + again.err + answered.err);
    assert.match((await run(['status'])).out, /is up to date/);
  });

  it('refuses to write beside a writer that does not answer, and reads what that one wrote', async () => {
    writeModules(tree, 400);
    await run(['index']);
    writeModules(tree, 1500);
    const writer = start(['index', '--verbose']);
    await stderrSays(writer, /indexing/);
    writer.kill('SIGSTOP');
    try {
      const [refused, answered] = await Promise.all([run(['index']), run(['symbols', 'function_7', '--limit', '1'])]);
      assert.equal(refused.code, 4, refused.err);
      assert.match(refused.err, /does not answer/);
      assert.equal(answered.code, 0, answered.err);
      assert.match(answered.err, /read from the disk: .*does not answer/);
    } finally {
      writer.kill('SIGCONT');
    }
    assert.equal((await ended(writer)).code, 0);
  });

  it('goes on after a kill, and ends with what a fresh index holds', async () => {
    writeModules(tree, 800);
    const killed = start(['index', '--verbose']);
    await stderrSays(killed, /indexing/);
    killed.kill('SIGKILL');
    assert.equal((await ended(killed)).code, null);
    const fresh = createFileTree();
    try {
      assert.equal((await run(['index'])).code, 0);
      assert.equal((await run(['index'], fresh.root)).code, 0);
      const [after, expected] = [(await run(['dump'])).out, (await run(['dump'], fresh.root)).out];
      assert.equal(after.match(/^file /gm)?.length, 804);
      assert.equal(after === expected, true, 'the dumps are equal');
      assert.equal((await run(['verify'])).code, 0);
    } finally {
      fresh.dispose();
    }
  });

  it('stops in order when interrupted, and keeps what it had', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      writeModules(tree, 800);
      const interrupted = start(['index', '--verbose']);
      await stderrSays(interrupted, /indexing/);
      interrupted.kill(signal);
      const { code, err } = await ended(interrupted);
      assert.equal(code, 130, err);
      assert.match(err, /interrupted/);
      assert.equal((await run(['index'])).code, 0);
      assert.equal((await run(['verify'])).code, 0);
      await run(['clear', '--yes']);
    }
  });

  it('tells in the audit of a build what was made of it later', async () => {
    writeModules(tree, 80);
    assert.equal((await run(['index'])).code, 0);
    const stable = (await run(['audit', '--stable'])).out;
    // Nobody waits for what no answer needs, and the account says so.
    const { state } = JSON.parse((await run(['audit', '--json'])).out) as BuildAudit;
    assert.deepEqual([state.status, state.phases.stage2.status], ['done', 'unavailable']);
    assert.match(state.phases.stage2.detail, /--resolve/);
    const small = ['export', '--artifact', 'repo_map', '--budget'];
    assert.equal((await run([...small, 'repo_map=20000'])).code, 0);
    assert.equal((await run([...small, 'repo_map=20000:fail'])).code, 5);
    assert.equal((await run(['sql', 'SELECT count(*) FROM files'])).code, 0);
    const { lateRuns } = JSON.parse((await run(['audit', '--json'])).out) as BuildAudit;
    assert.deepEqual(
      lateRuns.map(({ kind, status }) => `${kind} ${status}`),
      ['sqlite done', 'artifacts failed', 'artifacts done'],
    );
    const [database, failed, written] = lateRuns.map(({ audit }) => audit.checkpoints);
    assert.deepEqual(
      database?.map(({ step }) => step),
      ['start', 'build', 'store-budget', 'byte-budget', 'write'],
    );
    assert.ok((database[1]?.extra.counts['rows.symbols'] ?? 0) > 80 * 30);
    const budget = (points: typeof written) => points?.find(({ step }) => step === 'byte-budget')?.extra.budget;
    assert.deepEqual([budget(failed)?.action, budget(written)?.action], ['failed', 'sharded']);
    assert.equal(budget(written)?.limitBytes, 20_000);
    const { out } = await run(['audit']);
    assert.match(out, /Later: the SQLite form, done/);
    assert.match(out, /repo_map +.* of 19\.5 KiB +failed/);
    for (const store of ['journal', 'snapshot', 'quarantine', 'sqlite', 'stage_audit']) {
      assert.match(out, new RegExp(`^  ${store} +.* of .* +none$`, 'm'));
    }
    assert.equal((await run(['audit', '--stable'])).out, stable);
  });

  it('warns of edges that are split or left out of an export, and of nothing else', async () => {
    writeModules(tree, 40);
    assert.equal((await run(['index'])).code, 0);
    const exported = ['export', '--artifact', 'symbol_edges', '--artifact', 'repo_map'];
    const split = ['--budget', 'symbol_edges=20000', '--budget', 'repo_map=20000'];
    const { code, out, err } = await run([...exported, ...split]);
    assert.equal(code, 0);
    assert.match(out, /symbol_edges +.* in \d+ parts {2}\(sharded\)/);
    assert.match(out, /repo_map +.* in \d+ parts {2}\(sharded\)/);
    assert.match(err, /^almagest: symbol_edges exceeds its budget of 20,000 bytes: split into \d+ parts\.\n$/);
    assert.equal((await run([...exported, ...split, '--json'])).err, err);
    const trimmed = await run([...exported, '--budget', 'repo_map=20000:trim']);
    assert.match(
      trimmed.err,
      /^almagest: repo_map exceeds its budget of 20,000 bytes: [\d,]+ rows are left out, all from the first .*\n$/,
    );
    // The words that settings have, and no budget by which no export works.
    assert.match((await run([...exported, '--budget', 'symbol_edges=2000:abort'])).err, /of 2,000 \(fail\)/);
    assert.deepEqual(await run([...exported, '--budget', 'symbol_edges=auto:shard']), await run(exported));
    for (const [wrong, said] of [
      ['journal=100', 'There is no artifact "journal"'],
      ['nosuch=100', 'There is no artifact "nosuch"'],
      ['repo_map=0', '--budget is artifact=bytes[:overflow], not "repo_map=0".'],
      ['repo_map=100:TRIM', '--budget is artifact=bytes[:overflow], not "repo_map=100:TRIM".'],
      ['stage2=100:trim', 'has to be "fail"'],
    ] as const) {
      const refused = await run([...exported, '--budget', wrong]);
      assert.deepEqual([refused.code, refused.out, refused.err.includes(said)], [2, '', true], refused.err);
    }
    const strict = await run([...exported, ...split, '--strict']);
    assert.deepEqual([strict.code, strict.out], [5, '']);
    assert.match(
      strict.err,
      /symbol_edges needs at least [\d,]+ bytes, more than its budget of 20,000 \(shard, strict\)/,
    );
  });

  it('tells when it was verified, and that nobody is there to pause', async () => {
    assert.equal((await run(['index'])).code, 0);
    assert.match((await run(['status'])).out, /Verified +not yet/);
    assert.equal((await run(['verify'])).code, 0);
    assert.match((await run(['status'])).out, /Verified +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: Verified 4 files: facts/);
    for (const command of ['pause', 'resume']) {
      const { code, out, err } = await run([command]);
      assert.deepEqual([code, out], [1, '']);
      assert.match(
        err,
        new RegExp(`No process keeps the index of .* up to date, so there is nothing to ${command}\\.`),
      );
    }
  });

  it('prints the same stable audit for two builds of a tree, on one thread and on many', async () => {
    for (let i = 0; i < 300; i++) {
      const calls = Array.from({ length: 40 }, (_, j) => `  needle(${j});`).join('\n');
      tree.write(`more/m${i}.ts`, `import { g${i} } from './m${i + 1}';\nexport function f${i}() {\n${calls}\n}\n`);
    }
    const places = ['1', '4', '4'].map((threads, place) => ({ threads, indexDir: join(indexes.root, String(place)) }));
    const texts: string[] = [];
    for (const { threads, indexDir } of places) {
      const built = await run(['index', '--resolve', '--threads', threads], indexDir);
      assert.equal(built.code, 0, built.err);
      const audit = await run(['audit', '--stable'], indexDir);
      assert.equal(audit.code, 0, audit.err);
      texts.push(audit.out);
    }
    const [one, many, again] = texts;
    assert.match(one ?? '', /"edges.import": 300/);
    assert.equal(one, many);
    assert.equal(many, again);
    const refused = await run(['index', '--threads', '0']);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /--threads takes a whole number from 1 to 64/);
  });
});

/** Modules of which each is large enough for a run over all of them to be interrupted in its middle. */
function writeModules(tree: FileTree, count: number): void {
  for (let i = 0; i < count; i++) {
    const functions = Array.from({ length: 30 }, (_, n) => `def function_${n}(a, b):\n    return call_${i}(a) + b\n`);
    tree.write(`made/module_${i}.py`, functions.join('\n'));
  }
}

async function ended(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (piece: Buffer) => (out += piece.toString()));
  child.stderr?.on('data', (piece: Buffer) => (err += piece.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** Resolves when the process has written a line like this; rejects when it ends without. */
function stderrSays(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const listen = (piece: Buffer): void => {
      seen += piece.toString();
      if (!pattern.test(seen)) return;
      child.stderr?.off('data', listen);
      resolve();
    };
    child.stderr?.on('data', listen);
    child.once('close', () => reject(new Error(`It ended before it said ${String(pattern)}: ${seen}`)));
  });
}
