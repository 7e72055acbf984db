// The texts of a client's open editors, which lie over the facts of their files for this client alone: follows what it
// opens, types, saves and closes, and tells it to whoever answers for the root.

import {
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DidSaveTextDocumentNotification,
} from 'vscode-languageserver/node';
import type { CheckedConnection } from './checkedConnection';
import { standardShapes } from './requestShapes';
import type { SharedRoot } from './sharing/sharedRoot';
import type { SharedRoots } from './sharing/sharedRoots';
import { CancellationError } from './util/cancellation';
import { messageOf } from './util/messageOf';
import { OpenDocuments } from './workspace/documents';

/** Pause in typing after which an open editor's text is extracted, ms. */
const typingMs = 120;

export class OpenEditors {
  readonly #documents = new OpenDocuments();
  readonly #roots: SharedRoots;
  readonly #log: (level: 'warn', line: string) => void;
  /** By URI: texts that are about to be told. */
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(client: CheckedConnection, roots: SharedRoots, log: (level: 'warn', line: string) => void) {
    this.#roots = roots;
    this.#log = log;
    client.onNotification(DidOpenTextDocumentNotification.type, standardShapes.opened, ({ textDocument }) => {
      this.#documents.didOpen(textDocument);
      this.#soon(textDocument.uri, 0);
    });
    client.onNotification(
      DidChangeTextDocumentNotification.type,
      standardShapes.changed,
      ({ textDocument, contentChanges }) => {
        roots.noteTyping();
        this.#documents.didChange(textDocument, contentChanges);
        this.#soon(textDocument.uri, typingMs);
      },
    );
    client.onNotification(DidCloseTextDocumentNotification.type, standardShapes.ofDocument, ({ textDocument }) => {
      this.#documents.didClose(textDocument.uri);
      this.#soon(textDocument.uri, 0);
    });
    client.onNotification(DidSaveTextDocumentNotification.type, standardShapes.ofDocument, async ({ textDocument }) => {
      const place = await roots.locate(textDocument.uri);
      await place?.shared.ask('hint', { paths: [place.path] });
    });
  }

  /** Tells the open texts of a root that has just been added. */
  async layOver(shared: SharedRoot): Promise<void> {
    for (const uri of this.#documents.uris()) {
      if ((await this.#roots.locate(uri))?.shared === shared) await this.#tell(uri);
    }
  }

  /** Tells nothing any more. */
  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #soon(uri: string, afterMs: number): void {
    clearTimeout(this.#timers.get(uri));
    const tell = (): void => {
      this.#timers.delete(uri);
      this.#tell(uri).catch((error: unknown) => {
        // It was closed meanwhile, or everything is.
        if (error instanceof CancellationError) return;
        this.#log('warn', `${uri} is not followed while open: ${messageOf(error)}`);
      });
    };
    this.#timers.set(uri, setTimeout(tell, afterMs));
  }

  /** Tells the text of an open editor to whoever answers for its root, or that it was closed. */
  async #tell(uri: string): Promise<void> {
    const place = await this.#roots.locate(uri);
    await place?.shared.ask('editor', { path: place.path, text: this.#documents.get(uri)?.getText() ?? null });
  }
}
