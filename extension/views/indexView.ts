// The Index view: per root its state, content, store, and the files that are skipped or limited, with their reasons.

import {
  commands,
  Disposable,
  EventEmitter,
  l10n,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  window,
  workspace,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import { visible } from '../../media/visible';
import { SkippedFilesRequest } from '../../server/protocol';
import { isCancellation, registerCommand, Throttle, type FeatureContext } from '../features/context';
import type { RootArgument } from '../features/roots';
import { rootsOf, unreachableOf } from '../serverState';
import { cutRow, fileRow, indexRows, type IndexRow, unreachableRows } from './indexTree';

/** A build changes the status up to ten times a second; a tree that often redrawn cannot be read. */
const refreshDelayMs = 500;
const maxFiles = 1_000;

/** Registers the view. */
export function register(context: FeatureContext): Disposable {
  return new IndexView(context);
}

class IndexView implements TreeDataProvider<IndexRow>, Disposable {
  readonly #context: FeatureContext;
  readonly #changes = new EventEmitter<undefined>();
  readonly #view: TreeView<IndexRow>;
  readonly #disposables: Disposable;
  readonly onDidChangeTreeData = this.#changes.event;

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#view = window.createTreeView('almagest.index', { treeDataProvider: this, showCollapseAll: true });
    const later = new Throttle(refreshDelayMs, () => this.#changes.fire(undefined));
    const showTrust = (): void => {
      const restricted = l10n.t(
        'Restricted Mode: settings of this workspace for threads and byte budgets are ignored.',
      );
      this.#view.message = workspace.isTrusted ? '' : restricted;
    };
    showTrust();
    this.#disposables = Disposable.from(
      this.#view,
      this.#changes,
      later,
      context.server.onDidChangeState(() => later.trigger()),
      workspace.onDidGrantWorkspaceTrust(showTrust),
      registerCommand(context, 'almagest.index.explainRow', async (row: IndexRow | undefined) => {
        if (row?.uri === undefined) return;
        await commands.executeCommand('almagest.explainFile', Uri.parse(row.uri));
      }),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async getChildren(row?: IndexRow): Promise<IndexRow[]> {
    if (row === undefined) {
      const { state } = this.#context.server;
      return [...indexRows(rootsOf(state), l10n.t), ...unreachableRows(unreachableOf(state), l10n.t)];
    }
    if (row.filesOf === undefined) return [...(row.rows ?? [])];
    const { root, filesOf: reason } = row;
    try {
      const { server } = this.#context;
      const { files, total } = await server.request(SkippedFilesRequest, { root, reason, limit: maxFiles });
      const rows = files.map((file) => fileRow(root, file));
      return total > rows.length ? [...rows, cutRow(root, reason, rows.length, total, l10n.t)] : rows;
    } catch (error) {
      if (!isCancellation(error)) this.#context.log.warn('the skipped files could not be asked for', error);
      return [];
    }
  }

  getTreeItem(row: IndexRow): TreeItem {
    const { None, Collapsed, Expanded } = TreeItemCollapsibleState;
    const leaf = row.filesOf === undefined && (row.rows?.length ?? 0) === 0;
    const item = new TreeItem(visible(row.label), leaf ? None : row.expanded === true ? Expanded : Collapsed);
    item.id = row.id;
    item.description = visible(row.description ?? '');
    item.tooltip = visible([row.label, row.description ?? ''].filter((part) => part !== '').join(': '));
    if (row.kind !== undefined) item.contextValue = row.kind;
    if (row.icon !== undefined) item.iconPath = new ThemeIcon(row.icon);
    if (row.command !== undefined) {
      item.command = { command: row.command, title: row.label, arguments: [{ root: row.root } satisfies RootArgument] };
    }
    if (row.uri !== undefined) {
      item.resourceUri = Uri.parse(row.uri);
      item.iconPath = ThemeIcon.File;
      item.command = { command: 'vscode.open', title: l10n.t('Open'), arguments: [item.resourceUri] };
    }
    return item;
  }
}
