// The texts of open editors, as the client reports them: kept in memory only and never written anywhere.

import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';

/** Open documents by URI. Its methods take the parameters of the LSP notifications that feed it. */
export class OpenDocuments {
  readonly #open = new Map<string, TextDocument>();

  /** `textDocument/didOpen` */
  didOpen(item: {
    readonly uri: string;
    readonly languageId: string;
    readonly version: number;
    readonly text: string;
  }): void {
    this.#open.set(item.uri, TextDocument.create(item.uri, item.languageId, item.version, item.text));
  }

  /** `textDocument/didChange`. Throws for a document that is not open: the client is out of step. */
  didChange(
    item: { readonly uri: string; readonly version: number },
    changes: readonly TextDocumentContentChangeEvent[],
  ): void {
    const open = this.#open.get(item.uri);
    if (open === undefined) throw new Error(`${item.uri} was changed but is not open`);
    this.#open.delete(item.uri); // so that it stands last
    this.#open.set(item.uri, TextDocument.update(open, [...changes], item.version));
  }

  /** `textDocument/didClose` */
  didClose(uri: string): void {
    this.#open.delete(uri);
  }

  get(uri: string): TextDocument | undefined {
    return this.#open.get(uri);
  }

  /** The one opened or edited last stands last. */
  uris(): string[] {
    return [...this.#open.keys()];
  }
}
