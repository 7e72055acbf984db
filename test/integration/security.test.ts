// What a hostile workspace may try: nothing of it is executed, followed, waited for or given away. Real indexes of real
// folders; what needs a tool that is not there is skipped and says so.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { createFileTree, useWorkspace, type FileTree } from '../support/fileTree';
import { dumpOf, withIndex } from '../support/indexes';

const cli = join(process.cwd(), 'dist/cli.js');

describe('a hostile workspace', function () {
  this.timeout(600_000); // of a busy machine; a quiet one takes seconds
  let tree: FileTree;
  let indexes: FileTree;

  beforeEach(() => {
    tree = createFileTree({ 'src/harmless.ts': 'export function harmless(): void {}\n' });
    indexes = createFileTree();
  });

  afterEach(() => {
    tree.dispose();
    indexes.dispose();
  });

  it('has its secrets in no artifact, however their files are called', async () => {
    const names = [
      '.env',
      '.env.local',
      '.ENV',
      '.Env.Production',
      'id_rsa',
      'ID_RSA',
      'id_ed25519',
      'server.pem',
    ].concat(
      ['Server.PEM', 'private.key', '.npmrc', '.NPMRC', '.netrc', '.pypirc', '.aws/credentials', '.AWS/config'],
      ['.ssh/config', '.SSH/known_hosts', 'deep/er/.env', 'deep/.ssh/id_dsa', '.git/config', '.git/HEAD.ts'],
    );
    const canaries = names.map((name) => {
      const canary = `canary${randomBytes(12).toString('hex')}`;
      tree.write(name, `export const token = '${canary}';\nTOKEN=${canary}\n`);
      return canary;
    });
    tree.write('.gitignore', '!.env\n!*.pem\n!.ssh/\n!**/id_rsa\n');
    await withIndex(tree.root, indexes.root, async (index) => {
      const rest = await everythingIn(index);
      for (const [i, canary] of canaries.entries()) {
        assert.ok(!rest.includes(canary), `the facts hold the secret of ${names[i]}`);
      }
      assert.ok(rest.includes('harmless'));
      tree.write('src/.env.test', `${canaries[0]}\n`);
      index.hint(['src/.env.test']);
      await index.settled();
      await index.save();
    });
    for (const path of filesBelow(indexes.root)) {
      const bytes = readFileSync(path, 'latin1');
      for (const [i, canary] of canaries.entries()) {
        assert.ok(!bytes.includes(canary), `${path} holds the secret of ${names[i]}`);
      }
    }
    await withIndex(tree.root, indexes.root, async (index) => {
      assert.ok((await index.clear()).ok);
    });
    // A lock that is removed could be held twice.
    assert.deepEqual(
      filesBelow(indexes.root).map((path) => basename(path)),
      ['LOCK'],
    );
  });

  it('gets an index that nobody else can read, after every command', async function () {
    if (process.platform === 'win32') return void skip(this, 'Windows has no such permissions');
    const indexDir = join(indexes.root, 'made/by/us');
    for (const command of ['index', 'rebuild', 'sql', 'export', 'verify', 'repair']) {
      tree.write(`src/${command}.ts`, `export const ${command} = 1;\n`);
      const more = command === 'sql' ? ['SELECT count(*) FROM files'] : [];
      // The widest mask there is: what is private is so by our own doing.
      const line = `umask 0; exec "$0" "$@" --index-dir ${indexDir}`;
      const ran = spawnSync('sh', ['-c', line, process.execPath, cli, command, ...more], {
        cwd: tree.root,
        encoding: 'utf8',
      });
      assert.equal(ran.status, 0, ran.stderr);
      for (const path of entriesBelow(indexes.root)) {
        const status = lstatSync(path);
        const expected = status.isDirectory() ? 0o700 : 0o600;
        assert.equal((status.mode & 0o777).toString(8), expected.toString(8), `${command}: ${path}`);
      }
    }
    chmodSync(indexDir, 0o777);
    await withIndex(tree.root, indexDir, (index) => {
      assert.equal(index.status.state, 'corrupted');
      assert.match(index.status.cause, /can be written to by other users/);
      return Promise.resolve();
    });
  });

  it('does not lead out of itself while folders and links change places', async function () {
    if (process.platform === 'win32') return void skip(this, 'links need rights on Windows');
    const outside = createFileTree({ 'file.ts': 'export const outsideCanary = 1;\n' });
    try {
      for (let i = 0; i < 8; i++) tree.write(`swap${i}/file.ts`, `export const inside${i} = 1;\n`);
      const swapper = spawn(process.execPath, ['-e', swapForever, tree.root, outside.root], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let swaps = 0;
      swapper.stdout.on('data', (bytes: Buffer) => (swaps += bytes.length * swapsPerByte));
      try {
        await withIndex(tree.root, indexes.root, async (index) => {
          for (let round = 0; round < 10 || swaps < 10_000; round++) {
            index.hint(['swap0/file.ts', 'swap1', 'swap2/file.ts', 'link3/file.ts', 'swap4']);
            index.requestScan(`round ${round}`);
            await index.settled();
            assert.doesNotMatch(await everythingIn(index), /outsideCanary/, `round ${round}`);
          }
          await index.save();
        });
      } finally {
        swapper.kill('SIGKILL');
        await once(swapper, 'close');
      }
      for (const path of filesBelow(indexes.root)) {
        assert.ok(!readFileSync(path, 'latin1').includes('outsideCanary'), path);
      }
    } finally {
      outside.dispose();
    }
  });

  it('is not waited for: pipes, sockets and devices are skipped with a reason, their neighbours indexed', async function () {
    if (process.platform === 'win32') return void skip(this, 'no such files on Windows');
    const socket = createServer().listen(join(tree.root, 'src/socket.ts'));
    await once(socket, 'listening');
    try {
      execFileSync('mkfifo', [join(tree.root, 'src/pipe.ts')]);
      const isRoot = process.getuid?.() === 0;
      if (isRoot) execFileSync('mknod', [join(tree.root, 'src/zero.ts'), 'c', '1', '5']);
      symlinkSync('/dev/zero', join(tree.root, 'src/link.ts'));
      symlinkSync('..', join(tree.root, 'src/loop'));
      await withIndex(tree.root, indexes.root, async (index) => {
        index.hint(['src/pipe.ts', 'src/socket.ts', 'src/zero.ts', 'src/link.ts', 'src/loop']);
        await index.settled();
        assert.deepEqual([...index.facts.paths()], ['src/harmless.ts']);
        const skipped = new Map(index.scanSkipped.list.map(({ path, reason }) => [path, reason]));
        const expected = [
          'src/pipe.ts',
          'src/socket.ts',
          'src/link.ts',
          'src/loop',
          ...(isRoot ? ['src/zero.ts'] : []),
        ];
        assert.deepEqual([...skipped.keys()].sort(), expected.sort());
      });
    } finally {
      socket.close();
      await once(socket, 'close');
    }
  });

  it('runs nothing, connects to nothing and is not written to', async function () {
    if (spawnSync('strace', ['-V']).status !== 0) return void skip(this, 'there is no strace here');
    const pwn = `require('fs').writeFileSync(${JSON.stringify(join(indexes.root, 'pwned'))}, '')`;
    const shell = `#!/bin/sh\ntouch ${join(indexes.root, 'pwned')}\n`;
    tree.write('package.json', JSON.stringify({ main: 'trap.js', scripts: { preinstall: 'node trap.js' } }));
    for (const name of ['trap.js', '.eslintrc.js', 'node_modules/chokidar/index.js', 'native/index.js'])
      tree.write(name, pwn);
    for (const name of ['.git/hooks/post-checkout', '.git/fsmonitor', 'git', 'node']) tree.write(name, shell);
    for (const name of ['.git/hooks/post-checkout', '.git/fsmonitor', 'git', 'node']) chmodSync(tree.at(name), 0o755);
    tree.write('.git/config', `[core]\n\tfsmonitor = ${tree.at('.git/fsmonitor')}\n\tpager = ${tree.at('git')}\n`);
    tree.write('.git/HEAD', 'ref: refs/heads/main\n');
    tree.write('.vscode/settings.json', JSON.stringify({ 'almagest.index.location': tree.root }));
    for (const name of ['addon.node', 'library.so', 'module.wasm', 'native/almagest.linux-x64-gnu.node']) {
      tree.write(name, '\x7fELF not really');
    }
    const before = fingerprint(tree.root);
    const trace = join(indexes.root, 'trace');
    const args = ['-f', '-qq', '-y', '-o', trace, '-e', 'trace=execve,execveat,connect,mmap', process.execPath, cli];
    const ran = spawnSync('strace', [...args, 'index', '--index-dir', join(indexes.root, 'index')], {
      cwd: tree.root,
      encoding: 'utf8',
    });
    assert.equal(ran.status, 0, ran.stderr);
    const calls = readFileSync(trace, 'utf8').split('\n');
    const programs = calls.flatMap((call) => /execve(?:at)?\((?:\S+, )?"([^"]*)"/.exec(call)?.[1] ?? []);
    assert.deepEqual([...new Set(programs)], [process.execPath], 'only node itself is run');
    assert.deepEqual(
      calls.filter((call) => /connect\(.*AF_INET/.test(call)),
      [],
    );
    const mapped = calls.filter((call) => call.includes('PROT_EXEC') && call.includes(`<${tree.root}/`));
    assert.deepEqual(mapped, [], 'code of the workspace is loaded');
    assert.ok(!filesBelow(indexes.root).some((path) => path.endsWith('pwned')));
    assert.deepEqual(fingerprint(tree.root), before, 'the workspace was written to');
  });

  it('does not pass an index of its own off as ours', async () => {
    await withIndex(tree.root, indexes.root, (index) => index.save());
    const [id = ''] = readdirSync(indexes.root);
    // The same index, with a lie in it, where an attacker can put it.
    for (const place of ['.almagest', 'almagest', '.cache/almagest']) {
      mkdirSync(join(tree.root, place), { recursive: true });
      execFileSync('cp', ['-r', join(indexes.root, id), join(tree.root, place, id)]);
    }
    const before = fingerprint(tree.root);
    await withIndex(tree.root, indexes.root, (index) => {
      assert.ok(!index.status.indexFolder.startsWith(tree.root));
      return Promise.resolve();
    });
    await withIndex(tree.root, join(tree.root, '.almagest'), (index) => {
      assert.equal(index.status.state, 'corrupted');
      assert.match(index.status.cause, /inside the workspace/);
      return Promise.resolve();
    });
    assert.deepEqual(fingerprint(tree.root), before);
  });

  it('has names that mean something to JavaScript, and they mean nothing', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf'];
    for (const name of names) {
      tree.write(`${name}.ts`, `export function ${name}(): void {}\nexport class ${name}Class { ${name}() {} }\n`);
      tree.write(`folder/${name}/${name}.json`, `{ "${name}": { "polluted": true } }\n`);
    }
    await withIndex(tree.root, indexes.root, async (index) => {
      const paths = new Set(index.facts.paths());
      for (const name of names) assert.ok(paths.has(`${name}.ts`) && paths.has(`folder/${name}/${name}.json`), name);
      const dump = dumpOf(index);
      for (const name of names) assert.match(dump, new RegExp(`\\b${name}Class\\b`));
      assert.deepEqual((await index.verify()).findings, []);
    });
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('does not keep the parser for ever: what a grammar loops over is text only, the rest is there', async () => {
    // Found by fuzzing: recovering from its errors, the parser of Kotlin comes to no end. Any other length, and it does.
    const a = (length: number): string => 'a'.repeat(length);
    const loop = [
      `{a;${a(9)}`,
      `#${a(22)}`,
      `${a(10)}`,
      `${a(76)}`,
      `${a(8)}`,
      `${a(38)}`,
      'a',
      `${a(10)}`,
      `${a(9)}`,
      `${a(53)}`,
      '  before',
      ' #^^^^^^ call before in=after',
      '}',
      '"é"; lateinit var rest: Map<String, Form<Int>>',
      `//${' '.repeat(98)}`,
      '',
      '//',
    ].join('\n');
    tree.write('Loop.kt', loop);
    tree.write('Sound.kt', 'class Sound { fun well() {} }\n');
    await withIndex(tree.root, indexes.root, async (index) => {
      assert.deepEqual(index.facts.counts.limited, { deadline: 1 });
      const dump = dumpOf(index);
      assert.match(dump, /file "Loop.kt" .* limit deadline/);
      assert.match(dump, /symbol \w+ "Sound"/);
      assert.match(dump, /symbol \w+ "harmless"/);
      assert.deepEqual((await index.verify()).findings, []);
    });
  });

  it('is bounded: what is too large, too deep or too much is left out with its reason, the rest is there', async () => {
    tree.write(`${'d/'.repeat(140)}deep.ts`, 'export const deep = 1;\n');
    tree.write(`${'n'.repeat(250)}.ts`, 'export const long = 1;\n');
    tree.write('many.ts', Array.from({ length: 210_000 }, (_, i) => `var v${i};`).join('\n'));
    tree.write('nested.json', '[\n'.repeat(60_000));
    tree.write('line.js', `x=${'"a"+'.repeat(400_000)}1;`);
    tree.write('bomb.gz', gzipSync(Buffer.alloc(16 << 20)).toString('latin1'));
    tree.write('huge.ts', 'export const huge = 1;\n');
    truncateSync(tree.at('huge.ts'), 2 ** 40);
    for (let i = 0; i < 2_000; i++) tree.write(`crowd/f${i}.txt`, '');
    await withIndex(tree.root, indexes.root, (index) => {
      const paths = new Set(index.facts.paths());
      assert.ok(paths.has(`${'n'.repeat(250)}.ts`) && paths.has('src/harmless.ts') && paths.has('crowd/f1999.txt'));
      assert.ok(![...paths].some((path) => path.endsWith('deep.ts')));
      assert.ok(index.scanSkipped.list.some(({ reason }) => reason === 'tooDeep'));
      const { skipped, limited, symbols } = index.facts.counts;
      assert.deepEqual(skipped, { binary: 1, tooLarge: 1 });
      assert.deepEqual(limited, { noGrammar: 2_000, longLines: 1, syntaxErrors: 1, rowLimit: 1 });
      assert.ok(symbols <= 200_010, `${symbols} symbols`);
      return Promise.resolve();
    });
  });
});

describe('the shape of a hostile workspace', function () {
  this.timeout(600_000);
  const workspace = useWorkspace({ 'src/harmless.ts': 'export function harmless(): void {}\n' });

  it('does not lead the walk on for ever: what it leaves out it names, and the rest is there', async function () {
    const { tree, place } = workspace;
    // Deeper than a walk goes, and longer than a path can be.
    const chains = [
      ['d', '1000'],
      ['e'.repeat(200), '40'],
    ] as const;
    for (const chain of chains) execFileSync(process.execPath, ['-e', chainOfFolders, ...chain], { cwd: tree.root });
    // Rules without end, and as many as there may be, among them such that have many ways to match.
    tree.write('big/.gitignore', 'kept.ts\n'.repeat(1_300_000));
    tree.write('big/kept.ts', 'export const kept = 1;\n');
    const rules = Array.from({ length: 60_000 }, (_, i) => `gone${i}.ts`);
    tree.write(
      'many/.gitignore',
      [...rules, '**/'.repeat(300) + 'x', '[', '*a'.repeat(100), '{'.repeat(500)].join('\n'),
    );
    for (const name of ['gone59999.ts', 'stays.ts', `${'a'.repeat(99)}.ts`])
      tree.write(`many/${name}`, 'export const a = 1;\n');
    for (let i = 0; i < 5_000; i++) tree.write(`crowd/${i % 50}/f${i}.txt`, '');
    try {
      await withIndex(tree.root, place.root, (index) => {
        const paths = [...index.facts.paths()].filter((path) => !/^(crowd|d|e+)\/|\.gitignore$/.test(path));
        const reasons = new Map(index.scanSkipped.list.map(({ path, reason }) => [path, reason]));
        assert.deepEqual(paths.sort(), [
          'big/kept.ts',
          `many/${'a'.repeat(99)}.ts`,
          'many/stays.ts',
          'src/harmless.ts',
        ]);
        assert.equal(reasons.get('big/.gitignore'), 'tooLarge');
        assert.deepEqual([...new Set(reasons.values())].sort(), ['tooDeep', 'tooLarge', 'unreadable']);
        // The lists of rules are files, too.
        assert.equal(index.facts.counts.limited.noGrammar, 5_000 + 2);
        return Promise.resolve();
      });
    } finally {
      // What Node removes it names by its whole path, which is too long.
      for (const [step] of chains) execFileSync('rm', ['-rf', tree.at(step)]);
    }
  });

  it('may contain itself by a mount', async function () {
    const { tree, place } = workspace;
    mkdirSync(tree.at('loop'));
    const { status, stderr } = spawnSync('mount', ['--bind', tree.root, tree.at('loop')], { encoding: 'utf8' });
    if (status !== 0) return void skip(this, `nothing can be mounted here: ${stderr.trim()}`);
    try {
      await withIndex(tree.root, place.root, (index) => {
        // The mount does not lie in itself, so that this is all there is.
        assert.deepEqual([...index.facts.paths()].sort(), ['loop/src/harmless.ts', 'src/harmless.ts']);
        return Promise.resolve();
      });
    } finally {
      execFileSync('umount', [tree.at('loop')]);
    }
  });

  it('cannot be indexed to the disk of another machine, where locks cannot be trusted', async function () {
    const { tree, place } = workspace;
    if (spawnSync('nbdfuse', ['--version']).status !== 0) return void skip(this, 'there is no nbdfuse here');
    const remote = place.at('remote');
    mkdirSync(remote);
    // What the system says of such a mount is what it would say of sshfs.
    const mount = spawn('nbdfuse', [
      '-o',
      'subtype=sshfs',
      remote,
      '[',
      'nbdkit',
      '--exit-with-parent',
      'memory',
      '1M',
      ']',
    ]);
    const ended = once(mount, 'close');
    try {
      while (!readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${remote} `)) {
        if (mount.exitCode !== null) return void skip(this, 'nothing can be mounted by FUSE here');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const { status: code, stderr } = spawnSync(process.execPath, [cli, 'index', tree.root, '--index-dir', remote], {
        encoding: 'utf8',
      });
      assert.equal(code, 5, stderr);
      assert.match(stderr, /on a network file system \(fuse\.sshfs\), where locks cannot be trusted/);
      assert.match(stderr, /Set almagest\.index\.location \(command line: --index-dir\) to another folder/);
    } finally {
      spawnSync('umount', [remote]);
      await ended;
    }
  });
});

/** Every fact of an index, and everything that its search index stores, as text. */
async function everythingIn(index: RootIndex): Promise<string> {
  const parts = [dumpOf(index)];
  for (let after: string | undefined; ;) {
    const page = (await index.search?.storedFacts(after, 500)) ?? [];
    parts.push(...page.map(({ path, facts }) => path + facts.toString('latin1')));
    after = page.at(-1)?.path;
    if (page.length < 500) return parts.join('\n');
  }
}

/** Makes so many folders of a name, each in the one before, with a file in each. */
const chainOfFolders = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  for (let i = 0; i < Number(process.argv[2]); i++) {
    mkdirSync(process.argv[1]);
    process.chdir(process.argv[1]);
    writeFileSync('f.ts', 'export const f = 1;');
  }
`;

const swapsPerByte = 80;

/** Swaps each folder `swap<i>` with a link to the outside, again and again, and writes a byte each ten rounds. */
const swapForever = `
  const { renameSync, symlinkSync, writeSync } = require('node:fs');
  const [root, outside] = process.argv.slice(1);
  for (let i = 0; i < 8; i++) symlinkSync(outside, root + '/link' + i);
  for (let round = 1; ; round++) {
    if (round % 10 === 0) writeSync(1, '.');
    for (let i = 0; i < 8; i++) {
      renameSync(root + '/swap' + i, root + '/.aside' + i);
      renameSync(root + '/link' + i, root + '/swap' + i);
      renameSync(root + '/swap' + i, root + '/link' + i);
      renameSync(root + '/.aside' + i, root + '/swap' + i);
    }
  }
`;

function entriesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...entriesBelow(path)] : [path];
  });
}

function filesBelow(folder: string): string[] {
  return entriesBelow(folder).filter((path) => lstatSync(path).isFile());
}

/** Path, kind, mode, time and content of everything below a folder. */
function fingerprint(folder: string): string[] {
  return entriesBelow(folder).map((path) => {
    const { mode, mtimeMs } = lstatSync(path);
    const kind = lstatSync(path);
    const content = kind.isFile() ? readFileSync(path) : kind.isSymbolicLink() ? readlinkSync(path) : '';
    return `${path} ${mode} ${mtimeMs} ${createHash('sha256').update(content).digest('hex')}`;
  });
}

function skip(context: Mocha.Context, reason: string): void {
  console.log(`    skipped: ${reason}`);
  context.skip();
}
