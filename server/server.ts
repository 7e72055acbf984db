// The language server: wires requests to queries and commands, and tells clients how the index is doing. Handlers are
// short; what an answer is stands in query/, what the index does in pipeline/.

import {
  ErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  type WorkspaceFolder,
} from 'vscode-languageserver/node';
import { version } from '../package.json';
import { fromIdentity, toDocumentSymbols, toWorkspaceSymbol } from './convert';
import type { RootIndex } from './pipeline/rootIndex';
import { resolveByteBudgets } from './model/byteBudget';
import { limits, WorkspaceIndexes } from './pipeline/workspaceIndexes';
import * as protocol from './protocol';
import { explainFile } from './query/explain';
import { explainSymbol } from './query/explainSymbol';
import { fileSymbols } from './query/fileSymbols';
import { folderEntries } from './query/folder';
import { QueryError } from './query/queryError';
import { searchRoot, type OpenTexts } from './query/search';
import { skippedFiles } from './query/skipped';
import { findSymbols, locateSymbol } from './query/symbols';
import { exportArtifacts } from './artifactExport';
import { BuildProgress } from './buildProgress';
import { SqliteForms, sqlSchema } from './sqliteForms';
import { Throttle } from './util/throttle';
import { OpenDocuments } from './workspace/documents';
import { locateReal, openRoot, uriOf, type Located } from './workspace/roots';

export interface ServerOptions {
  /** Folder of the bundled programs: `extractor.js` and `watcher.js` lie there. */
  readonly programs: string;
  /** Whether this process is started again when it ends: then an index over which it ends is left alone at last. */
  readonly guardCrashes?: boolean;
}

/** Symbols per answer: the editor ranks again, and asks again with each letter. */
const maxSymbols = 200;
/** Pause in typing after which an open editor's text is extracted, ms. */
const typingMs = 120;
const statusMs = 100;

/** Serves one client over `connection` until it goes away. */
export function startServer(connection: Connection, options: ServerOptions): void {
  const documents = new OpenDocuments();
  const typing = new Map<string, NodeJS.Timeout>();
  const log = (level: 'info' | 'warn' | 'error', line: string): void => connection.console[level](line);
  const progress = new BuildProgress(connection);
  const status = new Throttle(statusMs, () => {
    const now = indexes.status;
    void connection.sendNotification(protocol.StatusChangedNotification, now);
    progress.show(now);
  });
  const indexes = new WorkspaceIndexes({
    programs: options.programs,
    version,
    watch: true,
    guardCrashes: options.guardCrashes === true,
    log,
    onDidChange: () => status.request(),
  });
  const forms = new SqliteForms({ programs: options.programs, log: (line) => log('info', line) });
  let folders: readonly WorkspaceFolder[] = [];
  let canAskForFolders = false;

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    indexes.settings = settingsOf(params.initializationOptions, indexes.settings);
    folders = foldersOf(params);
    canAskForFolders = params.capabilities.workspace?.workspaceFolders === true;
    progress.enabled = params.capabilities.window?.workDoneProgress === true && indexes.settings.drawsStatus !== true;
    return {
      serverInfo: { name: 'almagest', version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        workspaceSymbolProvider: { resolveProvider: true },
        documentSymbolProvider: indexes.settings.outline !== 'never',
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  connection.onInitialized(async () => {
    checkBudgets();
    if (canAskForFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(async ({ added, removed }) => {
        for (const { uri } of removed) {
          forms.remove(uri);
          await indexes.remove(uri);
        }
        await Promise.all(added.map(addFolder));
        status.request();
      });
    }
    await Promise.all(folders.map(addFolder));
    status.request();
  });

  async function addFolder({ uri, name }: WorkspaceFolder): Promise<void> {
    try {
      const index = await indexes.add(await openRoot(uri, name));
      forms.add(index);
      for (const document of documents.uris()) {
        if ((await find(document))?.index === index) await overlay(document);
      }
    } catch (error) {
      log('error', `${uri} is not indexed: ${messageOf(error)}`);
    }
  }

  connection.onShutdown(async () => {
    for (const timer of typing.values()) clearTimeout(timer);
    status.dispose();
    forms.close();
    await indexes.close();
  });

  // Open editors

  connection.onDidOpenTextDocument(({ textDocument }) => {
    documents.didOpen(textDocument);
    overlaySoon(textDocument.uri, 0);
  });
  connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
    indexes.noteTyping();
    documents.didChange(textDocument, contentChanges);
    overlaySoon(textDocument.uri, typingMs);
  });
  connection.onDidCloseTextDocument(({ textDocument }) => {
    documents.didClose(textDocument.uri);
    overlaySoon(textDocument.uri, 0);
  });
  connection.onDidSaveTextDocument(async ({ textDocument }) => {
    const place = await find(textDocument.uri);
    place?.index.hint([place.path]);
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

  /** Lays the text of an open editor over the file, or takes it away when it is closed or equal to the file. */
  async function overlay(uri: string): Promise<void> {
    const place = await find(uri);
    if (place === undefined) return;
    const row = place.index.facts.findStored(place.path);
    // A file that is excluded stays so while it is open.
    if (row === undefined && documents.get(uri) !== undefined && !(await place.index.wouldIndex(place.path))) return;
    const over = documents.overlay(uri, row?.segment.hash(row.file));
    await place.index.setDocument(place.path, over?.text);
  }

  async function find(uri: string): Promise<(Located & { readonly index: RootIndex }) | undefined> {
    const roots = indexes.indexes.map(({ root }) => root);
    const place = await locateReal(roots, uri);
    const index = place && indexes.get(place.root.uri);
    return place && index && { ...place, index };
  }

  function openTexts(index: RootIndex): OpenTexts {
    return {
      get: (path) => {
        const row = index.facts.findStored(path);
        return documents.overlay(uriOf(index.root, path), row?.segment.hash(row.file))?.text;
      },
      paths: () => documents.uris().flatMap((uri) => index.pathOf(uri) ?? []),
    };
  }

  // Standard requests

  connection.onWorkspaceSymbol(({ query }, token) =>
    indexes.indexes
      .flatMap((index) => {
        if (token.isCancellationRequested) return [];
        const openPaths = [...openTexts(index).paths()].reverse();
        const found = findSymbols(index.facts, query, { limit: maxSymbols, openPaths, recent: index.recent });
        return found.map((match) => ({ match, root: index.root }));
      })
      .sort((a, b) => a.match.tier - b.match.tier)
      .slice(0, maxSymbols)
      .map(({ match, root }) => toWorkspaceSymbol(match, root)),
  );

  connection.onWorkspaceSymbolResolve((symbol) => {
    const identity = fromIdentity(symbol.data);
    const index = identity && indexes.get(identity.root);
    const match = index && locateSymbol(index.facts, identity.symbol);
    return index === undefined || match === undefined ? symbol : toWorkspaceSymbol(match, index.root, true);
  });

  connection.onDocumentSymbol(async ({ textDocument }) => {
    const place = await find(textDocument.uri);
    return place === undefined ? [] : toDocumentSymbols(fileSymbols(place.index.facts, place.path, textDocument.uri));
  });

  // Our own requests

  connection.onRequest(protocol.StatusRequest, () => indexes.status);
  connection.onRequest(protocol.SettledRequest, async () => {
    await Promise.all(indexes.indexes.map((index) => index.settled()));
    return indexes.status;
  });
  connection.onRequest(protocol.SearchRequest, async (params, token) => {
    const started = performance.now();
    try {
      const results = await Promise.all(
        indexes.indexes.map((index) => searchRoot(index, params, openTexts(index), limits.maxFileBytes, token)),
      );
      return joinResults(results, params.limit, performance.now() - started);
    } catch (error) {
      if (error instanceof QueryError) throw new ResponseError(ErrorCodes.InvalidParams, error.message);
      throw error;
    }
  });
  connection.onRequest(protocol.FileSymbolsRequest, async ({ uri }) => {
    const place = await find(uri);
    return place === undefined ? [] : fileSymbols(place.index.facts, place.path, uri);
  });
  connection.onRequest(protocol.FolderRequest, ({ root, path }) => {
    const index = indexes.get(root);
    return index === undefined ? [] : folderEntries(index.facts, path, (child) => uriOf(index.root, child));
  });
  connection.onRequest(protocol.ExplainFileRequest, async ({ uri }) => {
    const place = await find(uri);
    return explainFile(place?.index, place?.path ?? '', uri, limits.maxFileBytes);
  });
  connection.onRequest(protocol.ExplainSymbolRequest, ({ root, name }) => {
    const index = indexes.get(root);
    if (index === undefined) throw new ResponseError(ErrorCodes.InvalidParams, `${root} is not indexed.`);
    return explainSymbol(index, name);
  });
  connection.onRequest(protocol.SkippedFilesRequest, ({ root, reason, limit }) => {
    const index = indexes.get(root);
    return index === undefined ? { files: [], total: 0 } : skippedFiles(index, reason, limit);
  });
  connection.onRequest(protocol.BuildsRequest, ({ root }) => indexes.get(root)?.builds() ?? []);
  connection.onRequest(protocol.AuditRequest, async ({ root, buildId }) => {
    return (await indexes.get(root)?.audit(buildId)) ?? null;
  });
  connection.onRequest(protocol.ReindexFileRequest, async ({ uri }) => {
    const place = await find(uri);
    if (place === undefined) return { ok: false, message: `${uri} lies in no indexed folder.`, findings: [] };
    return place.index.reindex(place.path);
  });
  connection.onRequest(protocol.SqlRequest, (params, token) => forms.query(params, token));
  connection.onRequest(protocol.SqlSchemaRequest, () => sqlSchema);
  connection.onRequest(protocol.ExportRequest, async (params, token) => {
    let exporting: protocol.Status['roots'] = [];
    const stop = progress.follow(params.workDoneToken, () => ({ version, roots: exporting }));
    try {
      return await exportArtifacts(indexes, params, (status) => (exporting = [status]), token);
    } finally {
      stop();
    }
  });
  onEachRoot(protocol.RebuildRequest, (index, token) => index.rebuild(token));
  onEachRoot(protocol.RepairRequest, (index, token) => index.repair(token));
  onEachRoot(protocol.VerifyRequest, (index, token) => index.verify(token));
  onEachRoot(protocol.ClearRequest, (index) => index.clear());
  onEachRoot(protocol.PauseRequest, (index) => index.pause());
  onEachRoot(protocol.ResumeRequest, (index) => index.resume());
  connection.onNotification(protocol.ActivityNotification, (activity) => indexes.noteActivity(activity));
  connection.onNotification(protocol.SettingsChangedNotification, (settings) => {
    indexes.settings = settingsOf(settings, indexes.settings);
    checkBudgets();
  });

  /** A budget that means nothing is said at once: builds go on, but what they would write by it is not written. */
  function checkBudgets(): void {
    const { byteBudgets, byteBudgetStrict: strict } = indexes.settings;
    try {
      resolveByteBudgets({ byteBudgets, strict });
    } catch (error) {
      log('error', messageOf(error));
      connection.window.showErrorMessage(`Almagest: ${messageOf(error)}`);
    }
  }

  /** A command for one root or all of them, with progress for the client that asked. */
  function onEachRoot(
    request: typeof protocol.RebuildRequest,
    run: (index: RootIndex, token: CancellationToken) => protocol.CommandResult | Promise<protocol.CommandResult>,
  ): void {
    connection.onRequest(request, async ({ root, workDoneToken }, token) => {
      const targets = indexes.indexes.filter((index) => root === undefined || index.root.uri === root);
      if (targets.length === 0) return { ok: false, message: 'No folder with an index is open.', findings: [] };
      const stop = progress.follow(workDoneToken, () => indexes.status);
      try {
        return joinCommands(await Promise.all(targets.map(async (index) => run(index, token))));
      } finally {
        stop();
      }
    });
  }

  connection.listen();
}

function settingsOf(value: unknown, fallback: protocol.Settings): protocol.Settings {
  return typeof value === 'object' && value !== null
    ? { ...fallback, ...(value as Partial<protocol.Settings>) }
    : fallback;
}

function foldersOf(params: InitializeParams): readonly WorkspaceFolder[] {
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
