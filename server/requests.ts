// The answers to a client's requests, the protocol's and our own. Handlers are short: what an answer is stands in query/,
// what the index does in pipeline/, who answers in sharing/. Here the answers of several roots become one.

import {
  DocumentSymbolRequest,
  ErrorCodes,
  ResponseError,
  WorkspaceSymbolRequest,
  WorkspaceSymbolResolveRequest,
  type CancellationToken,
} from 'vscode-languageserver/node';
import { exportArtifacts } from './artifactExport';
import type { BuildProgress } from './buildProgress';
import type { CheckedConnection } from './checkedConnection';
import { fromIdentity, toDocumentSymbols, toWorkspaceSymbol } from './convert';
import { limits } from './pipeline/workspaceIndexes';
import * as protocol from './protocol';
import { explainFile } from './query/explain';
import { separatorOf } from './query/qualifiedQuery';
import { ownShapes, standardShapes } from './requestShapes';
import type { QuestionName } from './sharing/questions';
import type { SharedRoots } from './sharing/sharedRoots';
import { sqlSchema } from './sharing/sqlForm';

/** The commands that take nothing but a root. */
type RootCommand = Extract<QuestionName, 'rebuild' | 'repair' | 'verify' | 'clear' | 'pause' | 'resume'>;

/** Symbols per answer: the editor ranks again, and asks again with each letter. */
const maxSymbols = 200;

/** What of the client's abilities answers depend on; known when it has said so. */
export interface ClientAbilities {
  /** Whether it asks for the range of a workspace symbol when it needs it. */
  readonly resolvesRanges: () => boolean;
}

/** Answers what a client asks about `roots`. */
export function answerRequests(
  client: CheckedConnection,
  roots: SharedRoots,
  progress: BuildProgress,
  { resolvesRanges }: ClientAbilities,
): void {
  client.onRequest(WorkspaceSymbolRequest.type, standardShapes.workspaceSymbol, async ({ query }, token) => {
    const separator = separatorOf(query);
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
      .map(({ match, root }) => toWorkspaceSymbol(match, root, { withRange: !resolvesRanges(), separator }));
  });

  client.onRequest(WorkspaceSymbolResolveRequest.type, standardShapes.resolvedSymbol, async (symbol, token) => {
    const identity = fromIdentity(symbol.data);
    const shared = identity && roots.get(identity.root);
    const match = shared && (await shared.ask('symbol', identity.symbol, token));
    if (shared === undefined || !match) return symbol;
    return { ...toWorkspaceSymbol(match, shared.root, { withRange: true }), name: symbol.name };
  });

  client.onRequest(DocumentSymbolRequest.type, standardShapes.ofDocument, async ({ textDocument }, token) =>
    toDocumentSymbols(await outline(textDocument.uri, token)),
  );

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
    const place = await roots.locate(uri);
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
    const place = await roots.locate(uri);
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

  async function outline(uri: string, token: CancellationToken): Promise<readonly protocol.SymbolNode[]> {
    const place = await roots.locate(uri);
    return place === undefined ? [] : place.shared.ask('outline', { path: place.path, uri }, token);
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
