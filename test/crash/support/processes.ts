// The real programs in dist/ at work on a workspace in a temporary folder: the command line, under strace where asked,
// and what the oracles want to know of the index. The language server is in processesServer.ts.

import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnOptions } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { blake3 } from '../../../native';
import { dumpOf, withIndex } from '../../support/indexes';
import {
  checkEqualsFresh,
  checkNoOrphans,
  checkStoresAgree,
  checkTransitions,
  checkUntouched,
  photograph,
} from './oracles';

export const programs = join(process.cwd(), 'dist');
const cli = join(programs, 'cli.js');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What happens to it after so many ms, unless it has ended before. */
  readonly strike?: { readonly afterMs: number; readonly blow: (pid: number) => void };
  /** Before the program: `strace …`, options of node. */
  readonly before?: readonly string[];
  readonly nodeOptions?: readonly string[];
}

/** Runs a program in a process group of its own, to its end. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const spawnOptions: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'], detached: true };
  if (options.env !== undefined) spawnOptions.env = { ...process.env, ...options.env };
  const [first = program, ...rest] = [...(options.before ?? []), program, ...args];
  const child = spawn(first, rest, spawnOptions);
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const { strike } = options;
  const timer = strike && setTimeout(() => strike.blow(child.pid ?? 0), strike.afterMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, out, err });
    });
  });
}

/** Kills a process and all that it started, at once. */
export function killGroup(pid: number): void {
  if (pid === 0) return; // it never started, or has ended
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone already
  }
}

/** A workspace and the place of its index, made for one run and removed with it. */
export class Place {
  readonly folder: string;
  readonly root: string;
  readonly indexDir: string;

  /** `indexDir`: where the index lies; beside the workspace if absent. */
  constructor(indexDir?: string) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'almagest-crash-')));
    this.root = join(this.folder, 'root');
    this.indexDir = indexDir ?? join(this.folder, 'indexes');
    mkdirSync(this.root);
    mkdirSync(this.indexDir, { recursive: true, mode: 0o700 });
  }

  /** The folder of the workspace's own index. */
  get indexFolder(): string {
    return join(this.indexDir, blake3(Buffer.from(this.root)).toString('hex').slice(0, 32));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Runs `almagest <command> <root> …`. */
  almagest(command: string, options: RunOptions & { readonly indexDir?: string } = {}): Promise<Ended> {
    const [name = '', ...more] = command.split(' ');
    const args = [...(options.nodeOptions ?? []), cli, name, this.root, ...more];
    return run(process.execPath, [...args, '--index-dir', options.indexDir ?? this.indexDir], options);
  }

  /** The same, which has to succeed; returns what it printed. */
  async succeed(command: string, where: string, options: { readonly indexDir?: string } = {}): Promise<string> {
    const { code, signal, out, err } = await this.almagest(command, options);
    assert.equal(code, 0, `${where}: "almagest ${command}" ended with ${code ?? signal}: ${err}${out}`);
    return out;
  }

  /** Puts a question to the index, which has to be answered; returns what was printed. */
  async ask(command: 'search' | 'sql' | 'symbols', query: string, where: string): Promise<string> {
    const args = [cli, command, query, '--root', this.root, '--index-dir', this.indexDir];
    const { code, signal, out, err } = await run(process.execPath, args);
    assert.equal(code, 0, `${where}: "almagest ${command} ${query}" ended with ${code ?? signal}: ${err}${out}`);
    return out;
  }

  dump(where: string): Promise<string> {
    return this.succeed('dump', where);
  }

  /**
   * The same of an index that nobody has open, read by this process, which takes a tenth of a command's time; `verified`:
   * a verification has to find nothing wrong with it.
   */
  read(where: string, verified = false): Promise<string> {
    return withIndex(
      this.root,
      this.indexDir,
      async (index) => {
        assert.notEqual(index.status.state, 'corrupted', `${where}: ${index.status.cause}`);
        if (verified) assert.deepEqual((await index.verify()).findings, [], where);
        return dumpOf(index);
      },
      { mode: 'reader' },
    );
  }

  /** The dump of a new index of the workspace as it is now. */
  async freshDump(): Promise<string> {
    const indexDir = mkdtempSync(join(this.folder, 'fresh-'));
    try {
      return await withIndex(this.root, indexDir, (index) => Promise.resolve(dumpOf(index)), {
        threads: 1,
        laterStages: [],
      });
    } finally {
      rmSync(indexDir, { recursive: true });
    }
  }

  /**
   * Brings the index up to date by `command` and holds everything against the oracles O2, O3, O5, O6 and O7. `fresh`:
   * the dump of a fresh index of the same tree, where it is known.
   */
  async checkWhole(where: string, command = 'index', fresh?: string): Promise<void> {
    const before = photograph(this.root);
    await this.succeed(command, where);
    const dump = await this.read(where, true);
    checkEqualsFresh(dump, fresh ?? (await this.freshDump()), where);
    await checkStoresAgree(dump, this.indexFolder, where);
    checkNoOrphans(this.indexFolder, where);
    checkTransitions(this.indexFolder, where);
    checkUntouched(this.root, before, where);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Why a program is not there, in words; undefined when it is. */
export function missingProgram(name: string, packageName = name): string | undefined {
  const { error } = spawnSync(name, ['--version'], { stdio: 'ignore' });
  return error === undefined ? undefined : `${name} is not installed (Debian: apt-get install ${packageName})`;
}

/**
 * The words before a command that runs it under strace. One thread for files makes the order of calls repeatable. Never
 * with `--seccomp-bpf`: it would be quicker, but strace 6.1 then kills nobody.
 */
export function underStrace(...options: string[]): RunOptions {
  return { before: ['strace', '-f', '-qq', ...options], env: { UV_THREADPOOL_SIZE: '1' } };
}

/** Why strace cannot be used here. */
export function missingStrace(): string | undefined {
  const reason = missingProgram('strace');
  if (reason !== undefined) return reason;
  const { status, stderr } = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim()}`;
}
