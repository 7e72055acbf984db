// Entry of the VS Code client: makes the log and the handle of the server, registers the features, and has the server run
// for as long as a folder is open. Everything that computes lives in the server process.

import { Disposable, window, workspace, type ExtensionContext } from 'vscode';
import { SettledRequest } from '../server/protocol';
import type { Status } from '../server/protocol';
import { Server } from './client';
import { onDidChangeSettings, readSettings } from './config';
import { reportError, setContextKey, type FeatureContext } from './features/context';
import * as activity from './features/activity';
import * as explainFile from './features/explainFile';
import * as explainSymbol from './features/explainSymbol';
import * as indexCommands from './features/indexCommands';
import * as languageStatus from './features/languageStatus';
import * as outline from './features/outline';
import * as statusBar from './features/statusBar';
import { rootsOf, type ServerState } from './serverState';
import * as auditView from './views/auditView';
import * as indexView from './views/indexView';
import * as searchView from './views/searchView';
import * as sqlView from './views/sqlView';
import * as symbolsView from './views/symbolsView';

/** What other extensions, and tests, get from `activate`. */
export interface AlmagestApi {
  /** Resolves when no folder has work left that was known when asked. Rejects without a server. */
  settled(): Promise<Status>;
}

const features = [
  activity,
  statusBar,
  languageStatus,
  indexCommands,
  explainFile,
  explainSymbol,
  outline,
  symbolsView,
  searchView,
  indexView,
  auditView,
  sqlView,
] as const;

/** VS Code calls `deactivate` without arguments and waits for it, so the way to stop has to be kept here. */
let stop: (() => Promise<void>) | undefined;

export function activate(extension: ExtensionContext): AlmagestApi {
  const log = window.createOutputChannel('Almagest', { log: true });
  const module = extension.asAbsolutePath('dist/server.js');
  const server = new Server({ module, log, readSettings });
  const context: FeatureContext = { extension, server, log };
  const runWhereNeeded = (): void => void (hasFolder() ? server.start() : server.stop());
  stop = () => server.stop();
  extension.subscriptions.push(
    log,
    server,
    server.onDidChangeState(setContextKeys),
    ...features.map((feature) => feature.register(context)),
    workspace.onDidChangeWorkspaceFolders(runWhereNeeded),
    onDidChangeSettings(() => void server.sendSettings().catch((error: unknown) => reportError(context, error))),
    new Disposable(() => (stop = undefined)),
  );
  setContextKeys(server.state);
  runWhereNeeded();
  return { settled: () => server.request(SettledRequest) };
}

export async function deactivate(): Promise<void> {
  await stop?.();
}

function hasFolder(): boolean {
  return (workspace.workspaceFolders ?? []).some(({ uri }) => uri.scheme === 'file');
}

function setContextKeys(state: ServerState): void {
  setContextKey('state', state.kind);
  setContextKey(
    'paused',
    rootsOf(state).some(({ paused, safeMode }) => paused || safeMode !== undefined),
  );
}
