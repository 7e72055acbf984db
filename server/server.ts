// The language server: shares the roots that a client has open, from its first message to its last, and tells it how
// their indexes are doing. Its requests are answered by requests.ts, its open editors followed by openEditors.ts.

import {
  DidChangeWorkspaceFoldersNotification,
  TextDocumentSyncKind,
  type ClientCapabilities,
  type Connection,
  type InitializeResult,
  type WorkspaceFolder,
} from 'vscode-languageserver/node';
import { version } from '../package.json';
import { BuildProgress } from './buildProgress';
import { answer, CheckedConnection } from './checkedConnection';
import { resolveByteBudgets } from './model/byteBudget';
import { OpenEditors } from './openEditors';
import * as protocol from './protocol';
import { answerRequests } from './requests';
import { ownShapes, standardShapes } from './requestShapes';
import { SharedRoots } from './sharing/sharedRoots';
import { messageOf } from './util/messageOf';
import type { Shaped } from './util/shape';
import { Throttle } from './util/throttle';
import { WorkspaceFolders } from './workspaceFolders';

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

/** Pause between two notices of the status, ms. */
const statusMs = 100;

/** Serves one client over `connection` until it goes away. */
export function startServer(connection: Connection, options: ServerOptions): void {
  const client = new CheckedConnection(connection);
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
  const editors = new OpenEditors(client, roots, log);
  const opened = new WorkspaceFolders({
    share: async (root) => {
      const shared = roots.add(root);
      await editors.layOver(shared);
      await shared.ready();
    },
    unshare: (uri) => roots.remove(uri),
    log,
    onDidChange: (unreachable) => {
      roots.unreachable = unreachable;
      status.request();
    },
  });
  let folders: readonly WorkspaceFolder[] = [];
  let canAskForFolders = false;
  let resolvesRanges = false;

  connection.onInitialize(({ capabilities, ...params }) =>
    answer((): InitializeResult => {
      const { initializationOptions, ...rest } = standardShapes.initialize(params, '');
      client.open();
      roots.settings = { ...roots.settings, ...initializationOptions };
      folders = foldersOf(rest);
      resolvesRanges = asksForRanges(capabilities);
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
          for (const { uri } of removed) await opened.remove(uri);
          await Promise.all(added.map((folder) => opened.add(folder)));
          status.request();
        },
      );
    }
    await Promise.all(folders.map((folder) => opened.add(folder)));
    status.request();
  });

  connection.onShutdown(async () => {
    client.end();
    options.onShutdown?.();
    opened.dispose();
    editors.dispose();
    status.dispose();
    await roots.close();
  });

  answerRequests(client, roots, progress, { resolvesRanges: () => resolvesRanges });
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

  connection.listen();
}

/** Whether the client asks for the range of a workspace symbol when it needs it; others get it with the symbol. */
function asksForRanges({ workspace }: ClientCapabilities): boolean {
  const properties: unknown = workspace?.symbol?.resolveSupport?.properties;
  return Array.isArray(properties) && properties.includes('location.range');
}

function foldersOf(params: Shaped<typeof standardShapes.initialize>): readonly WorkspaceFolder[] {
  if (params.workspaceFolders) return params.workspaceFolders;
  // Clients without folders send one root.
  return params.rootUri ? [{ uri: params.rootUri, name: params.rootUri.split('/').pop() ?? params.rootUri }] : [];
}
