// A client's end of the pipe: the index of a root that another process owns. Notices within seconds that the owner has
// stopped answering, and at once that it has ended; what to do then is its user's to decide.

import { connect, type Socket } from 'node:net';
import { ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import type { RootStatus } from '../protocol';
import type { CancellationToken } from '../util/cancellation';
import { Signal } from '../util/signal';
import type { Root } from '../workspace/roots';
import { isCommand, OwnerLostError, type Answer, type Params, type QuestionName, type RootAnswers } from './questions';
import {
  fromWireError,
  debuggingMethod,
  helloMethod,
  isOurs,
  maxAnswerBytes,
  maxQuestionBytes,
  pingMethod,
  speak,
  statusMethod,
  typingMethod,
  wireFormat,
  type Hello,
  type Welcome,
} from './wire';

export interface RemoteRootOptions {
  /** See `pipeAddress`. */
  readonly address: string;
  readonly root: Root;
  /** The owner told another status. */
  readonly onDidChange: () => void;
}

export type Connected =
  | { readonly kind: 'connected'; readonly remote: RemoteRoot }
  /** Nobody listens. */
  | { readonly kind: 'nobody' }
  /** Somebody listens, and does not answer or will not. */
  | { readonly kind: 'unanswered'; readonly reason: string };

/** An owner that says nothing for so long is taken for stopped, ms: a busy one answers within a tenth of that. */
const silenceMs = 2500;
const pingMs = 1000;
/** Whoever types is still typing for two seconds, so that the owner need not be told of every letter, ms. */
const typingMs = 1000;

export class RemoteRoot implements RootAnswers {
  readonly root: Root;
  /** Of the owner. */
  readonly pid: number;
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  readonly #heart: NodeJS.Timeout;
  #status: RootStatus;
  #askedAt: number | undefined;
  #typingTold = -Infinity;
  #silent = false;
  #lost = false;
  readonly #changed = new Signal();
  /** What to do with the questions that wait when the owner falls silent. */
  readonly #waiting = new Set<() => void>();

  private constructor(options: RemoteRootOptions, socket: Socket, connection: MessageConnection, welcome: Welcome) {
    this.root = options.root;
    this.pid = welcome.pid;
    this.#socket = socket;
    this.#connection = connection;
    this.#status = welcome.status;
    connection.onNotification(statusMethod, (status: RootStatus) => {
      this.#status = status;
      options.onDidChange();
    });
    socket.once('close', () => this.#onClose());
    this.#heart = setInterval(() => this.#beat(), pingMs);
  }

  /** Asks whoever listens at the address to answer for the root. */
  static async connect(options: RemoteRootOptions): Promise<Connected> {
    const socket = await dial(options.address);
    if (socket === undefined) return { kind: 'nobody' };
    if (!isOurs(socket)) {
      socket.destroy();
      return { kind: 'unanswered', reason: `another user listens at ${options.address}` };
    }
    const connection = speak(socket, maxAnswerBytes);
    connection.onError(() => socket.destroy());
    socket.once('close', () => connection.dispose());
    connection.listen();
    const patience = setTimeout(() => socket.destroy(), silenceMs);
    try {
      const hello: Hello = { format: wireFormat, root: options.root };
      const welcome = await connection.sendRequest<Welcome>(helloMethod, hello);
      if (socket.destroyed) return { kind: 'nobody' };
      return { kind: 'connected', remote: new RemoteRoot(options, socket, connection, welcome) };
    } catch (error) {
      const refused = error instanceof ResponseError && !(fromWireError(error, '') instanceof OwnerLostError);
      socket.destroy();
      const reason = refused ? error.message : 'the process that owns the index does not answer';
      return { kind: 'unanswered', reason };
    } finally {
      clearTimeout(patience);
    }
  }

  get status(): RootStatus {
    return this.#status;
  }

  /** The owner has ended, or hung up. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Resolves when `lost` or `silent` is another than now. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** The owner has stopped answering, which may pass. */
  get silent(): boolean {
    return this.#silent;
  }

  async ask<Q extends QuestionName>(question: Q, params: Params<Q>, token?: CancellationToken): Promise<Answer<Q>> {
    refuseTooLong(params);
    const who = `Process ${this.pid}, which owns the index of ${this.root.path},`;
    if (this.#silent) throw new OwnerLostError(`${who} does not answer.`);
    const answer = this.#send(question, params, token).catch((error: unknown) => {
      throw fromWireError(error, `${who} ended before it answered.`);
    });
    // A command that is under way in a process that stopped may still be carried out: only its end is an answer.
    return isCommand(question) ? answer : this.#unlessSilent(answer, `${who} does not answer.`);
  }

  /** Tells the owner whether the user of this process debugs. */
  noteDebugging(debugging: boolean): void {
    this.#tell(debuggingMethod, { debugging });
  }

  /** Tells the owner that the user of this process is typing. */
  noteTyping(): void {
    const now = performance.now();
    if (now - this.#typingTold < typingMs) return;
    this.#typingTold = now;
    this.#tell(typingMethod);
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  async #send<Q extends QuestionName>(question: Q, params: Params<Q>, token?: CancellationToken): Promise<Answer<Q>> {
    return token === undefined
      ? this.#connection.sendRequest(question, params)
      : this.#connection.sendRequest(question, params, token);
  }

  /** An owner that is gone need not know. */
  #tell(method: string, ...params: readonly object[]): void {
    if (!this.#lost) this.#connection.sendNotification(method, ...params).catch(() => undefined);
  }

  #unlessSilent<T>(answer: Promise<T>, message: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new OwnerLostError(message));
      this.#waiting.add(giveUp);
      answer.then(resolve, reject).finally(() => this.#waiting.delete(giveUp));
    });
  }

  #onClose(): void {
    clearInterval(this.#heart);
    this.#lost = true;
    this.#changed.fire();
  }

  #beat(): void {
    if (this.#askedAt === undefined) {
      this.#askedAt = performance.now();
      this.#connection.sendRequest(pingMethod, {}).then(
        () => {
          this.#askedAt = undefined;
          this.#setSilent(false);
        },
        () => undefined, // the connection ended, which is told by itself
      );
      return;
    }
    // After a sleep of this process the answer may be there, not yet read: what has come is read before the immediate.
    setImmediate(() => {
      if (this.#askedAt !== undefined && performance.now() - this.#askedAt > silenceMs) this.#setSilent(true);
    });
  }

  #setSilent(silent: boolean): void {
    if (silent === this.#silent || this.#lost) return;
    this.#silent = silent;
    if (silent) for (const giveUp of this.#waiting) giveUp();
    this.#changed.fire();
  }
}

/** The socket, connected; undefined when nobody listens there. */
function dial(address: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

/** The owner hangs up on longer ones. */
function refuseTooLong(params: object): void {
  const text = 'text' in params && typeof params.text === 'string' ? params.text : '';
  // Six bytes a character at most; the exact length is only needed for texts near the limit.
  if (text.length * 6 > maxQuestionBytes && Buffer.byteLength(JSON.stringify(text)) > maxQuestionBytes - 4096) {
    throw new RangeError(`A text of ${text.length} characters is too long for the process that owns the index.`);
  }
}
