// The language server: wires requests to the roots that a client has open, and tells it how their indexes are doing.
// Handlers are short; what an answer is stands in query/, what the index does in pipeline/, who answers in sharing/.

import {
  DidChangeTextDocumentNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DidSaveTextDocumentNotification,
  DocumentSymbolRequest,
  ErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  WorkspaceSymbolRequest,
  WorkspaceSymbolResolveRequest,
  type CancellationToken,
  type Connection,
  type InitializeResult,
  type WorkspaceFolder,
} from 'vscode-languageserver/node';
import { version } from '../package.json';
import { fromIdentity, toDocumentSymbols, toWorkspaceSymbol } from './convert';
import { resolveByteBudgets } from './model/byteBudget';
import { limits } from './pipeline/workspaceIndexes';
import * as protocol from './protocol';
import { explainFile } from './query/explain';
import { exportArtifacts } from './artifactExport';
import { BuildProgress } from './buildProgress';
import { answer, CheckedConnection } from './checkedConnection';
import { ownShapes, standardShapes } from './requestShapes';
import type { QuestionName } from './sharing/questions';
import type { SharedRoot } from './sharing/sharedRoot';
import { SharedRoots } from './sharing/sharedRoots';
import { sqlSchema } from './sharing/sqlForm';
import { CancellationError } from './util/cancellation';
import { messageOf } from './util/messageOf';
import type { Shaped } from './util/shape';
import { Throttle } from './util/throttle';
import { OpenDocuments } from './workspace/documents';
import { locateReal, openRoot, type Located } from './workspace/roots';

/** The commands that take nothing but a root. */
type RootCommand = Extract<QuestionName, 'rebuild' | 'repair' | 'verify' | 'clear' | 'pause' | 'resume'>;

export interface ServerOptions {
  /** Folder of the bundled programs: `extractor.js` and `watcher.js` lie there. */
  readonly programs: string;
  /** Whether this process is started again when it ends: then an index over which it ends is left alone at last. */
  readonly guardCrashes?: boolean;
  /** Whether to watch the folders of the roots; true if absent. Without it only what the client saves is looked at. */
  readonly watch?: boolean;
  /** Files that an index takes; the product's number if absent. */
  readonly maxFiles?: number;
  /** Called when the client asks the server to shut down, before anything is closed. */
  readonly onShutdown?: () => void;
}

/** Symbols per answer: the editor ranks again, and asks again with each letter. */
const maxSymbols = 200;
/** Pause in typing after which an open editor's text is extracted, ms. */
const typingMs = 120;
const statusMs = 100;

/** Serves one client over `connection` until it goes away. */
export function startServer(connection: Connection, options: ServerOptions): void {
  const client = new CheckedConnection(connection);
  const documents = new OpenDocuments();
  const typing = new Map<string, NodeJS.Timeout>();
  const log = (level: 'info' | 'warn' | 'error', line: string): void => connection.console[level](line);
  const progress = new BuildProgress(connection);
  const status = new Throttle(statusMs, () => {
    const now = roots.status;
    void connection.sendNotification(protocol.StatusChangedNotification, now);
    progress.show(now);
  });
  const roots = new SharedRoots({
    programs: options.programs,
    version,
    watch: options.watch ?? true,
    guardCrashes: options.guardCrashes === true,
    ...(options.maxFiles === undefined ? {} : { maxFiles: options.maxFiles }),
    log,
    onDidChange: () => status.request(),
  });
  let folders: readonly WorkspaceFolder[] = [];
  let canAskForFolders = false;

  connection.onInitialize(({ capabilities, ...params }) =>
    answer((): InitializeResult => {
      const { initializationOptions, ...rest } = standardShapes.initialize(params, '');
      roots.settings = { ...roots.settings, ...initializationOptions };
      folders = foldersOf(rest);
      canAskForFolders = capabilities.workspace?.workspaceFolders === true;
      progress.enabled = capabilities.window?.workDoneProgress === true && roots.settings.drawsStatus !== true;
      return {
        serverInfo: { name: 'almagest', version },
        capabilities: {
          textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
          workspaceSymbolProvider: { resolveProvider: true },
          documentSymbolProvider: roots.settings.outline !== 'never',
          workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
        },
      };
    }),
  );

  connection.onInitialized(async () => {
    checkBudgets();
    if (canAskForFolders) {
      client.onNotification(
        DidChangeWorkspaceFoldersNotification.type,
        standardShapes.foldersChanged,
        async ({ event: { added, removed } }) => {
          for (const { uri } of removed) await roots.remove(uri);
          await Promise.all(added.map(addFolder));
          status.request();
        },
      );
    }
    await Promise.all(folders.map(addFolder));
    status.request();
  });

  async function addFolder({ uri, name }: WorkspaceFolder): Promise<void> {
    try {
      const shared = roots.add(await openRoot(uri, name));
      for (const document of documents.uris()) {
        if ((await find(document))?.shared === shared) await overlay(document);
      }
      await shared.ready();
    } catch (error) {
      if (!(error instanceof CancellationError)) log('error', `${uri} is not indexed: ${messageOf(error)}`);
    }
  }

  connection.onShutdown(async () => {
    options.onShutdown?.();
    for (const timer of typing.values()) clearTimeout(timer);
    status.dispose();
    await roots.close();
  });

  // Open editors

  client.onNotification(DidOpenTextDocumentNotification.type, standardShapes.opened, ({ textDocument }) => {
    documents.didOpen(textDocument);
    overlaySoon(textDocument.uri, 0);
  });
  client.onNotification(
    DidChangeTextDocumentNotification.type,
    standardShapes.changed,
    ({ textDocument, contentChanges }) => {
      roots.noteTyping();
      documents.didChange(textDocument, contentChanges);
      overlaySoon(textDocument.uri, typingMs);
    },
  );
  client.onNotification(DidCloseTextDocumentNotification.type, standardShapes.ofDocument, ({ textDocument }) => {
    documents.didClose(textDocument.uri);
    overlaySoon(textDocument.uri, 0);
  });
  client.onNotification(DidSaveTextDocumentNotification.type, standardShapes.ofDocument, async ({ textDocument }) => {
    const place = await find(textDocument.uri);
    await place?.shared.ask('hint', { paths: [place.path] });
  });

  function overlaySoon(uri: string, afterMs: number): void {
    clearTimeout(typing.get(uri));
    typing.set(
      uri,
      setTimeout(() => {
        typing.delete(uri);
        overlay(uri).catch((error: unknown) => log('warn', `${uri} is not followed while open: ${messageOf(error)}`));
      }, afterMs),
    );
  }

  /** Tells the text of an open editor to whoever answers for its root, or that it was closed. */
  async function overlay(uri: string): Promise<void> {
    const place = await find(uri);
    await place?.shared.ask('editor', { path: place.path, text: documents.get(uri)?.getText() ?? null });
  }

  async function find(uri: string): Promise<(Located & { readonly shared: SharedRoot }) | undefined> {
    const place = await locateReal(
      roots.all.map(({ root }) => root),
      uri,
    );
    const shared = place && roots.get(place.root.uri);
    return place && shared && { ...place, shared };
  }

  // Standard requests

  client.onRequest(WorkspaceSymbolRequest.type, standardShapes.workspaceSymbol, async ({ query }, token) => {
    const found = await Promise.all(
      roots.all.map(async (shared) => {
        const matches = await shared.ask('symbols', { query, limit: maxSymbols }, token);
        return matches.map((match) => ({ match, root: shared.root }));
      }),
    );
    return found
      .flat()
      .sort((a, b) => a.match.tier - b.match.tier)
      .slice(0, maxSymbols)
      .map(({ match, root }) => toWorkspaceSymbol(match, root));
  });

  client.onRequest(WorkspaceSymbolResolveRequest.type, standardShapes.resolvedSymbol, async (symbol, token) => {
    const identity = fromIdentity(symbol.data);
    const shared = identity && roots.get(identity.root);
    const match = shared && (await shared.ask('symbol', identity.symbol, token));
    return shared === undefined || !match ? symbol : toWorkspaceSymbol(match, shared.root, true);
  });

  client.onRequest(DocumentSymbolRequest.type, standardShapes.ofDocument, async ({ textDocument }, token) =>
    toDocumentSymbols(await outline(textDocument.uri, token)),
  );

  async function outline(uri: string, token: CancellationToken): Promise<readonly protocol.SymbolNode[]> {
    const place = await find(uri);
    return place === undefined ? [] : place.shared.ask('outline', { path: place.path, uri }, token);
  }

  // Our own requests

  client.onQuestion(protocol.StatusRequest, () => roots.status);
  client.onQuestion(protocol.SettledRequest, async (token) => {
    await Promise.all(roots.all.map((shared) => shared.ask('settled', {}, token)));
    return roots.status;
  });
  client.onRequest(protocol.SearchRequest, ownShapes.search, async (params, token) => {
    const started = performance.now();
    const results = await Promise.all(roots.all.map((shared) => shared.ask('search', params, token)));
    return joinResults(results, params.limit, performance.now() - started);
  });
  client.onRequest(protocol.FileSymbolsRequest, ownShapes.ofFile, ({ uri }, token) => outline(uri, token));
  client.onRequest(protocol.FolderRequest, ownShapes.folder, async ({ root, path }, token) => {
    const shared = roots.get(root);
    return shared === undefined ? [] : shared.ask('folder', { path }, token);
  });
  client.onRequest(protocol.ExplainFileRequest, ownShapes.ofFile, async ({ uri }, token) => {
    const place = await find(uri);
    return place === undefined
      ? explainFile(undefined, '', uri, limits.maxFileBytes)
      : place.shared.ask('explain', { path: place.path, uri }, token);
  });
  client.onRequest(protocol.SkippedFilesRequest, ownShapes.skippedFiles, async ({ root, reason, limit }, token) => {
    const shared = roots.get(root);
    return shared === undefined ? { files: [], total: 0 } : shared.ask('skipped', { reason, limit }, token);
  });
  client.onRequest(protocol.BuildsRequest, ownShapes.ofRoot, async ({ root }, token) => {
    const shared = roots.get(root);
    return shared === undefined ? [] : shared.ask('builds', {}, token);
  });
  client.onRequest(protocol.ExplainSymbolRequest, ownShapes.explainSymbol, async ({ root, name }, token) => {
    const shared = roots.get(root);
    if (shared === undefined) throw new ResponseError(ErrorCodes.InvalidParams, `${root} is not indexed.`);
    return shared.ask('explainSymbol', { name }, token);
  });
  client.onRequest(protocol.AuditRequest, ownShapes.audit, async ({ root, buildId }, token) => {
    const shared = roots.get(root);
    return shared === undefined ? null : shared.ask('audit', buildId === undefined ? {} : { buildId }, token);
  });
  client.onRequest(protocol.ReindexFileRequest, ownShapes.ofFile, async ({ uri }, token) => {
    const place = await find(uri);
    if (place === undefined) return { ok: false, message: `${uri} lies in no indexed folder.`, findings: [] };
    return place.shared.ask('reindex', { path: place.path }, token);
  });
  client.onRequest(protocol.SqlRequest, ownShapes.sql, async (params, token) => {
    const shared = params.root === undefined ? roots.all[0] : roots.get(params.root);
    if (shared === undefined) throw new ResponseError(ErrorCodes.InvalidParams, 'No folder with an index is open.');
    return shared.ask('sql', params, token);
  });
  client.onQuestion(protocol.SqlSchemaRequest, () => sqlSchema);
  client.onRequest(protocol.ExportRequest, ownShapes.export, async (params, token) => {
    const stop = progress.follow(params.workDoneToken, () => roots.status);
    try {
      return await exportArtifacts(roots, params, token);
    } finally {
      stop();
    }
  });
  onEachRoot(protocol.RebuildRequest, 'rebuild');
  onEachRoot(protocol.RepairRequest, 'repair');
  onEachRoot(protocol.VerifyRequest, 'verify');
  onEachRoot(protocol.ClearRequest, 'clear');
  onEachRoot(protocol.PauseRequest, 'pause');
  onEachRoot(protocol.ResumeRequest, 'resume');
  client.onNotification(protocol.ActivityNotification, ownShapes.activity, (activity) => roots.noteActivity(activity));
  client.onNotification(protocol.SettingsChangedNotification, ownShapes.settings, (settings) => {
    roots.settings = { ...roots.settings, ...settings };
    checkBudgets();
  });

  /** A budget that means nothing is said at once: builds go on, but what they would write by it is not written. */
  function checkBudgets(): void {
    const { byteBudgets, byteBudgetStrict: strict } = roots.settings;
    try {
      resolveByteBudgets({ byteBudgets, strict });
    } catch (error) {
      log('error', messageOf(error));
      connection.window.showErrorMessage(`Almagest: ${messageOf(error)}`);
    }
  }

  /** A command for one root or all of them, with progress for the client that asked. */
  function onEachRoot(request: typeof protocol.RebuildRequest, command: RootCommand): void {
    client.onRequest(request, ownShapes.command, async ({ root, workDoneToken }, token) => {
      const targets = roots.all.filter((shared) => root === undefined || shared.root.uri === root);
      if (targets.length === 0) return { ok: false, message: 'No folder with an index is open.', findings: [] };
      const stop = progress.follow(workDoneToken, () => roots.status);
      try {
        return joinCommands(await Promise.all(targets.map((shared) => shared.ask(command, {}, token))));
      } finally {
        stop();
      }
    });
  }

  connection.listen();
}

function foldersOf(params: Shaped<typeof standardShapes.initialize>): readonly WorkspaceFolder[] {
  if (params.workspaceFolders) return params.workspaceFolders;
  // Clients without folders send one root.
  return params.rootUri ? [{ uri: params.rootUri, name: params.rootUri.split('/').pop() ?? params.rootUri }] : [];
}

function joinCommands(results: readonly protocol.CommandResult[]): protocol.CommandResult {
  return {
    ok: results.every(({ ok }) => ok),
    message: results.map(({ message }) => message).join(' '),
    findings: results.flatMap(({ findings }) => findings),
  };
}

function joinResults(
  results: readonly protocol.SearchResult[],
  limit: number,
  elapsedMs: number,
): protocol.SearchResult {
  const hits = results.flatMap((result) => result.hits);
  const notices = results.flatMap(({ notice }) => notice ?? []);
  return {
    hits: (hits[0]?.score === undefined ? hits : [...hits].sort((a, b) => (b.score ?? 0) - (a.score ?? 0))).slice(
      0,
      limit,
    ),
    total: results.reduce((sum, { total }) => sum + total, 0),
    files: results.reduce((sum, { files }) => sum + files, 0),
    cut: results.some(({ cut }) => cut) || hits.length > limit,
    elapsedMs,
    ...(notices.length > 0 ? { notice: notices.join(' ') } : {}),
  };
}
