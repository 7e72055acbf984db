// The server's end of one process that holds SQLite: starts it when there is a task, gives it tasks, and ends it when it
// has had none for a while. SQLite is synchronous: in a process of its own it keeps nobody waiting, and can be ended.

import { fork, type ChildProcess } from 'node:child_process';
import type { SqliteAnswers, SqliteFailure, SqliteReply, SqliteTask } from './messages';

/** A task that was not done. `ended`: the process was, or died. */
export class SqliteTaskError extends Error {
  override readonly name = 'SqliteTaskError';

  constructor(
    readonly failure: SqliteFailure | 'ended',
    message: string,
  ) {
    super(message);
  }
}

interface Waiting {
  readonly resolve: (answer: SqliteAnswers[SqliteTask['kind']]) => void;
  readonly reject: (error: Error) => void;
}

/** Without a task for so long the process gives its memory back, ms. */
const idleMs = 20_000;
/** Lines of the process's output that are quoted when it dies. */
const quotedCharacters = 2000;

export class SqliteProcess {
  readonly #entry: string;
  readonly #cacheBytes: () => number;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 0;
  #peakRss = 0;

  /**
   * @param entry path of the bundled program
   * @param cacheBytes of pages that a process which is started may keep in memory
   */
  constructor(entry: string, cacheBytes: () => number) {
    this.#cacheBytes = cacheBytes;
    this.#entry = entry;
  }

  /** Id of the process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The most memory that it, or one before it, has had, bytes. */
  get peakRss(): number {
    return this.#peakRss;
  }

  /** @throws SqliteTaskError */
  run<Kind extends SqliteTask['kind']>(task: SqliteTask & { readonly kind: Kind }): Promise<SqliteAnswers[Kind]> {
    clearTimeout(this.#idle);
    const child = (this.#child ??= this.#start());
    const id = this.#next++;
    return new Promise<SqliteAnswers[SqliteTask['kind']]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // Messages to a process that has just died are lost; its end tells.
      child.send({ id, task }, () => undefined);
    }) as Promise<SqliteAnswers[Kind]>;
  }

  /** Ends the process, whatever it is doing; tasks that wait fail. The next task starts a new one. */
  end(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    this.#failAll('it was ended');
  }

  #start(): ChildProcess {
    const child = fork(this.#entry, [String(this.#cacheBytes())], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Not the server's own: a debugger port can be opened once.
      execArgv: [],
    });
    let said = '';
    child.stderr?.on('data', (bytes: Buffer) => (said = `${said}${bytes.toString('utf8')}`.slice(-quotedCharacters)));
    child.on('message', (reply: SqliteReply) => this.#onReply(reply));
    const onEnd = (how: string): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#failAll(`${how}${said === '' ? '' : `: ${said.trim()}`}`);
    };
    child.on('error', (error) => onEnd(error.message));
    child.on('close', (code, signal) => onEnd(`it ended with ${signal ?? `exit code ${code}`}`));
    return child;
  }

  #onReply(reply: SqliteReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    this.#peakRss = Math.max(this.#peakRss, reply.peakRss);
    if ('failure' in reply) waiting.reject(new SqliteTaskError(reply.failure, reply.message));
    else waiting.resolve(reply.answer);
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => this.end(), idleMs).unref();
  }

  #failAll(how: string): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(new SqliteTaskError('ended', `The SQLite process is gone: ${how}.`));
  }
}
