// Commands that are killed at the n-th call that changes their index, by the library of killAt.c. It is quicker than
// strace, which stops at every call, and numbers the calls of all threads, which strace does not.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingProgram, type Place, type RunOptions } from './processes';

/** Which call a process is killed at, from 1, and when: before it, after it, or after half of what it writes. */
export interface KillPoint {
  readonly at: number;
  readonly call: string;
  readonly when: 'before' | 'half' | 'after';
}

/** Why it cannot be used here; undefined when it can. */
export function missingKillAt(): string | undefined {
  if (process.platform !== 'linux') return 'the library that kills is for Linux';
  return missingProgram('cc', 'gcc');
}

/** Runs a command that is killed at a point. */
export function killedAt({ indexDir }: Place, { at, when }: KillPoint): RunOptions {
  return preloaded({ KILL_FOLDER: indexDir, KILL_AT: String(at), KILL_WHEN: when });
}

/** Runs a command to its end, and returns every point at which it can be killed. */
export async function pointsOf(place: Place, command: string): Promise<KillPoint[]> {
  const trace = join(place.folder, 'trace');
  await place.almagest(command, preloaded({ KILL_FOLDER: place.indexDir, KILL_TRACE: trace }));
  const calls = existsSync(trace) ? readFileSync(trace, 'utf8').trim().split('\n') : [];
  rmSync(trace, { force: true });
  return calls.flatMap((call, i): KillPoint[] => {
    const at = { at: i + 1, call };
    const halves: KillPoint[] = /write/.test(call) ? [{ ...at, when: 'half' }] : [];
    return [{ ...at, when: 'before' }, ...halves, { ...at, when: 'after' }];
  });
}

let library: string | undefined;

function preloaded(env: Readonly<Record<string, string>>): RunOptions {
  library ??= compile();
  return { env: { ...env, LD_PRELOAD: library } };
}

function compile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-kill-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const target = join(folder, 'killAt.so');
  const source = join(process.cwd(), 'test/crash/support/killAt.c');
  const { status, stderr } = spawnSync('cc', ['-O1', '-shared', '-fPIC', '-o', target, source, '-ldl'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${source} does not compile: ${stderr}`);
  return target;
}
