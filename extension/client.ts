// The server process as the extension sees it: start, stop, restart with back-off, requests, and its state as one event.
// Decides nothing about the index.

import { EventEmitter, l10n, type CancellationToken, type Disposable, type LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  ErrorCodes,
  LanguageClient,
  ResponseError,
  RevealOutputChannelOn,
  State,
  TransportKind,
  type DynamicFeature,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { SettingsChangedNotification, StatusChangedNotification, StatusRequest } from '../server/protocol';
import type { Settings, Status } from '../server/protocol';
import { messageOf } from './features/context';
import { afterCrash } from './restartPolicy';
import type { ServerState } from './serverState';

/** Of the server. Room for new objects would grow with each build, to no advantage: little of them lives on. */
const heap = ['--max-semi-space-size=4'];

/** Error codes of the library: the connection closed before the answer came, or before the question went. */
const closedCodes: readonly number[] = [ErrorCodes.PendingResponseRejected, ErrorCodes.ConnectionInactive];

/** A request of `server/protocol`: its method, and the types of its parameters, if any, its result and its errors. */
interface RequestOf<Types extends readonly unknown[]> {
  readonly method: string;
  readonly _: Types | undefined;
}

/** What a request that the server cannot answer now is rejected with. */
export class ServerUnavailableError extends Error {
  constructor() {
    super(l10n.t('The Almagest server is not running. Open a folder, or use "Almagest: Restart Server".'));
  }
}

/** What a request is rejected with when the server ends before it answers. */
export class ServerEndedError extends Error {
  constructor(cause: unknown) {
    super(
      l10n.t('The server ended unexpectedly before this was done. What was indexed stays; it can be asked again.'),
      {
        cause,
      },
    );
  }
}

export interface ServerOptions {
  /** Path of the bundled server. */
  readonly module: string;
  readonly log: LogOutputChannel;
  readonly readSettings: () => Settings;
}

export class Server implements Disposable {
  readonly #options: ServerOptions;
  readonly #changes = new EventEmitter<ServerState>();
  #state: ServerState = { kind: 'idle' };
  #client: LanguageClient | undefined;
  #crashes = 0;
  #retry: NodeJS.Timeout | undefined;

  /** Fires on each change of the process's state and on each status that the server sends (at most ten a second). */
  readonly onDidChangeState = this.#changes.event;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get state(): ServerState {
    return this.#state;
  }

  /** Starts the process, unless it is there. Never rejects: a failure is a state. */
  async start(): Promise<void> {
    if (this.#client !== undefined) return;
    clearTimeout(this.#retry);
    const client: LanguageClient = this.#createClient(() => this.#ended(client, startedAt));
    const startedAt = Date.now();
    this.#client = client;
    this.#enter({ kind: 'starting' });
    try {
      // Twice: the library forgets the promise of the first call when the connection closes meanwhile.
      await Promise.all([client.start(), client.start()]);
      const status = await client.sendRequest<Status>(StatusRequest.method);
      // A status that was sent meanwhile is newer than this answer.
      if (this.#client === client && this.#state.kind !== 'running') this.#enter({ kind: 'running', status });
    } catch (error) {
      this.#options.log.error('the server could not be started', error);
      this.#ended(client, startedAt, l10n.t('The server could not be started: {0}', messageOf(error)));
    }
  }

  /** Stops the process and waits until it has said goodbye. */
  async stop(): Promise<void> {
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    this.#enter({ kind: 'idle' });
    if (client === undefined) return;
    try {
      // A client that is still starting cannot be stopped; `start` gives the promise of the start in hand.
      await client.start();
      await client.dispose();
    } catch (error) {
      this.#options.log.warn('the server did not stop in order; it ends with the connection', error);
      client.serverProcess?.kill();
    }
  }

  /** Starts anew, with a clean record of crashes. */
  async restart(): Promise<void> {
    await this.stop();
    this.#crashes = 0;
    await this.start();
  }

  /** Sends a request. Rejects with `ServerUnavailableError` when there is no server to ask. */
  request<R>(type: RequestOf<[R, unknown, unknown]>): Promise<R>;
  request<P, R>(type: RequestOf<[P, R, unknown, unknown]>, params: P, token?: CancellationToken): Promise<R>;
  async request<R>(type: RequestOf<unknown[]>, params?: unknown, token?: CancellationToken): Promise<R> {
    const client = this.#client;
    if (client === undefined) throw new ServerUnavailableError();
    try {
      // By method name: the client library carries its own copy of the protocol's classes and refuses ours.
      // What is left out must not be handed over either: it would be sent as null, in a list with the rest.
      if (params === undefined) return await client.sendRequest<R>(type.method);
      if (token === undefined) return await client.sendRequest<R>(type.method, params);
      return await client.sendRequest<R>(type.method, params, token);
    } catch (error) {
      throw isOfClosedConnection(error) ? new ServerEndedError(error) : error;
    }
  }

  /** Tells a running server its settings; one that starts later reads them itself. */
  sendSettings(): Promise<void> {
    return this.notify(SettingsChangedNotification, this.#options.readSettings());
  }

  /** Tells a running server something; without one there is nobody to tell. */
  async notify<P>(type: { readonly method: string; readonly _: [P, unknown] | undefined }, params: P): Promise<void> {
    if (this.#client === undefined || this.#state.kind !== 'running') return;
    await this.#client.sendNotification(type.method, params);
  }

  dispose(): void {
    clearTimeout(this.#retry);
    void this.stop().finally(() => this.#changes.dispose());
  }

  #createClient(closed: () => void): LanguageClient {
    const { module, log, readSettings } = this.#options;
    const client = new AlmagestClient(
      'almagest',
      'Almagest',
      {
        run: { module, transport: TransportKind.ipc, options: { execArgv: heap } },
        debug: { module, transport: TransportKind.ipc, options: { execArgv: [...heap, '--nolazy', '--inspect=6019'] } },
      },
      {
        documentSelector: [{ scheme: 'file' }],
        initializationOptions: readSettings,
        outputChannel: log,
        traceOutputChannel: log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        // The status bar item and the views tell of a failed start.
        initializationFailedHandler: () => false,
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          closed: () => {
            closed();
            return { action: CloseAction.DoNotRestart, handled: true };
          },
        },
        // The status bar item and the Index view show the same progress, with more to it.
        middleware: { handleWorkDoneProgress: () => undefined },
      },
    );
    client.onNotification(StatusChangedNotification.method, (status: Status) => {
      if (this.#client === client) this.#enter({ kind: 'running', status });
    });
    return client;
  }

  /** @param why what to tell the user when it is not started again; without it, that it ended */
  #ended(client: LanguageClient, startedAt: number, why?: string): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.serverProcess?.kill();
    const decision = afterCrash(this.#crashes, Date.now() - startedAt);
    this.#crashes = decision.crashes;
    if (decision.kind === 'retry') {
      const { crashes, delayMs } = decision;
      this.#options.log.warn(`the server ended unexpectedly (${crashes} in a row); it starts again in ${delayMs} ms`);
      this.#retry = setTimeout(() => void this.start(), delayMs);
      this.#enter({ kind: 'waiting', crashes, delayMs });
    } else {
      const message = why ?? l10n.t('The server ended unexpectedly {0} times in a row.', decision.crashes);
      this.#options.log.error(message);
      this.#enter({ kind: 'failed', crashes: decision.crashes, message });
    }
  }

  #enter(state: ServerState): void {
    this.#state = state;
    this.#changes.fire(state);
  }
}

/** Whether the connection closed while the answer was waited for. */
function isOfClosedConnection(error: unknown): boolean {
  return error instanceof ResponseError && closedCodes.includes(error.code);
}

/** The client library, which shows nothing and knows no outline: this file and `features/outline` do that. */
class AlmagestClient extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const method = 'registrationType' in feature ? feature.registrationType.method : undefined;
    if (method !== 'textDocument/documentSymbol') super.registerFeature(feature);
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  /** The library stops a client whose start has failed, and fails to. */
  override async stop(timeout?: number): Promise<void> {
    if (this.state === State.Running) await super.stop(timeout);
  }
}
