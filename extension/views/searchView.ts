// The host of the Search view: its page, and the messages of its front end turned into requests and opened editors.

import {
  CancellationTokenSource,
  commands,
  Disposable,
  l10n,
  Range,
  Uri,
  ViewColumn,
  window,
  type Webview,
  type WebviewView,
  type WebviewViewProvider,
} from 'vscode';
import { parseToHost, type Banner, type ToHost, type ToView } from '../../media/messages';
import { SearchRequest } from '../../server/protocol';
import { isCancellation, messageOf, registerCommand, Throttle, type FeatureContext } from '../features/context';
import type { NameArgument } from '../features/explainSymbol';
import { showWorkspaceFile } from '../features/workspaceFile';
import { rootsOf, type ServerState } from '../serverState';
import { receiveMessages, useFrontEnd } from './frontEnd';
import { searchPage } from './searchPage';
import { searchParams, summaryText } from './searchText';

const indexChangeDelayMs = 1_000;
/** A selection longer than this is no query. */
const maxQueryFromSelection = 200;

/** Registers the view and `almagest.search`, which focuses it with the selected text as the query. */
export function register(context: FeatureContext): Disposable {
  const host = new SearchView(context);
  return Disposable.from(
    host,
    window.registerWebviewViewProvider('almagest.search', host),
    registerCommand(context, 'almagest.search', (query: unknown) =>
      host.focus(typeof query === 'string' ? query : selectedText()),
    ),
  );
}

class SearchView implements WebviewViewProvider, Disposable {
  readonly #context: FeatureContext;
  readonly #disposables: Disposable;
  #webview: Webview | undefined;
  #ready = false;
  #pendingFocus: ToView | undefined;
  #search = new CancellationTokenSource();
  #indexed = '';

  constructor(context: FeatureContext) {
    this.#context = context;
    const tellChange = new Throttle(indexChangeDelayMs, () => this.#post({ type: 'indexChanged' }));
    this.#disposables = Disposable.from(
      tellChange,
      context.server.onDidChangeState((state) => {
        this.#post({ type: 'banner', banner: bannerOf(state) });
        const indexed = rootsOf(state)
          .map(({ root, seq }) => `${root} ${seq}`)
          .join();
        if (state.kind === 'running' && indexed !== this.#indexed) tellChange.trigger();
        this.#indexed = indexed;
      }),
    );
  }

  dispose(): void {
    this.#search.cancel();
    this.#disposables.dispose();
  }

  resolveWebviewView(view: WebviewView): void {
    const resources = useFrontEnd(view.webview, this.#context.extension.extensionUri, 'search');
    view.webview.html = searchPage(resources, l10n.t);
    this.#webview = view.webview;
    this.#ready = false;
    receiveMessages(this.#context, view.webview, parseToHost, (message) => this.#receive(message));
    view.onDidDispose(() => {
      this.#search.cancel();
      this.#webview = undefined;
    });
  }

  /** Shows the view with the cursor in its input, which gets the query if there is one. */
  async focus(query: string | undefined): Promise<void> {
    const message: ToView = { type: 'focus', query };
    this.#pendingFocus = message;
    await commands.executeCommand('almagest.search.focus');
    if (this.#ready) this.#sendFocus();
  }

  async #receive(message: ToHost): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#post({ type: 'banner', banner: bannerOf(this.#context.server.state) });
        return this.#sendFocus();
      case 'search':
        return this.#answer(message);
      case 'cancel':
        return this.#search.cancel();
      case 'open':
        return open(message);
      case 'run':
        await commands.executeCommand(message.command, ...argumentsOf(message));
    }
  }

  async #answer({ id, form, limit }: Extract<ToHost, { type: 'search' }>): Promise<void> {
    this.#search.cancel();
    this.#search = new CancellationTokenSource();
    const { token } = this.#search;
    try {
      const result = await this.#context.server.request(SearchRequest, searchParams(form, limit), token);
      if (token.isCancellationRequested) return;
      const { hits, cut, notice = '' } = result;
      this.#post({ type: 'result', id, hits, cut, notice, summary: summaryText(result, l10n.t) });
    } catch (error) {
      if (isCancellation(error)) return;
      // A wrong query is an everyday thing: the view shows the message beside the input, nothing pops up.
      const message = messageOf(error);
      this.#context.log.debug(`search failed: ${message}`);
      this.#post({ type: 'failed', id, message });
    }
  }

  #sendFocus(): void {
    if (this.#pendingFocus !== undefined) this.#post(this.#pendingFocus);
    this.#pendingFocus = undefined;
  }

  #post(message: ToView): void {
    if (this.#ready) void this.#webview?.postMessage(message);
  }
}

/** What was searched for is the name to begin with. */
function argumentsOf({ command, query }: Extract<ToHost, { type: 'run' }>): readonly unknown[] {
  return command === 'almagest.explainSymbol' ? [{ name: query } satisfies NameArgument] : [];
}

function open({ uri, line, startColumn, endColumn, beside, preview }: Extract<ToHost, { type: 'open' }>) {
  return showWorkspaceFile(Uri.parse(uri, true), {
    selection: new Range(line, startColumn, line, endColumn),
    viewColumn: beside ? ViewColumn.Beside : ViewColumn.Active,
    preserveFocus: preview,
    preview,
  });
}

function bannerOf(state: ServerState): Banner | undefined {
  switch (state.kind) {
    case 'idle': {
      const text = l10n.t('Open a folder to search it.');
      return { text, action: { label: l10n.t('Open Folder'), command: 'vscode.openFolder' } };
    }
    case 'starting':
      return { text: l10n.t('The server is starting.') };
    case 'waiting':
      return { text: l10n.t('The server ended unexpectedly. It starts again in a moment.') };
    case 'failed':
      return { text: state.message, action: { label: l10n.t('Restart Server'), command: 'almagest.restartServer' } };
    case 'running': {
      if (!rootsOf(state).some(({ paused }) => paused)) return undefined;
      const text = l10n.t('Indexing is paused: results may be behind the files.');
      return { text, action: { label: l10n.t('Resume'), command: 'almagest.resume' } };
    }
  }
}

function selectedText(): string | undefined {
  const editor = window.activeTextEditor;
  if (editor === undefined || editor.selection.isEmpty || !editor.selection.isSingleLine) return undefined;
  const text = editor.document.getText(editor.selection);
  return text.length <= maxQueryFromSelection ? text : undefined;
}
