// Outline and breadcrumbs for languages that have none: a document symbol provider of ours, per language `auto`, `always`
// or `never`. With `auto` it fills gaps only. Whether others answer is probed from outside of a provider call, because
// VS Code shares one computation among all who ask for the symbols of a document: probing inside would wait for itself.

import {
  commands,
  Disposable,
  DocumentSymbol,
  extensions,
  languages,
  window,
  workspace,
  type CancellationToken,
  type TextDocument,
} from 'vscode';
import { FileSymbolsRequest } from '../../server/protocol';
import type { SymbolNode } from '../../server/protocol';
import { onDidChangeSettings, outlinePolicy } from '../config';
import { toRange } from '../convert';
import { isBusy, rootsOf } from '../serverState';
import { isCancellation, Throttle, type FeatureContext } from './context';
import { gapVerdict } from './gapVerdict';

const delayMs = 500;

/** Answers outlines for as long as the result lives. */
export function register(context: FeatureContext): Disposable {
  return new Outline(context);
}

class Outline implements Disposable {
  readonly #context: FeatureContext;
  readonly #providers = new Map<string, Disposable>();
  /** How many top-level symbols we answered last for a document; absent when we were not asked. */
  readonly #answered = new Map<string, number>();
  /** Languages for which others were seen to answer; it holds until the set of extensions changes. */
  readonly #answeredByOthers = new Set<string>();
  readonly #listeners: Disposable;
  #busy = true;

  constructor(context: FeatureContext) {
    this.#context = context;
    const later = new Throttle(delayMs, () => void this.#reconsiderVisible());
    later.trigger();
    this.#listeners = Disposable.from(
      later,
      window.onDidChangeVisibleTextEditors(() => later.trigger()),
      workspace.onDidSaveTextDocument(() => later.trigger()),
      workspace.onDidCloseTextDocument(({ uri }) => this.#answered.delete(uri.toString())),
      context.server.onDidChangeState((state) => {
        const wasBusy = this.#busy;
        this.#busy = state.kind !== 'running' || rootsOf(state).some(isBusy);
        if (wasBusy && !this.#busy) later.trigger();
      }),
      onDidChangeSettings(() => later.trigger()),
      extensions.onDidChange(() => {
        this.#answeredByOthers.clear();
        later.trigger();
      }),
    );
  }

  dispose(): void {
    this.#listeners.dispose();
    for (const provider of this.#providers.values()) provider.dispose();
    this.#providers.clear();
  }

  async #reconsiderVisible(): Promise<void> {
    const documents = window.visibleTextEditors.map(({ document }) => document);
    for (const document of documents.filter(({ uri }) => uri.scheme === 'file')) {
      try {
        await this.#reconsider(document);
      } catch (error) {
        if (!isCancellation(error)) this.#context.log.warn(`the outline of ${document.languageId} is undecided`, error);
      }
    }
  }

  async #reconsider(document: TextDocument): Promise<void> {
    const language = document.languageId;
    const policy = outlinePolicy(language);
    if (policy !== 'auto') return this.#setProvider(language, policy === 'always');
    if (this.#answeredByOthers.has(language) || this.#context.server.state.kind !== 'running') return;

    const merged = await commands.executeCommand<unknown[] | undefined>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    const verdict = gapVerdict({
      registered: this.#providers.has(language),
      merged: merged?.length ?? 0,
      answered: this.#answered.get(document.uri.toString()),
      ours: (await this.#symbols(document)).length,
    });
    this.#context.log.debug(`outline of ${language}: ${verdict}`);
    if (verdict === 'others') {
      this.#answeredByOthers.add(language);
      this.#setProvider(language, false);
    } else if (verdict === 'gap') {
      this.#setProvider(language, true);
    } else if (verdict === 'outdated') {
      // VS Code asks again only when the document or the set of providers changes.
      this.#setProvider(language, false);
      this.#setProvider(language, true);
    }
  }

  #setProvider(language: string, wanted: boolean): void {
    const provider = this.#providers.get(language);
    if (wanted && provider === undefined) {
      const selector = { scheme: 'file', language };
      const provideDocumentSymbols = (document: TextDocument, token: CancellationToken): Promise<DocumentSymbol[]> =>
        this.#provide(document, token);
      const metadata = { label: 'Almagest' };
      this.#providers.set(
        language,
        languages.registerDocumentSymbolProvider(selector, { provideDocumentSymbols }, metadata),
      );
    }
    if (!wanted && provider !== undefined) {
      provider.dispose();
      this.#providers.delete(language);
    }
  }

  async #provide(document: TextDocument, token: CancellationToken): Promise<DocumentSymbol[]> {
    const nodes = this.#context.server.state.kind === 'running' ? await this.#symbols(document, token) : [];
    this.#answered.set(document.uri.toString(), nodes.length);
    return nodes.map(toDocumentSymbol);
  }

  #symbols(document: TextDocument, token?: CancellationToken): Promise<readonly SymbolNode[]> {
    return this.#context.server.request(FileSymbolsRequest, { uri: document.uri.toString() }, token);
  }
}

function toDocumentSymbol(node: SymbolNode): DocumentSymbol {
  const range = toRange(node.range);
  const nameRange = toRange(node.nameRange);
  // VS Code refuses a symbol whose name lies outside of it, and one without a name.
  const selection = range.contains(nameRange) ? nameRange : range;
  const detail = node.container ?? '';
  const symbol = new DocumentSymbol(node.name === '' ? '?' : node.name, detail, node.kind - 1, range, selection);
  symbol.children = node.children.map(toDocumentSymbol);
  return symbol;
}
