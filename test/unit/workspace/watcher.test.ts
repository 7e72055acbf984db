// The real watcher process on real folders. Each test waits for what it expects to be told, and nothing else.

import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { scan, type ScanOptions } from '../../../server/workspace/scan';
import { Watcher } from '../../../server/workspace/watcher';
import type { WatcherEvent } from '../../../server/workspace/watcherMessages';
import { createFileTree, type FileTree } from '../../support/fileTree';

const entry = resolve('dist/watcher.js');

describe('Watcher', function () {
  this.timeout(10_000);
  let tree: FileTree;
  let log: WatcherLog;
  beforeEach(() => (tree = createFileTree({ 'src/a.ts': 'a', '.gitignore': 'build/\n' })));
  afterEach(() => {
    log.dispose();
    tree.dispose();
  });

  const start = async () => {
    log = new WatcherLog({ root: tree.root, excludes: [], threads: 2 });
    await log.ready();
  };

  it('tells of a created, a changed and a deleted file', async () => {
    await start();
    tree.write('src/b.ts', 'b');
    await log.dirty('src/b.ts');
    tree.write('src/a.ts', 'other');
    await log.dirty('src/a.ts');
    rmSync(tree.at('src/a.ts'));
    await log.dirty('src/a.ts');
  });

  it('tells of a file that is replaced by renaming, as editors save', async () => {
    await start();
    tree.write('src/.a.ts.swp', 'new');
    await log.dirty('src/.a.ts.swp');
    renameSync(tree.at('src/.a.ts.swp'), tree.at('src/a.ts'));
    await log.dirty('src/a.ts');
    tree.write('src/a.ts', 'newer');
    await log.dirty('src/a.ts');
  });

  it('loses no file of folders that are made and filled at once', async () => {
    await start();
    for (let i = 0; i < 20; i++) tree.write(`new${i}/a/b/c/file`, '');
    await log.until(() => everyFileIsCovered(20, (i) => `new${i}/a/b/c/file`));
    for (let i = 0; i < 20; i++) await log.watched(`new${i}/a/b/c`, tree);
  });

  it('watches a folder that was empty at the start', async () => {
    mkdirSync(tree.at('empty/inner'), { recursive: true });
    await start();
    await log.watched('empty/inner', tree);
  });

  it('goes on with a folder that was deleted and made anew, or moved', async () => {
    await start();
    for (let i = 0; i < 3; i++) {
      rmSync(tree.at('src'), { recursive: true });
      tree.write('src/deep/a.ts', '');
      await log.watched('src', tree);
      await log.watched('src/deep', tree);
    }
    renameSync(tree.at('src'), tree.at('there'));
    await log.watched('there', tree);
    await log.watched('there/deep', tree);
  });

  it('does not follow links, ignored folders or the folder of git', async () => {
    const outside = createFileTree({ 'x/y': '' });
    try {
      for (const path of ['build/x', '.git/objects/x', '.git/HEAD']) tree.write(path, '');
      symlinkSync(outside.root, tree.at('src/link'));
      symlinkSync('.', tree.at('src/loop'));
      await start();
      for (const path of ['build/new', '.git/objects/new']) tree.write(path, '');
      outside.write('x/new', '');
      outside.write('new', '');
      // Events keep their order, so once this one is told, any earlier one would have been.
      tree.write('src/last', '');
      await log.dirty('src/last');
      assert.deepEqual(
        log.paths().filter((path) => path !== 'src/last'),
        [],
      );
    } finally {
      outside.dispose();
    }
  });

  it('asks to look at a whole folder when its ignore rules change', async () => {
    await start();
    tree.write('src/.gitignore', '*.log\n');
    await log.dirty('src');
    tree.write('.gitignore', '');
    await log.dirty('');
  });

  it('doubts when another commit is checked out', async () => {
    tree.write('.git/HEAD', 'ref: refs/heads/main\n');
    await start();
    tree.write('.git/HEAD.lock', 'ref: refs/heads/other\n');
    renameSync(tree.at('.git/HEAD.lock'), tree.at('.git/HEAD'));
    await log.doubt('headMoved');
  });

  it('tells all of 5,000 files, or doubts', async () => {
    await start();
    for (let i = 0; i < 5000; i++) writeFileSync(join(tree.root, 'src', `f${i}`), '');
    const isTold = () => log.hasDoubt('burst') || everyFileIsCovered(5000, (i) => `src/f${i}`);
    await log.until(isTold);
  });

  it('doubts when the queue of the kernel runs over', async () => {
    await start();
    const pid = log.watcher.pid ?? assert.fail('no watcher process');
    process.kill(pid, 'SIGSTOP');
    for (let i = 0; i < 20_000; i++) writeFileSync(join(tree.root, 'src', `f${i}`), '');
    process.kill(pid, 'SIGCONT');
    await log.doubt('burst');
  });

  it('takes no time for a lone event', async () => {
    await start();
    const delays: number[] = [];
    for (let i = 0; i < 10; i++) {
      const started = performance.now();
      tree.write(`src/file${i}`, '');
      await log.dirty(`src/file${i}`);
      delays.push(performance.now() - started);
    }
    const median = delays.sort((a, b) => a - b)[5] ?? Infinity;
    assert.ok(median < 100, `median delay ${Math.round(median)} ms`);
  });

  it('doubts when its process dies, and watches again when told to follow', async () => {
    await start();
    process.kill(log.watcher.pid ?? assert.fail('no watcher process'), 'SIGKILL');
    await log.doubt('restarted');
    log.watcher.follow(['', 'src']);
    await log.ready();
    await log.watched('src', tree);
  });

  it('doubts when its process does not begin to watch, and starts another one', async () => {
    log = new WatcherLog({ root: tree.root, excludes: [], threads: 2 }, 1);
    await log.doubt('restarted');
    assert.equal(log.watcher.pid, undefined);
    assert.match(
      log.details().join(),
      /ended \(it did not begin to watch within 0 s\); changes are looked for by a scan/,
    );
    log.watcher.follow(['', 'src']);
    assert.notEqual(log.watcher.pid, undefined);
  });

  function everyFileIsCovered(count: number, path: (i: number) => string): boolean {
    const told = new Set(log.paths());
    return Array.from({ length: count }, (_, i) => path(i)).every((file) => {
      const ends = [...file].flatMap((character, i) => (character === '/' ? [i] : []));
      return told.has(file) || told.has('') || ends.some((end) => told.has(file.slice(0, end)));
    });
  }
});

/** A watcher, and what it has told since it was last asked. */
class WatcherLog {
  readonly watcher: Watcher;
  readonly #events: WatcherEvent[] = [];
  readonly #waiting: (() => void)[] = [];
  #probes = 0;

  constructor(options: ScanOptions, readyMs?: number) {
    const onEvent = (event: WatcherEvent) => {
      this.#events.push(event);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    const patience = readyMs === undefined ? {} : { readyMs };
    this.watcher = new Watcher({ entry, scan: options, onEvent, log: (line) => console.error(line), ...patience });
    void scan(options, '').then((result) => this.watcher.follow(result.folders()));
  }

  ready(): Promise<void> {
    return this.until(() => this.#take((event) => event.kind === 'ready'));
  }

  /** Waits for the path to be told, and forgets that it was. */
  dirty(path: string): Promise<void> {
    return this.until(() => this.#take((event) => event.kind === 'dirty' && event.paths.includes(path)));
  }

  doubt(reason: string): Promise<void> {
    return this.until(() => this.hasDoubt(reason));
  }

  hasDoubt(reason: string): boolean {
    return this.#events.some((event) => event.kind === 'doubt' && event.reason === reason);
  }

  /** What was said of the doubts. */
  details(): string[] {
    return this.#events.flatMap((event) => (event.kind === 'doubt' ? event.detail : []));
  }

  paths(): string[] {
    return this.#events.flatMap((event) => (event.kind === 'dirty' ? event.paths : []));
  }

  /** Waits until a folder's own watch answers: writes into it until one write is told. */
  async watched(folder: string, tree: FileTree): Promise<void> {
    for (;;) {
      const probe = `${folder}/probe${this.#probes++}`;
      tree.write(probe, '');
      const timeout = new Promise<'late'>((done) => setTimeout(() => done('late'), 250));
      const told = this.until(() => this.paths().includes(probe));
      if ((await Promise.race([told, timeout])) !== 'late') return;
    }
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #take(matches: (event: WatcherEvent) => boolean): boolean {
    const index = this.#events.findIndex(matches);
    if (index >= 0) this.#events.splice(index, 1);
    return index >= 0;
  }

  dispose(): void {
    this.watcher.dispose();
  }
}
