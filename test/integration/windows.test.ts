// Several processes on one index: real servers, as windows have them, and the command line beside them. Exactly one of
// them writes, all of them answer the same, and when the owner goes another one takes over.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as protocol from '../../server/protocol';
import { createFileTree, type FileTree } from '../support/fileTree';
import { ServerProcess } from '../support/serverProcess';

/** Factor on limits of time, for machines that do other things as well. */
const slowness = Number(process.env['ALMAGEST_SLOWNESS'] ?? 3);
const handOvers = Number(process.env['ALMAGEST_HANDOVERS'] ?? 6);

describe('several windows on one index', function () {
  this.timeout(120_000);
  let tree: FileTree;
  let indexes: FileTree;
  let servers: ServerProcess[];

  beforeEach(() => {
    tree = createFileTree({
      'src/a.ts': 'export function addNumbers(): void {}\n',
      'src/b.py': 'class Parser:\n    def parse_all(self):\n        return 1\n',
      'notes.md': '# Almagest\n\nNeedle in prose.\n',
    });
    indexes = createFileTree();
    servers = [];
  });

  afterEach(async () => {
    for (const server of servers) await server.kill();
    tree.dispose();
    indexes.dispose();
  });

  async function start(): Promise<ServerProcess> {
    const server = await ServerProcess.start(tree.root, indexes.root);
    servers.push(server);
    return server;
  }

  /** The only folder below the folder of indexes. */
  const indexFolder = (): string => join(indexes.root, readdirSync(indexes.root)[0] ?? '');

  /** The servers that own the index, by their own account. */
  async function owners(among: readonly ServerProcess[]): Promise<readonly ServerProcess[]> {
    const statuses = await Promise.all(among.map((server) => server.status()));
    return among.filter((_, i) => {
      const status = statuses[i];
      return status !== undefined && status.owner === undefined && status.readOnly === undefined;
    });
  }

  /** Asks until the condition holds: for what another process has to notice first. Mocha's limit ends it. */
  async function eventually<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (holds(answer)) return answer;
    }
  }

  async function cli(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const program = join(process.cwd(), 'dist/cli.js');
    const child = spawn(process.execPath, [program, ...args, '--index-dir', indexes.root], { cwd: tree.root });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  }

  it('gives all of them the same answers and status, and shows a save of either to both', async () => {
    const first = await start();
    await first.settled();
    const second = await start();
    const status = await second.settled();
    assert.deepEqual(status.owner, { pid: first.pid, answers: true });
    assert.equal(status.readOnly, undefined);
    const { owner: _, ...shared } = status;
    assert.deepEqual(shared, await first.status());
    assert.deepEqual(await second.symbols('adnum'), ['addNumbers']);
    const found = await second.search({ kind: 'text', query: 'needle', limit: 10 });
    assert.deepEqual(
      found.hits.map(({ uri, line }) => [uri, line]),
      [[second.uri('notes.md'), 2]],
    );
    for (const [writer, name] of [
      [first, 'savedByFirst'],
      [second, 'savedBySecond'],
    ] as const) {
      tree.write('src/a.ts', `export function ${name}(): void {}\n`);
      await writer.didSave('src/a.ts');
      for (const server of [first, second]) {
        await eventually(
          () => server.symbols(name),
          (names) => names.includes(name),
        );
      }
    }
    await assert.rejects(second.search({ kind: 'text', query: '(', regex: true, limit: 10 }), /unclosed|parenthes/i);
  });

  it('lays an unsaved text over the answers of its own window only', async () => {
    const [first, second] = [await start(), await start()];
    await Promise.all([first.settled(), second.settled()]);
    for (const [here, there, name] of [
      [first, second, 'unsavedInFirst'],
      [second, first, 'unsavedInSecond'],
    ] as const) {
      const text = readFileSync(tree.at('src/a.ts'), 'utf8');
      await here.open('src/a.ts', text);
      await here.edit('src/a.ts', `${text}export function ${name}(): void {}\n`);
      await eventually(
        () => here.symbols(name),
        (names) => names.includes(name),
      );
      const hits = async (server: ServerProcess): Promise<number> =>
        (await server.search({ kind: 'text', query: name, limit: 10 })).hits.length;
      assert.deepEqual([await hits(here), await hits(there)], [1, 0]);
      assert.deepEqual(await there.symbols(name), []);
      await here.closeEditor('src/a.ts');
      await eventually(
        () => here.symbols(name),
        (names) => names.length === 0,
      );
    }
  });

  it('makes room in the owner while somebody types in any window', async () => {
    const first = await start();
    await first.settled();
    const second = await start();
    await second.settled();
    assert.notEqual((await first.status()).slowed, 'typing');
    await second.edit('src/a.ts', 'export function typed(): void {}\n');
    const status = await eventually(
      () => first.status(),
      ({ slowed }) => slowed === 'typing',
    );
    assert.equal(status.owner, undefined);
    await eventually(
      () => first.status(),
      ({ slowed }) => slowed !== 'typing',
    );
  });

  it('makes room in the owner while somebody debugs in any window, until that window is gone', async () => {
    const first = await start();
    await first.settled();
    const [second, third] = [await start(), await start()];
    await Promise.all([second.settled(), third.settled()]);
    const isDebugged = (wanted: boolean): Promise<protocol.RootStatus> =>
      eventually(
        () => first.status(),
        ({ slowed }) => (slowed === 'debugging') === wanted,
      );
    await isDebugged(false);
    await second.does({ focused: false, debugging: true });
    await third.does({ focused: true, debugging: true });
    assert.equal((await isDebugged(true)).owner, undefined);
    await second.does({ focused: true, debugging: false });
    await second.status();
    assert.equal((await first.status()).slowed, 'debugging', 'the third still debugs');
    await third.does({ focused: true, debugging: false });
    await isDebugged(false);
    await third.does({ focused: true, debugging: true });
    await isDebugged(true);
    await third.kill();
    await isDebugged(false);
    // Whoever takes the index over is told what goes on in the windows that are left.
    const fourth = await start();
    await fourth.settled();
    await second.does({ focused: true, debugging: true });
    await isDebugged(true);
    await first.kill();
    const heirs = await eventually(
      () => owners([second, fourth]),
      ({ length }) => length === 1,
    );
    await eventually(
      () => (heirs[0] as ServerProcess).status(),
      ({ slowed }) => slowed === 'debugging',
    );
  });

  it('carries out commands of any window in the owner', async () => {
    const [first, second] = [await start(), await start()];
    await Promise.all([first.settled(), second.settled()]);
    assert.match((await second.command(protocol.VerifyRequest)).message, /^Verified 3 files/);
    assert.match((await second.command(protocol.RebuildRequest)).message, /^Rebuilt the index: 3 files/);
    assert.match((await second.command(protocol.PauseRequest)).message, /paused/);
    assert.deepEqual([(await first.status()).paused, (await second.status()).paused], [true, true]);
    assert.match((await first.command(protocol.ResumeRequest)).message, /goes on/);
    assert.match((await second.command(protocol.ClearRequest)).message, /^Removed the index/);
    assert.deepEqual(await first.symbols('addNumbers'), []);
    assert.match((await second.command(protocol.RebuildRequest)).message, /^Rebuilt/);
    assert.deepEqual(await first.symbols('addNumbers'), ['addNumbers']);
    assert.equal((await owners([first, second])).length, 1);
  });

  it('is taken over within a second when the owner is killed, and loses nothing', async () => {
    const first = await start();
    await first.settled();
    const others = [await start(), await start()];
    await Promise.all(others.map((server) => server.settled()));
    const [second, third] = others as [ServerProcess, ServerProcess];
    const text = readFileSync(tree.at('src/a.ts'), 'utf8');
    await second.open('src/a.ts', text);
    await second.edit('src/a.ts', `${text}export function stillUnsaved(): void {}\n`);
    await eventually(
      () => second.symbols('stillUnsaved'),
      (names) => names.length === 1,
    );
    tree.write('src/late.ts', 'export function acknowledgedLate(): void {}\n');
    await first.didSave('src/late.ts');
    await eventually(
      () => first.symbols('acknowledgedLate'),
      (names) => names.length === 1,
    );
    const killed = performance.now();
    const gone = first.kill();
    // Asked at once: the question may meet the owner, its end, or its heir, and is answered by one of them.
    const answers = await Promise.all(others.map((server) => server.symbols('acknowledgedLate')));
    const elapsed = performance.now() - killed;
    await gone;
    assert.deepEqual(answers, [['acknowledgedLate'], ['acknowledgedLate']]);
    const heirs = await eventually(
      () => owners(others),
      (own) => own.length === 1,
    );
    console.log(`      hand-over: ${Math.round(elapsed)} ms`);
    assert.ok(elapsed < 1000 * slowness, `${elapsed} ms`);
    const follower = heirs[0] === second ? third : second;
    const status = await eventually(
      () => follower.status(),
      ({ owner }) => owner !== undefined,
    );
    assert.deepEqual(status.owner, { pid: heirs[0]?.pid, answers: true });
    await eventually(
      () => second.symbols('stillUnsaved'),
      (names) => names.length === 1,
    );
    assert.deepEqual(await third.symbols('stillUnsaved'), []);
    tree.write('src/later.ts', 'export function savedAfter(): void {}\n');
    await follower.didSave('src/later.ts');
    await eventually(
      () => follower.symbols('savedAfter'),
      (names) => names.length === 1,
    );
    assert.match((await follower.command(protocol.VerifyRequest)).message, /^Verified 5 files/);
  });

  it('answers from the stores while the owner is stopped, says so, and goes back to it', async () => {
    const first = await start();
    await first.settled();
    const second = await start();
    await second.settled();
    first.signal('SIGSTOP');
    try {
      assert.deepEqual(await second.symbols('adnum'), ['addNumbers']);
      const status = await second.status();
      assert.deepEqual(status.owner, { pid: first.pid, answers: false });
      assert.match(status.readOnly ?? '', /does not answer/);
      const refused = await second.command(protocol.RebuildRequest);
      assert.equal(refused.ok, false);
      const third = await start();
      await third.settled();
      assert.deepEqual(await third.symbols('adnum'), ['addNumbers']);
      assert.deepEqual(await owners([second, third]), []);
    } finally {
      first.signal('SIGCONT');
    }
    await eventually(
      () => second.status(),
      ({ owner }) => owner?.answers === true,
    );
    assert.match((await second.command(protocol.RebuildRequest)).message, /^Rebuilt/);
  });

  it('answers the command line with what it knows, and carries its commands out', async () => {
    const first = await start();
    await first.settled();
    tree.write('src/fresh.ts', 'export function onlyJustSaved(): void {}\n');
    await first.didSave('src/fresh.ts');
    await eventually(
      () => first.symbols('onlyJustSaved'),
      (names) => names.length === 1,
    );
    const found = await cli('symbols', 'onlyJustSaved', '--json');
    assert.equal(found.code, 0, found.err);
    const { symbols, answeredBy } = JSON.parse(found.out) as { symbols: { path: string }[]; answeredBy: string };
    assert.deepEqual([symbols.map(({ path }) => path), answeredBy], [['src/fresh.ts'], 'owner']);
    assert.match((await cli('search', 'Needle')).out, /^notes\.md:3:/);
    assert.match((await cli('explain', 'src/a.ts')).out, /Indexed with 1 symbol/);
    assert.equal((await cli('search', '(', '--regex')).code, 2);
    const { owner } = JSON.parse((await cli('status', '--json')).out) as protocol.RootStatus;
    assert.deepEqual(owner, { pid: first.pid, answers: true });
    assert.match((await cli('verify')).out, /^Verified 4 files/);
    assert.match((await cli('pause')).out, /^Indexing is paused/);
    assert.equal((JSON.parse((await cli('status', '--json')).out) as protocol.RootStatus).paused, true);
    assert.match((await cli('resume')).out, /goes on/);
    assert.match(
      (await cli('export', '--out', indexes.at('artifacts'), '--artifact', 'file_meta')).out,
      /file_meta +4 rows/,
    );
    const { lateRuns } = JSON.parse((await cli('audit', '--json')).out) as protocol.BuildAudit;
    assert.deepEqual(
      lateRuns.map(({ kind, status }) => [kind, status]),
      [['artifacts', 'done']],
    );
    const taken = await cli('export', '--out', tree.root);
    assert.deepEqual([taken.code, /holds something else/.test(taken.err)], [5, true], taken.err);
    tree.write('src/unseen.ts', 'export function foundByIndex(): void {}\n');
    const indexed = await cli('index', '--json');
    assert.equal(indexed.code, 0, indexed.err);
    assert.deepEqual(await first.symbols('foundByIndex'), ['foundByIndex']);
    const dump = await cli('dump');
    assert.equal((await cli('rebuild')).code, 0);
    assert.equal((await cli('dump')).out, dump.out);
    await first.stop();
    assert.equal((await cli('dump')).out, dump.out, 'read from the stores');
    const { answeredBy: now } = JSON.parse((await cli('status', '--json')).out) as { answeredBy: string };
    assert.equal(now, 'stores');
  });

  it('has one owner when many start at once', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, start));
    await Promise.all(all.map((server) => server.settled()));
    assert.equal((await owners(all)).length, 1);
    assert.equal(lockHolders().length, 1);
    assert.deepEqual(await Promise.all(all.map((server) => server.symbols('adnum'))), all.map(() => ['addNumbers'])); // prettier-ignore
    await Promise.all(all.map((server) => server.stop()));
    assert.deepEqual(lockHolders(), []);
  });

  it(`never has two writers in ${handOvers} hand-overs`, async () => {
    let all = [await start(), await start(), await start()];
    await Promise.all(all.map((server) => server.settled()));
    for (let round = 0; round < handOvers; round++) {
      const [owner] = await eventually(
        () => owners(all),
        (own) => own.length === 1,
      );
      assert.ok(owner);
      tree.write(`src/round${round}.ts`, `export function savedInRound${round}(): void {}\n`);
      const saving = all.map((server) =>
        server.didSave(`src/round${round}.ts`).catch((error: unknown) => {
          if (server !== owner) throw error; // the owner may be gone before it is told
        }),
      );
      await Promise.all([...saving, round % 3 === 2 ? owner.stop() : owner.kill()]);
      all = [...all.filter((server) => server !== owner), await start()];
      assert.ok(lockHolders().length <= 1);
      for (const server of all) {
        await eventually(
          () => server.symbols(`savedInRound${round}`),
          (names) => names.length === 1,
        );
      }
    }
    const [last] = all;
    assert.match((await last?.command(protocol.VerifyRequest))?.message ?? '', /^Verified/);
    assert.deepEqual(turnsOf(join(indexFolder(), 'audit.log')).length, handOvers + 1, 'one writer after the other');
  }).timeout(60_000 + handOvers * 20_000);

  /** Who holds the lock of the index, as the kernel sees it. */
  function lockHolders(): readonly number[] {
    if (process.platform !== 'linux') return [];
    const { ino } = statSync(join(indexFolder(), 'LOCK'));
    const held = readFileSync('/proc/locks', 'utf8').matchAll(/FLOCK +ADVISORY +WRITE (\d+) \S+:(\d+) /g);
    return [...held].filter(([, , inode]) => Number(inode) === ino).map(([, pid]) => Number(pid));
  }
});

/** The processes that wrote to a log, in order, each as often as it took over from another one: writers take turns. */
function turnsOf(path: string): readonly number[] {
  const pids = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { pid: number }).pid);
  return pids.filter((pid, i) => pid !== pids[i - 1]);
}
