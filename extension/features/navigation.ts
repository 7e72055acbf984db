// Definitions and references beside language extensions: middleware of the language client that lets our answers through
// per language `auto`, `always` or `never`. With `auto` they fill gaps only, so that nothing appears twice.

import { commands, type Position, type TextDocument, type Uri } from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';
import { policyFor } from '../config';

/** The middleware; it has no state beyond the questions in flight. */
export function navigationMiddleware(): Middleware {
  const definition = new GapFilter('vscode.executeDefinitionProvider');
  const references = new GapFilter('vscode.executeReferenceProvider');
  return {
    provideDefinition: async (document, position, token, next) =>
      (await definition.isOurs(document, position)) ? next(document, position, token) : undefined,
    provideReferences: async (document, position, options, token, next) =>
      (await references.isOurs(document, position)) ? next(document, position, options, token) : undefined,
    // The status bar item and the Index view show the same progress, with more to it.
    handleWorkDoneProgress: () => undefined,
  };
}

class GapFilter {
  readonly #command: string;
  /** Places at which we are asking the others: VS Code asks us too then, and we keep silent. */
  readonly #asking = new Set<string>();

  constructor(command: string) {
    this.#command = command;
  }

  async isOurs(document: TextDocument, position: Position): Promise<boolean> {
    const policy = policyFor('navigation', document.languageId);
    if (policy !== 'auto') return policy === 'always';
    const place = placeKey(document.uri, position);
    if (this.#asking.has(place)) return false;
    this.#asking.add(place);
    try {
      const others = await commands.executeCommand<unknown[] | undefined>(this.#command, document.uri, position);
      return others === undefined || others.length === 0;
    } finally {
      this.#asking.delete(place);
    }
  }
}

function placeKey(uri: Uri, { line, character }: Position): string {
  return `${uri.toString()}#${line}:${character}`;
}
