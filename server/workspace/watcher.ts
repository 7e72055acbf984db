// Watches one root through a process of its own, which keeps its memory and its stalls away from the server. Its events
// are hints and doubts, never facts: the receiver looks at the disk.

import { fork, type ChildProcess } from 'node:child_process';
import { judgeFolder, type ScanOptions } from './scan';
import type { WatcherEvent, WatcherReply, WatcherRequest } from './watcherMessages';

export interface WatcherOptions {
  /** Path of the bundled entry of the watcher process. */
  readonly entry: string;
  readonly scan: ScanOptions;
  readonly onEvent: (event: WatcherEvent) => void;
  /** Takes a line for the log. */
  readonly log: (line: string) => void;
  /** Milliseconds that a watcher process has to begin to watch; about a minute if absent. */
  readonly readyMs?: number;
}

/** Milliseconds between the death of a watcher process and the doubt that leads to a new one; doubled up to the second. */
const firstRestartMs = 1000;
const longestRestartMs = 60_000;

/** The kernel's tree, of 6,000 folders, is watched within a second. */
const readyMs = 60_000;
const readyMsPerFolder = 5;

/** A heap that fits the number of folders makes V8 collect garbage early instead of hoarding it. */
const heapMib = 64;
const heapMibPerFolder = 8 / 1024;

/** Watches nothing until `follow` is called, and again nothing when its process has died, which it tells as a doubt. */
export class Watcher {
  readonly #options: WatcherOptions;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  /** Runs until the process says that it watches. */
  #readiness: NodeJS.Timeout | undefined;
  #restartMs = firstRestartMs;
  #disposed = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /**
   * Watches these root-relative folders besides those watched already. Folders that appear in them are followed without
   * being asked for, unless a rule ignores them. Call it with the folders of each full scan.
   */
  follow(folders: readonly string[]): void {
    if (this.#disposed) return;
    this.#child ??= this.#start(folders.length);
    this.#send({ kind: 'watch', root: this.#options.scan.root, folders });
  }

  /** Process id of the watcher process; undefined when it is not running. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends the watcher process; no event comes after this call. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#readiness);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(folders: number): ChildProcess {
    const heap = Math.ceil(heapMib + folders * heapMibPerFolder);
    // Optimised code would take memory for a process that has hardly anything to do.
    const small = [`--max-old-space-size=${heap}`, '--max-semi-space-size=1', '--no-opt'];
    const child = fork(this.#options.entry, [], {
      execArgv: small,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Without it, glibc gives each thread of the pool a heap of its own.
      env: { ...process.env, MALLOC_ARENA_MAX: '1' },
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#options.log(`watcher: ${text.trimEnd()}`));
    child.on('message', (reply: WatcherReply) => {
      if (!this.#disposed) this.#onReply(reply);
    });
    child.on('error', (error) => this.#options.log(`watcher: ${error.message}`));
    let late: string | undefined;
    child.once('close', (code, signal) => this.#onExit(late ?? signal ?? `exit code ${code}`));
    const patienceMs = this.#options.readyMs ?? readyMs + folders * readyMsPerFolder;
    this.#readiness = setTimeout(() => {
      late = `it did not begin to watch within ${Math.round(patienceMs / 1000)} s`;
      child.kill('SIGKILL');
    }, patienceMs).unref();
    return child;
  }

  #onReply(reply: WatcherReply): void {
    if (reply.kind === 'folders') {
      void this.#answer(reply.paths);
      return;
    }
    if (reply.kind === 'ready') {
      clearTimeout(this.#readiness);
      this.#restartMs = firstRestartMs;
    }
    this.#options.onEvent(reply);
  }

  /** Tells the process which of the folders that appeared are worth watching. */
  async #answer(paths: readonly string[]): Promise<void> {
    const watch: string[] = [];
    const gone: string[] = [];
    for (const path of paths) {
      try {
        const verdict = await judgeFolder(this.#options.scan, path);
        if (verdict === 'watch') watch.push(path);
        else if (verdict === 'gone') gone.push(path);
      } catch (error) {
        const detail = `The rules for ${path} could not be read: ${String(error)}`;
        if (!this.#disposed) this.#options.onEvent({ kind: 'doubt', reason: 'error', detail });
      }
    }
    if (watch.length + gone.length > 0) this.#send({ kind: 'answer', watch, gone });
  }

  #send(request: WatcherRequest): void {
    // A process that has just died misses the message; its exit leads to a doubt.
    if (this.#child?.connected) this.#child.send(request, () => undefined);
  }

  #onExit(how: string): void {
    if (this.#disposed) return;
    clearTimeout(this.#readiness);
    this.#child = undefined;
    const detail = `The watcher process ended (${how}); changes are looked for by a scan.`;
    this.#restart = setTimeout(
      () => this.#options.onEvent({ kind: 'doubt', reason: 'restarted', detail }),
      this.#restartMs,
    );
    this.#restart.unref();
    this.#restartMs = Math.min(this.#restartMs * 2, longestRestartMs);
  }
}
