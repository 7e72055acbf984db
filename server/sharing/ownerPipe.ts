// The owner's end of the pipe: listens for other processes of this user that want to ask the index, gives each a session
// of its own and tells it the status. A peer that says nothing sensible is hung up on; nobody else notices.

import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { ErrorCodes, ResponseError, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/node';
import { systemErrorCode } from '../store/errors';
import { Throttle } from '../util/throttle';
import type { Root } from '../workspace/roots';
import { isCommand, type QuestionName } from './questions';
import type { Session } from './session';
import {
  debuggingMethod,
  debuggingShape,
  helloMethod,
  helloShape,
  isOurs,
  maxAnswerBytes,
  maxQuestionBytes,
  pingMethod,
  speak,
  statusMethod,
  toWireError,
  typingMethod,
  wireFormat,
  type Hello,
  type Welcome,
} from './wire';

export interface OwnerPipeOptions {
  /** See `pipeAddress`. */
  readonly address: string;
  /** Real path of the root whose index is owned. */
  readonly path: string;
  readonly version: string;
  /** Makes the session of a client that spells the root so. */
  readonly openSession: (root: Root) => Session;
  /** The user of a client is typing. */
  readonly onTyping: () => void;
  /** The user of a client debugs, or does not any more; the client is the same object each time. */
  readonly onDebugging: (client: object, debugging: boolean) => void;
  readonly log: (line: string) => void;
}

const maxClients = 64;
/** Questions of one client that wait for their answers. */
const maxWaiting = 256;
/** Time to say hello, ms. */
const helloMs = 5000;
const statusMs = 100;

export class OwnerPipe {
  readonly #options: OwnerPipeOptions;
  readonly #server: Server;
  readonly #clients = new Set<Client>();

  private constructor(options: OwnerPipeOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  /**
   * Listens at the address; what a former owner left there goes. Only for the holder of the writer lock.
   * @throws Error when the system does not let it
   */
  static async listen(options: OwnerPipeOptions): Promise<OwnerPipe> {
    const pipe = new OwnerPipe(options);
    try {
      await listening(pipe.#server, options.address);
    } catch (error) {
      if (systemErrorCode(error) !== 'EADDRINUSE' || process.platform === 'win32') throw error;
      await rm(options.address, { force: true });
      await listening(pipe.#server, options.address);
    }
    pipe.#server.on('error', (error) => options.log(`the pipe of the index failed: ${error.message}`));
    return pipe;
  }

  /** Processes that ask this one. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Tells every client how the index is doing. */
  statusChanged(): void {
    for (const client of this.#clients) client.statusChanged();
  }

  /** Hangs up on everybody and stops listening. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) client.hangUp();
    return closed;
  }

  #welcome(socket: Socket): void {
    const { log } = this.#options;
    socket.on('error', () => socket.destroy()); // a peer that goes away is no failure of ours
    if (this.#clients.size >= maxClients || !isOurs(socket)) {
      log(`a client was turned away: ${this.#clients.size >= maxClients ? 'too many are there' : 'another user'}`);
      socket.destroy();
      return;
    }
    const client = new Client(socket, this.#options);
    this.#clients.add(client);
    socket.on('close', () => void this.#clients.delete(client));
  }
}

class Client {
  readonly #socket: Socket;
  readonly #options: OwnerPipeOptions;
  readonly #connection: MessageConnection;
  readonly #status = new Throttle(statusMs, () => this.#sendStatus());
  readonly #silence: NodeJS.Timeout;
  #session: Session | undefined;
  #waiting = 0;

  constructor(socket: Socket, options: OwnerPipeOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#silence = setTimeout(() => this.hangUp(), helloMs);
    this.#connection = speak(socket, maxQuestionBytes);
    this.#connection.onError(([error]) => {
      options.log(`a client is hung up on: ${error.message}`);
      this.hangUp();
    });
    this.#connection.onRequest((method, params, token) => this.#answer(method, params, token));
    this.#connection.onNotification(typingMethod, () => {
      if (this.#session !== undefined) options.onTyping();
    });
    this.#connection.onNotification(debuggingMethod, (params: unknown) => {
      if (this.#session !== undefined) options.onDebugging(this, debuggingShape(params, '').debugging);
    });
    socket.on('close', () => this.#end());
    this.#connection.listen();
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  statusChanged(): void {
    if (this.#session !== undefined) this.#status.request();
  }

  async #answer(method: string, params: unknown, token: CancellationToken): Promise<unknown> {
    if (this.#waiting >= maxWaiting || this.#socket.writableLength > maxAnswerBytes) {
      this.hangUp();
      throw new ResponseError(ErrorCodes.ServerNotInitialized, 'Too much is asked at once.');
    }
    this.#waiting++;
    try {
      if (method === helloMethod) return this.#hello(helloShape(params, ''));
      if (this.#session === undefined) throw new ResponseError(ErrorCodes.ServerNotInitialized, 'Say hello first.');
      if (method === pingMethod) return null;
      const question = method as QuestionName;
      const answer = await this.#session.ask(question, params ?? {}, token);
      // Whoever has the answer of a command has the status after it, too.
      if (isCommand(question) || question === 'settled' || question === 'update') this.#sendStatus();
      return answer;
    } catch (error) {
      throw error instanceof ResponseError ? error : toWireError(error);
    } finally {
      this.#waiting--;
    }
  }

  #hello({ format, root }: Hello): Welcome {
    const { path, version, openSession } = this.#options;
    if (format !== wireFormat) {
      const message = `Almagest ${version} (process ${process.pid}) owns the index and speaks format ${wireFormat}, not ${format}.`;
      throw new ResponseError(ErrorCodes.InvalidRequest, message);
    }
    if (root.path !== path) {
      throw new ResponseError(ErrorCodes.InvalidRequest, `This is the index of ${path}, not of ${root.path}.`);
    }
    clearTimeout(this.#silence);
    this.#session ??= openSession(root);
    return { format: wireFormat, pid: process.pid, version, status: this.#session.status };
  }

  /** A client that does not read gets no further status until it does; then it gets the newest. */
  #sendStatus(): void {
    if (this.#session === undefined || this.#socket.destroyed) return;
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', () => this.#status.request());
    // A client that has gone needs no status.
    else this.#connection.sendNotification(statusMethod, this.#session.status).catch(() => this.hangUp());
  }

  #end(): void {
    clearTimeout(this.#silence);
    this.#options.onDebugging(this, false);
    this.#status.dispose();
    this.#connection.dispose();
    void this.#session?.close();
  }
}

function listening(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
