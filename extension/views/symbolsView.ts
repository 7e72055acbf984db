// The Symbols view: the symbols of the active file, following its cursor, or the folders of the index down to symbols.

import {
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
import { FileSymbolsRequest, FolderRequest } from '../../server/protocol';
import type { FolderEntry, SymbolNode } from '../../server/protocol';
import { symbolIcon, toRange } from '../convert';
import { isCancellation, registerCommand, setContextKey, Throttle, type FeatureContext } from '../features/context';
import { filesText, formatCount, symbolsText } from '../format';
import { rootsOf } from '../serverState';
import { afterName, countMatches, countSymbols, filterSymbols, symbolsAround } from './symbolTree';

const refreshDelayMs = 400;
const followDelayMs = 150;
/** Up to this many symbols the tree of a file is shown open. */
const openUpTo = 300;

/** Registers the view and its commands. */
export function register(context: FeatureContext): Disposable {
  return new SymbolsView(context);
}

type Element =
  | { readonly kind: 'symbol'; readonly node: SymbolNode; readonly id: string; readonly parent: Element | undefined }
  | { readonly kind: 'entry'; readonly root: string; readonly entry: FolderEntry };

class SymbolsView implements TreeDataProvider<Element>, Disposable {
  readonly #context: FeatureContext;
  readonly #changes = new EventEmitter<undefined>();
  readonly #view: TreeView<Element>;
  readonly #disposables: Disposable;
  readonly onDidChangeTreeData = this.#changes.event;
  #mode: 'file' | 'folders' = 'file';
  #filter = '';
  #file: Uri | undefined;
  /** The elements of the file's top level as they were given to the tree. */
  #top: Element[] = [];
  #openAll = false;
  #indexed = '';

  constructor(context: FeatureContext) {
    this.#context = context;
    this.#view = window.createTreeView('almagest.symbols', { treeDataProvider: this, showCollapseAll: true });
    const refresh = new Throttle(refreshDelayMs, () => this.#changes.fire(undefined));
    const follow = new Throttle(followDelayMs, () => void this.#revealCursor());
    const setMode = (mode: 'file' | 'folders'): void => {
      this.#mode = mode;
      setContextKey('symbols.mode', mode);
      this.#changes.fire(undefined);
    };
    setContextKey('symbols.mode', this.#mode);
    this.#disposables = Disposable.from(
      this.#view,
      this.#changes,
      refresh,
      follow,
      window.onDidChangeActiveTextEditor(() => this.#mode === 'file' && refresh.trigger()),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (this.#mode === 'file' && document.uri.toString() === this.#file?.toString()) refresh.trigger();
      }),
      window.onDidChangeTextEditorSelection(() => follow.trigger()),
      this.#view.onDidChangeVisibility(() => follow.trigger()),
      context.server.onDidChangeState((state) => {
        const indexed = `${state.kind} ${rootsOf(state)
          .map(({ root, seq }) => `${root} ${seq}`)
          .join()}`;
        if (indexed !== this.#indexed) refresh.trigger();
        this.#indexed = indexed;
      }),
      registerCommand(context, 'almagest.symbols.showFolders', () => setMode('folders')),
      registerCommand(context, 'almagest.symbols.showFile', () => setMode('file')),
      registerCommand(context, 'almagest.symbols.filter', () => this.#askFilter()),
      registerCommand(context, 'almagest.symbols.clearFilter', () => this.#setFilter('')),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async getChildren(element?: Element): Promise<Element[]> {
    if (this.#context.server.state.kind !== 'running') {
      // Anything here would hide the welcome content, which says what is the matter.
      this.#view.message = '';
      this.#view.description = '';
      return [];
    }
    try {
      if (element === undefined) return this.#mode === 'file' ? await this.#fileSymbols() : await this.#roots();
      if (element.kind === 'symbol') return symbolElements(element.node.children, element.id, element);
      if (element.entry.type === 'folder') return await this.#folder(element.root, element.entry.path);
      const nodes = await this.#context.server.request(FileSymbolsRequest, { uri: element.entry.uri });
      return symbolElements(nodes, element.entry.uri, undefined);
    } catch (error) {
      if (!isCancellation(error)) this.#context.log.warn('the Symbols view could not be filled', error);
      return [];
    }
  }

  getParent(element: Element): Element | undefined {
    return element.kind === 'symbol' ? element.parent : undefined;
  }

  getTreeItem(element: Element): TreeItem {
    return element.kind === 'symbol' ? this.#symbolItem(element.node, element.id) : entryItem(element.entry);
  }

  async #fileSymbols(): Promise<Element[]> {
    const uri = window.activeTextEditor?.document.uri ?? this.#file;
    const before = this.#file;
    this.#file = uri?.scheme === 'file' ? uri : undefined;
    this.#view.description = this.#file === undefined ? '' : workspace.asRelativePath(this.#file);
    this.#view.message = '';
    this.#top = [];
    if (this.#file === undefined) {
      setContextKey('symbols.empty', '');
      return [];
    }
    // Until the answer is there, nothing must ask the user to open a file.
    if (before === undefined) setContextKey('symbols.empty', 'asking');
    const nodes = await this.#context.server.request(FileSymbolsRequest, { uri: this.#file.toString() });
    const kept = filterSymbols(nodes, this.#filter);
    // Where there is nothing to show, the welcome content says why; a message would hide it.
    setContextKey('symbols.empty', nodes.length === 0 ? 'file' : kept.length === 0 ? 'filter' : '');
    if (this.#filter !== '' && kept.length > 0) {
      const [matching, all] = [formatCount(countMatches(kept, this.#filter)), formatCount(countSymbols(nodes))];
      this.#view.message = l10n.t('Filter "{0}": {1} of {2} symbols', this.#filter, matching, all);
    }
    this.#openAll = this.#filter !== '' || countSymbols(kept) <= openUpTo;
    this.#top = symbolElements(kept, this.#file.toString(), undefined);
    return this.#top;
  }

  async #roots(): Promise<Element[]> {
    this.#view.description = '';
    this.#view.message = '';
    const roots = rootsOf(this.#context.server.state);
    const [only] = roots;
    if (only !== undefined && roots.length === 1) return this.#folder(only.root, '');
    return roots.map(({ root, name, counts }) => ({
      kind: 'entry',
      root,
      entry: { name, path: '', uri: root, type: 'folder', files: counts.files, symbols: counts.symbols },
    }));
  }

  async #folder(root: string, path: string): Promise<Element[]> {
    const entries = await this.#context.server.request(FolderRequest, { root, path });
    return entries.map((entry) => ({ kind: 'entry', root, entry }));
  }

  #symbolItem(node: SymbolNode, id: string): TreeItem {
    const { None, Collapsed, Expanded } = TreeItemCollapsibleState;
    const open = this.#mode === 'file' && this.#openAll ? Expanded : Collapsed;
    const item = new TreeItem(visible(node.name), node.children.length === 0 ? None : open);
    // The filter takes part, so that a filtered tree opens by itself and the whole one keeps what the user folded.
    item.id = `${this.#mode} ${this.#filter} ${id}`;
    item.description = visible(
      node.signature === undefined ? (node.container ?? '') : afterName(node.name, node.signature),
    );
    item.tooltip = visible([node.signature ?? node.name, node.doc ?? ''].filter((line) => line !== '').join('\n\n'));
    item.iconPath = symbolIcon(node.kind);
    item.contextValue = 'symbol';
    item.command = {
      command: 'vscode.open',
      title: l10n.t('Open'),
      arguments: [Uri.parse(node.uri), { selection: toRange(node.nameRange) }],
    };
    return item;
  }

  async #revealCursor(): Promise<void> {
    const editor = window.activeTextEditor;
    if (!this.#view.visible || this.#mode !== 'file' || editor === undefined) return;
    if (editor.document.uri.toString() !== this.#file?.toString()) return;
    const nodes = this.#top.flatMap((element) => (element.kind === 'symbol' ? [element.node] : []));
    const around = symbolsAround(nodes, editor.selection.active.line);
    const element = elementOf(this.#top, around);
    if (element !== undefined) await this.#view.reveal(element, { select: true, focus: false });
  }

  /** Filters while the user types; Escape takes the former filter back. */
  async #askFilter(): Promise<void> {
    const before = this.#filter;
    const input = window.createInputBox();
    input.title = l10n.t('Filter Symbols');
    input.placeholder = l10n.t('Part of a name');
    input.value = before;
    const changes = new Throttle(80, () => this.#setFilter(input.value.trim()));
    try {
      const accepted = await new Promise<boolean>((resolve) => {
        input.onDidChangeValue(() => changes.trigger());
        input.onDidAccept(() => resolve(true));
        input.onDidHide(() => resolve(false));
        input.show();
      });
      this.#setFilter(accepted ? input.value.trim() : before);
    } finally {
      changes.dispose();
      input.dispose();
    }
  }

  #setFilter(filter: string): void {
    if (filter === this.#filter) return;
    this.#filter = filter;
    setContextKey('symbols.filtered', filter !== '');
    this.#changes.fire(undefined);
  }
}

/** Elements with ids that survive edits elsewhere in the file: container chain, name, and the ordinal among namesakes. */
function symbolElements(nodes: readonly SymbolNode[], prefix: string, parent: Element | undefined): Element[] {
  const seen = new Map<string, number>();
  return nodes.map((node) => {
    const ordinal = seen.get(node.name) ?? 0;
    seen.set(node.name, ordinal + 1);
    return { kind: 'symbol', node, id: `${prefix}/${node.name}#${ordinal}`, parent };
  });
}

/** The element of the last of nested symbols. */
function elementOf(elements: readonly Element[], path: readonly SymbolNode[]): Element | undefined {
  const [first, ...rest] = path;
  const element = elements.find((one) => one.kind === 'symbol' && one.node === first);
  if (element?.kind !== 'symbol' || rest.length === 0) return element;
  return elementOf(symbolElements(element.node.children, element.id, element), rest);
}

function entryItem({ name, uri, type, files, symbols }: FolderEntry): TreeItem {
  const { None, Collapsed } = TreeItemCollapsibleState;
  const item = new TreeItem(visible(name), type === 'file' && symbols === 0 ? None : Collapsed);
  item.resourceUri = Uri.parse(uri);
  item.iconPath = type === 'folder' ? ThemeIcon.Folder : ThemeIcon.File;
  item.description =
    type === 'folder'
      ? [filesText(files, l10n.t), symbolsText(symbols, l10n.t)].join(', ')
      : symbolsText(symbols, l10n.t);
  if (type === 'file') item.command = { command: 'vscode.open', title: l10n.t('Open'), arguments: [item.resourceUri] };
  return item;
}
