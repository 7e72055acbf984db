// The texts of open editors, as the client reports them: an overlay over the files on disk, kept in memory only and
// never written anywhere.

import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { blake3 } from '../../native';

/** An open editor whose text is not what is on disk. */
export interface Overlay {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
}

interface OpenDocument {
  document: TextDocument;
  /** BLAKE3 of the text as UTF-8, computed when first asked for. */
  hash?: Buffer;
}

/** Open documents by URI. Its methods take the parameters of the LSP notifications that feed it. */
export class OpenDocuments {
  readonly #open = new Map<string, OpenDocument>();

  /** `textDocument/didOpen` */
  didOpen(item: {
    readonly uri: string;
    readonly languageId: string;
    readonly version: number;
    readonly text: string;
  }): void {
    this.#open.set(item.uri, { document: TextDocument.create(item.uri, item.languageId, item.version, item.text) });
  }

  /** `textDocument/didChange`. Throws for a document that is not open: the client is out of step. */
  didChange(
    item: { readonly uri: string; readonly version: number },
    changes: readonly TextDocumentContentChangeEvent[],
  ): void {
    const open = this.#open.get(item.uri);
    if (open === undefined) throw new Error(`${item.uri} was changed but is not open`);
    this.#open.delete(item.uri); // so that it stands last
    this.#open.set(item.uri, { document: TextDocument.update(open.document, [...changes], item.version) });
  }

  /** `textDocument/didClose` */
  didClose(uri: string): void {
    this.#open.delete(uri);
  }

  get(uri: string): TextDocument | undefined {
    return this.#open.get(uri)?.document;
  }

  /** The one opened or edited last stands last. */
  uris(): string[] {
    return [...this.#open.keys()];
  }

  /**
   * The overlay of an open document; undefined when it is closed, or its text is what is on disk.
   * @param hashOnDisk BLAKE3 of the file's bytes as indexed; undefined when there is no such file. A file that is not
   * plain UTF-8 always counts as different, which costs work but gives the same facts.
   */
  overlay(uri: string, hashOnDisk: Uint8Array | undefined): Overlay | undefined {
    const open = this.#open.get(uri);
    if (open === undefined) return undefined;
    const { version } = open.document;
    const text = open.document.getText();
    if (hashOnDisk !== undefined) {
      open.hash ??= blake3(Buffer.from(text));
      if (open.hash.equals(hashOnDisk)) return undefined;
    }
    return { uri, version, text };
  }
}
