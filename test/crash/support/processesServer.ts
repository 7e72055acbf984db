// The language server as a process over stdio with a client that edits, asks and kills.

import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  DidSaveTextDocumentNotification,
  ErrorCodes,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  ResponseError,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  WorkspaceSymbolRequest,
  type ProtocolConnection,
} from 'vscode-languageserver-protocol/node';
import * as protocol from '../../../server/protocol';
import type { Edit } from './edits';
import { killGroup, programs, type Place } from './processes';

/** What a question gets whose server was killed or went away. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

export class Server {
  readonly pid: number;
  /** Resolves with how the process ended. */
  readonly ended: Promise<string>;
  readonly #root: string;
  readonly #client: ProtocolConnection;
  readonly #gone: Promise<never>;
  #error = '';

  private constructor(root: string, child: ChildProcess) {
    this.#root = root;
    this.pid = child.pid ?? 0;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#error += text));
    child.stdin?.on('error', () => undefined); // it was killed while we wrote; `ended` tells
    const reader = new StreamMessageReader(child.stdout as NonNullable<ChildProcess['stdout']>);
    reader.partialMessageTimeout = 0; // a kill leaves half a message, whose timer would never end
    this.#client = createProtocolConnection(
      reader,
      new StreamMessageWriter(child.stdin as NonNullable<ChildProcess['stdin']>),
    );
    this.#client.onError(() => undefined); // the same
    this.#client.listen();
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.#gone = this.ended.then((how) => {
      setImmediate(() => this.#client.dispose()); // after everybody has heard why
      throw new ServerGone(`The server ended: ${how}. ${this.#error}`);
    });
    this.#gone.catch(() => undefined); // whoever asks something hears of it
  }

  /** Starts a server, in a process group of its own. Resolves at once; `open` waits for its index. */
  static start({ root, indexDir }: Place, nodeOptions: readonly string[] = []): Server {
    const child = spawn(process.execPath, [...nodeOptions, join(programs, 'server.js'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const server = new Server(root, child);
    const settings: protocol.Settings = { indexDir, exclude: [], threads: 1, outline: 'always' };
    server
      .#ask(() =>
        server.#client.sendRequest(InitializeRequest.type, {
          processId: process.pid,
          rootUri: null,
          capabilities: {},
          workspaceFolders: [{ uri: pathToFileURL(root).href, name: 'root' }],
          initializationOptions: settings,
        }),
      )
      .then(() => server.#client.sendNotification(InitializedNotification.type, {}))
      .catch(() => undefined); // the next question tells
    return server;
  }

  /** Resolves when the root is open and settled. */
  async open(): Promise<protocol.RootStatus> {
    for (;;) {
      const { roots } = await this.#ask(() =>
        this.#client.sendRequest<protocol.Status>(protocol.SettledRequest.method),
      );
      const [root] = roots;
      if (root !== undefined && root.state !== 'loading' && root.state !== 'empty') return root;
      await new Promise((resolve) => setTimeout(resolve, 5)); // it is still being opened
    }
  }

  /** Tells that files were saved, and resolves when the index shows each new version and no removed one. */
  async seen(edits: readonly Edit[]): Promise<void> {
    for (const { path } of edits) {
      const uri = pathToFileURL(join(this.#root, path)).href;
      await this.#ask(() =>
        this.#client.sendNotification(DidSaveTextDocumentNotification.type, { textDocument: { uri } }),
      );
    }
    const last = new Map(edits.map(({ path, symbol }) => [path, symbol]));
    for (const [path, symbol] of last) {
      while (!(await this.shows(path, symbol))) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  status(): Promise<protocol.Status> {
    return this.#ask(() => this.#client.sendRequest<protocol.Status>(protocol.StatusRequest.method));
  }

  search(query: string, kind: 'text' | 'ranked'): Promise<protocol.SearchResult> {
    return this.#ask(() =>
      this.#client.sendRequest<protocol.SearchResult>(protocol.SearchRequest.method, { query, kind, limit: 100 }),
    );
  }

  /** Process ids of the children whose command line has `program` in it. */
  children(program: string): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && isChild(Number(name), this.pid, program))
      .map(Number);
  }

  /** kill -9 of the server and all of its children. */
  async kill(): Promise<void> {
    killGroup(this.pid);
    await this.ended;
  }

  /** Ends it in order; resolves with how it ended. */
  async stop(): Promise<string> {
    await this.#ask(() => this.#client.sendRequest(ShutdownRequest.type));
    await this.#client.sendNotification(ExitNotification.type);
    return this.ended;
  }

  /** Whether a file shows a symbol now; for undefined: whether it shows no version at all. */
  async shows(path: string, symbol: string | undefined): Promise<boolean> {
    const uri = pathToFileURL(join(this.#root, path)).href;
    const query = symbol ?? 'version';
    const found = (await this.#ask(() => this.#client.sendRequest(WorkspaceSymbolRequest.type, { query }))) ?? [];
    const here = found.filter(({ location }) => location.uri === uri).map(({ name }) => name);
    return symbol === undefined ? here.length === 0 : here.includes(symbol);
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await Promise.race([question(), this.#gone]);
    } catch (error) {
      if (error instanceof ServerGone || (error instanceof ResponseError && !broken.has(error.code))) throw error;
      return this.#gone; // the connection breaks a moment before the end of the process is known
    }
  }
}

/** Codes of answers that the connection gives itself when nobody is there any more. */
const broken: ReadonlySet<number> = new Set([
  ErrorCodes.MessageWriteError,
  ErrorCodes.MessageReadError,
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
]);

function isChild(pid: number, parent: number, program: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ppid = Number(/\) \S (\d+)/.exec(stat)?.[1]);
    return ppid === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
  } catch (error) {
    if (/ENOENT|ESRCH/.test(String(error))) return false; // it ended meanwhile
    throw error;
  }
}
