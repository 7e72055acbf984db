// The pool around real extractor processes, which the tests kill, stop and starve.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { ExtractorPool, type ExtractorPoolOptions } from '../../../server/extraction/pool';
import type { ExtractedPiece } from '../../../server/extraction/messages';
import { MemorySource } from '../../../server/facts/byteSource';
import { Segment } from '../../../server/facts/segment';
import { limitReasons, type LimitReason } from '../../../server/model/skipReason';
import { CancellationError } from '../../../server/util/cancellation';
import { createFileTree, type FileTree } from '../../support/fileTree';

const entry = resolve('dist/extractor.js');
const limits = {
  threads: 2,
  deadlineMs: 2000,
  maxFileBytes: 64 << 20,
  maxParseBytes: 1 << 20,
  maxLineBytes: 1 << 20,
  maxRows: 50_000,
};

describe('ExtractorPool', function () {
  this.timeout(20_000);
  let tree: FileTree;
  let pool: ExtractorPool;
  const lines: string[] = [];
  beforeEach(() => {
    tree = createFileTree();
    lines.length = 0;
  });
  afterEach(async () => {
    await pool.dispose();
    tree.dispose();
  });

  const open = (options: Partial<ExtractorPoolOptions> = {}) => {
    pool = new ExtractorPool({ entry, limits, log: (line) => void lines.push(line), ...options });
  };
  const writeFiles = (count: number, text = 'export function f() { return g(1); }\n'): string[] => {
    const paths = Array.from({ length: count }, (_, i) => `f${String(i).padStart(4, '0')}.ts`);
    for (const path of paths) tree.write(path, text);
    return paths;
  };

  it('brings back one segment for a batch, and says which files it left out', async () => {
    open();
    tree.write('a.ts', 'function a() {}');
    tree.write('b.bin', 'x\0y');
    const [piece, ...others] = await pool.extract(tree.root, ['a.ts', 'b.bin', 'none.ts'], 'bulk');
    assert.equal(others.length, 0);
    assert.deepEqual(piece?.paths, ['a.ts', 'b.bin', 'none.ts']);
    assert.ok(piece.segment.byteLength > 0);
    assert.deepEqual(
      piece.skipped.map(({ path, reason }) => `${path}: ${reason}`),
      ['b.bin: binary', 'none.ts: vanished'],
    );
    assert.ok(pool.peakRss > 10 << 20);
  });

  it('returns nothing for nothing, without a process', async () => {
    open();
    assert.deepEqual(await pool.extract(tree.root, [], 'bulk'), []);
    assert.equal(pool.pid, undefined);
  });

  it('gives the same segment for the same bytes, from disk or from a killed process', async () => {
    open();
    const paths = writeFiles(20);
    const [first] = await pool.extract(tree.root, paths, 'bulk');
    const facts = await pool.extractText(tree.root, 'f0000.ts', 'export function f() { return g(1); }\n');
    assert.deepEqual(facts.paths, ['f0000.ts']);
    kill(pool);
    const again = await pool.extract(tree.root, paths, 'bulk');
    assert.deepEqual(allPaths(again), first?.paths);
    assert.deepEqual(
      again.flatMap(({ skipped }) => skipped),
      [],
    );
  });

  it('loses nothing when the process is killed again and again while it works', async () => {
    open();
    const paths = writeFiles(300, 'export function f() { return g(1); }\n'.repeat(200));
    const batches = Array.from({ length: 6 }, (_, i) => paths.slice(i * 50, i * 50 + 50));
    let kills = 0;
    const work = batches.map(async (batch) => {
      const pieces = await pool.extract(tree.root, batch, 'bulk');
      if (++kills <= 3) kill(pool);
      return pieces;
    });
    const pieces = (await Promise.all(work)).flat();
    assert.deepEqual(allPaths(pieces), paths);
    assert.deepEqual(
      pieces.flatMap(({ skipped }) => skipped),
      [],
    );
    assert.ok(pool.restarts >= 1);
  });

  it('cuts a file short that takes longer than the deadline, and indexes its neighbours', async () => {
    open({ limits: { ...limits, deadlineMs: 50, maxParseBytes: 64 << 20 } });
    const paths = writeFiles(10);
    tree.write('slow.ts', 'function a(x) { return [x, x + 1, { y: x }]; }\n'.repeat(200_000));
    const pieces = await pool.extract(tree.root, [...paths, 'slow.ts'], 'bulk');
    assert.deepEqual(allPaths(pieces), [...paths, 'slow.ts'].sort());
    assert.deepEqual(limitsOf(pieces), { 'slow.ts': 'deadline' });
  });

  it('keeps the text of a file that needs too much memory, and the facts of its neighbours', async () => {
    open({ memoryLimit: 250 << 20, limits: { ...limits, maxParseBytes: 64 << 20, deadlineMs: 10_000 } });
    const paths = writeFiles(10);
    tree.write('big.ts', 'function a(x) { return [x, x + 1, { y: x }]; }\n'.repeat(400_000));
    const pieces = await pool.extract(tree.root, [...paths, 'big.ts'], 'bulk');
    assert.deepEqual(allPaths(pieces), ['big.ts', ...paths]);
    assert.deepEqual(limitsOf(pieces), { 'big.ts': 'memoryLimit' });
    assert.match(lines.join('\n'), /more than the limit of 250 MiB/);
  });

  it('lets interactive work pass bulk work', async () => {
    open();
    const paths = writeFiles(400, 'export function f() { return g(1); }\n'.repeat(200));
    const order: string[] = [];
    const bulk = Array.from({ length: 8 }, (_, i) =>
      pool.extract(tree.root, paths.slice(i * 50, i * 50 + 50), 'bulk').then(() => order.push('bulk')),
    );
    await pool.extractText(tree.root, 'open.ts', 'let x = 1;').then(() => order.push('interactive'));
    await Promise.all(bulk);
    assert.ok(order.indexOf('interactive') < 4, order.join(' '));
  });

  it('stops work that nobody wants, and goes on with the rest', async () => {
    open();
    const paths = writeFiles(200, 'export function f() { return g(1); }\n'.repeat(200));
    const source = new TestCancellation();
    const unwanted = pool.extract(tree.root, paths, 'bulk', source);
    const wanted = pool.extract(tree.root, paths.slice(0, 3), 'bulk');
    source.cancel();
    await assert.rejects(unwanted, CancellationError);
    assert.deepEqual(allPaths(await wanted), paths.slice(0, 3));
    await assert.rejects(pool.extract(tree.root, paths, 'bulk', source), CancellationError);
  });

  it('ends when idle, and starts again when needed', async () => {
    open({ idleMs: 1 });
    const paths = writeFiles(1);
    await pool.extract(tree.root, paths, 'bulk');
    while (pool.pid !== undefined) await new Promise(setImmediate);
    assert.equal((await pool.extract(tree.root, paths, 'bulk')).length, 1);
    assert.equal(pool.restarts, 0);
  });

  it('starts before there is work, and ends when none comes', async () => {
    open({ idleMs: 1 });
    pool.warmUp();
    assert.notEqual(pool.pid, undefined);
    while (pool.pid !== undefined) await new Promise(setImmediate);
    pool.warmUp();
    const { pid } = pool;
    await pool.extract(tree.root, writeFiles(1), 'bulk');
    assert.equal(pool.pid, pid);
    pool.release();
    assert.equal(pool.pid, undefined);
  });

  it('says why no extractor can start, and does not try for ever', async () => {
    open({ entry: tree.at('none.js') });
    await assert.rejects(pool.extract(tree.root, ['a.ts'], 'bulk'), /could not start[^]*none\.js/);
  });

  it('rejects what is open when disposed', async () => {
    open();
    const open_ = pool.extract(tree.root, writeFiles(50), 'bulk');
    const rejected = assert.rejects(open_, CancellationError);
    await pool.dispose();
    await rejected;
    await assert.rejects(pool.extract(tree.root, ['a.ts'], 'bulk'), CancellationError);
  });

  it('leaves no process behind when the server is killed', async () => {
    open();
    tree.write(
      'server.js',
      `
      const child = require('child_process').fork(${JSON.stringify(entry)}, ['1000000000'], { serialization: 'advanced' });
      child.on('message', () => process.send(child.pid));
      setInterval(() => undefined, 1000);
    `,
    );
    const server = fork(tree.at('server.js'));
    const [pid] = (await once(server, 'message')) as [number];
    server.kill('SIGKILL');
    while (isAlive(pid)) await new Promise((done) => setTimeout(done, 5));
  });
});

function allPaths(pieces: readonly ExtractedPiece[]): string[] {
  return pieces.flatMap(({ paths }) => paths).sort();
}

/** Reasons of the files that are not indexed in full. */
function limitsOf(pieces: readonly ExtractedPiece[]): Record<string, LimitReason | undefined> {
  const limited: Record<string, LimitReason | undefined> = {};
  for (const { segment: bytes } of pieces) {
    const segment = new Segment(new MemorySource(bytes));
    for (let file = 0; file < segment.files; file++) {
      const limit = segment.byte(file, 'limit');
      if (limit !== 0) limited[segment.path(file)] = limitReasons[limit];
    }
  }
  return limited;
}

/** Kills the extractor that works now, and returns its process id. */
function kill(pool: ExtractorPool): number {
  const { pid } = pool;
  assert.ok(pid !== undefined, 'no extractor runs');
  process.kill(pid, 'SIGKILL');
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: it is gone.
    return false;
  }
}

class TestCancellation {
  isCancellationRequested = false;
  readonly #listeners = new Set<() => void>();

  onCancellationRequested(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  cancel(): void {
    this.isCancellationRequested = true;
    for (const listener of [...this.#listeners]) listener();
  }
}
