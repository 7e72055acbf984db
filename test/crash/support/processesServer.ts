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
  LogMessageNotification,
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

const unwatched = join(process.cwd(), 'dist-test/crash/support/unwatched.program.js');

/** What a question gets whose server was killed or went away. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

export class Server {
  readonly pid: number;
  /** Resolves with how the process ended. */
  readonly ended: Promise<string>;
  readonly #roots: readonly string[];
  readonly #client: ProtocolConnection;
  readonly #gone: Promise<never>;
  #error = '';
  #log = '';

  private constructor(roots: readonly string[], child: ChildProcess) {
    this.#roots = roots;
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
    this.#client.onNotification(LogMessageNotification.type, ({ message }) => void (this.#log += `${message}\n`));
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

  /**
   * Starts a server, in a process group of its own, with `env` besides ours. Resolves at once; `open` waits for its index.
   */
  static start(place: Place, env: Readonly<Record<string, string>> = {}): Server {
    return Server.#start([join(programs, 'server.js')], [place], env);
  }

  /** Starts a server of several workspaces, whose indexes lie in one folder, that watches none of them. */
  static startUnwatched(places: readonly Place[]): Server {
    return Server.#start([unwatched], places);
  }

  static #start(command: readonly string[], places: readonly Place[], env = {}): Server {
    const child = spawn(process.execPath, [...command, '--stdio'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...env },
    });
    const server = new Server(
      places.map(({ root }) => root),
      child,
    );
    const settings: protocol.Settings = {
      indexDir: places[0]?.indexDir ?? '',
      exclude: [],
      threads: 1,
      outline: 'always',
    };
    server
      .#ask(() =>
        server.#client.sendRequest(InitializeRequest.type, {
          processId: process.pid,
          rootUri: null,
          capabilities: {},
          workspaceFolders: server.#roots.map((root) => ({ uri: uriOf(root), name: 'root' })),
          initializationOptions: settings,
        }),
      )
      .then(() => server.#client.sendNotification(InitializedNotification.type, {}))
      .catch(() => undefined); // the next question tells
    return server;
  }

  /** Resolves when all roots are open and settled, with the status of the first. */
  async open(): Promise<protocol.RootStatus> {
    for (;;) {
      const { roots } = await this.#ask(() =>
        this.#client.sendRequest<protocol.Status>(protocol.SettledRequest.method),
      );
      const [root] = roots;
      const isOpen = roots.every(({ state }) => state !== 'loading' && state !== 'empty');
      if (root !== undefined && isOpen) return root;
      await new Promise((resolve) => setTimeout(resolve, 5)); // it is still being opened
    }
  }

  /** Tells that files were saved, and resolves when the index shows each new version and no removed one. */
  async seen(edits: readonly Edit[], root = this.#roots[0]): Promise<void> {
    const newest = new Map(edits.map((edit) => [uriOf(root, edit.path), edit]));
    for (const uri of newest.keys()) {
      await this.#ask(() =>
        this.#client.sendNotification(DidSaveTextDocumentNotification.type, { textDocument: { uri } }),
      );
    }
    for (const [uri, { symbol, query }] of newest) {
      while (!(await this.#shows(uri, symbol, query))) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Runs a command on a root, to its end. */
  run(command: 'rebuild' | 'repair', root: string): Promise<protocol.CommandResult> {
    const { method } = command === 'rebuild' ? protocol.RebuildRequest : protocol.RepairRequest;
    return this.#ask(() => this.#client.sendRequest(method, { root: uriOf(root) }));
  }

  /** Changes settings; those that are not given stay. */
  configure(settings: Partial<protocol.Settings>): Promise<void> {
    return this.#ask(() => this.#client.sendNotification(protocol.SettingsChangedNotification.method, settings));
  }

  /** What it and its children wrote to standard error, and its log. */
  get said(): string {
    return this.#error + this.#log;
  }

  /**
   * Tells that a file was saved, and asks all that there is to ask, until each question has an answer, which may be that
   * there is none. `command` is one of those that people give.
   */
  async useEverything(path: string, command: string): Promise<void> {
    const uri = uriOf(this.#roots[0], path);
    const root = uriOf(this.#roots[0]);
    const textDocument = { uri };
    await this.#ask(() => this.#client.sendNotification(DidSaveTextDocumentNotification.type, { textDocument }));
    const requests: readonly (readonly [method: string, params: object])[] = [
      [protocol.SettledRequest.method, {}],
      [WorkspaceSymbolRequest.method, { query: 'name' }],
      ['textDocument/documentSymbol', { textDocument }],
      [protocol.SearchRequest.method, { query: 'needle', kind: 'text', limit: 100 }],
      [protocol.SearchRequest.method, { query: '"one two" needle', kind: 'ranked', limit: 100 }],
      [protocol.ExplainFileRequest.method, { uri }],
      [protocol.SqlRequest.method, { root, query: 'SELECT count(*) FROM files', limit: 1, timeoutMs: 10_000 }],
      [`almagest/${command}`, { root }],
    ];
    for (const [method, params] of requests) {
      await this.#ask(() => this.#client.sendRequest(method, params)).catch((error: unknown) => {
        if (!(error instanceof ResponseError)) throw error;
      });
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

  /** Whether a file of the first root shows a symbol now. */
  shows(path: string, symbol: string): Promise<boolean> {
    return this.#shows(uriOf(this.#roots[0], path), symbol, symbol);
  }

  /** The same by its URI; for undefined: whether it shows nothing that `query` finds. */
  async #shows(uri: string, symbol: string | undefined, query: string): Promise<boolean> {
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

function uriOf(root = '', path = ''): string {
  return pathToFileURL(join(root, path)).href;
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
