// A language server process with a client, as an editor window has one.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DidSaveTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  WorkspaceSymbolRequest,
  type ProtocolConnection,
} from 'vscode-languageserver-protocol/node';
import * as protocol from '../../server/protocol';

export class ServerProcess {
  readonly client: ProtocolConnection;
  readonly #child: ChildProcess;
  readonly #root: string;

  private constructor(child: ChildProcess, root: string) {
    this.#child = child;
    this.#root = root;
    this.client = createProtocolConnection(
      new StreamMessageReader(child.stdout as NonNullable<ChildProcess['stdout']>),
      new StreamMessageWriter(child.stdin as NonNullable<ChildProcess['stdin']>),
    );
    // Whoever kills the process knows that its connection ends.
    this.client.onError(() => undefined);
    child.stdin?.on('error', () => undefined);
    this.client.listen();
  }

  /** Starts a server on a folder; resolves when it is initialized, which is before its index is open. */
  static async start(
    root: string,
    indexDir: string,
    program: readonly string[] = ['dist/server.js', '--stdio'],
    moreFolders: readonly string[] = [],
  ): Promise<ServerProcess> {
    const child = spawn(process.execPath, program, {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const server = new ServerProcess(child, root);
    const settings: protocol.Settings = { indexDir, exclude: [], threads: 1, outline: 'always' };
    await server.client.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      workspaceFolders: [
        { uri: pathToFileURL(root).href, name: 'tree' },
        ...moreFolders.map((path) => ({ uri: pathToFileURL(path).href, name: basename(path) })),
      ],
      initializationOptions: settings,
    });
    await server.client.sendNotification(InitializedNotification.type, {});
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  uri(path: string): string {
    return pathToFileURL(join(this.#root, path)).href;
  }

  async status(): Promise<protocol.RootStatus> {
    const { roots } = await this.client.sendRequest<protocol.Status>(protocol.StatusRequest.method);
    if (roots[0] === undefined) throw new Error('The server has no root yet.');
    return roots[0];
  }

  /** Resolves when the root is open and nothing known is left to do. */
  async settled(): Promise<protocol.RootStatus> {
    for (;;) {
      const { roots } = await this.client.sendRequest<protocol.Status>(protocol.SettledRequest.method);
      if (roots[0]?.state === 'ready' && roots[0].counts.files > 0) return roots[0];
    }
  }

  /** Names of the symbols that a query finds. */
  async symbols(query: string): Promise<readonly string[]> {
    const found = (await this.client.sendRequest(WorkspaceSymbolRequest.type, { query })) ?? [];
    return found.map(({ name }) => name);
  }

  command(request: { readonly method: string }, params: protocol.RootParams = {}): Promise<protocol.CommandResult> {
    return this.client.sendRequest(request.method, params);
  }

  search(params: protocol.SearchParams): Promise<protocol.SearchResult> {
    return this.client.sendRequest(protocol.SearchRequest.method, params);
  }

  open(path: string, text: string): Promise<void> {
    const textDocument = { uri: this.uri(path), languageId: 'typescript', version: 1, text };
    return this.client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
  }

  edit(path: string, text: string, version = 2): Promise<void> {
    const textDocument = { uri: this.uri(path), version };
    return this.client.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument,
      contentChanges: [{ text }],
    });
  }

  closeEditor(path: string): Promise<void> {
    return this.client.sendNotification(DidCloseTextDocumentNotification.type, {
      textDocument: { uri: this.uri(path) },
    });
  }

  /** Tells what the user does, as the extension would. */
  does(activity: { readonly focused: boolean; readonly debugging: boolean }): Promise<void> {
    return this.client.sendNotification(protocol.ActivityNotification.method, activity);
  }

  didSave(path: string): Promise<void> {
    return this.client.sendNotification(DidSaveTextDocumentNotification.type, {
      textDocument: { uri: this.uri(path) },
    });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** Ends at once, as a crash does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    this.client.dispose();
  }

  /** Ends in order. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    await this.client.sendRequest(ShutdownRequest.type);
    await this.client.sendNotification(ExitNotification.type);
    await gone;
    this.client.dispose();
  }
}
