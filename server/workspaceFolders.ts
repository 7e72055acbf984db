// The folders that a client has open: shares the index of each, and tells of those that cannot be opened, missing or
// locked, which are tried again until they can. One folder never waits for another.

import type { WorkspaceFolder } from 'vscode-languageserver/node';
import type { UnreachableFolder } from './protocol';
import { CancellationError } from './util/cancellation';
import { messageOf } from './util/messageOf';
import { openRoot, type Root } from './workspace/roots';

export interface WorkspaceFoldersOptions {
  /** Shares the index of a root; resolves when it answers. */
  readonly share: (root: Root) => Promise<void>;
  readonly unshare: (uri: string) => Promise<void>;
  readonly log: (level: 'error', line: string) => void;
  /** The folders that cannot be opened are others than before. */
  readonly onDidChange: (unreachable: readonly UnreachableFolder[]) => void;
}

/** Between two looks for folders that could not be opened, ms. */
const retryMs = 5_000;

export class WorkspaceFolders {
  readonly #options: WorkspaceFoldersOptions;
  readonly #unreachable = new Map<string, UnreachableFolder>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WorkspaceFoldersOptions) {
    this.#options = options;
  }

  /** Rejects never: a folder that cannot be opened is told of. */
  async add(folder: WorkspaceFolder): Promise<void> {
    const root = await tryToOpen(folder);
    if (typeof root === 'string') this.#note(folder, root);
    else await this.#share(root);
  }

  async remove(uri: string): Promise<void> {
    if (this.#unreachable.delete(uri)) this.#tell();
    else await this.#options.unshare(uri);
  }

  /** Looks for nothing any more. */
  dispose(): void {
    this.#unreachable.clear();
    clearTimeout(this.#timer);
  }

  #note({ uri, name }: WorkspaceFolder, reason: string): void {
    this.#lookLater();
    if (this.#unreachable.get(uri)?.reason === reason) return;
    this.#unreachable.set(uri, { uri, name, reason });
    this.#log(uri, reason);
    this.#tell();
  }

  async #share(root: Root): Promise<void> {
    try {
      await this.#options.share(root);
    } catch (error) {
      if (!(error instanceof CancellationError)) this.#log(root.uri, messageOf(error));
    }
  }

  /** Each look comes some time after the last one has ended: one that hangs, as on a lost network, is the only one. */
  #lookLater(): void {
    this.#timer ??= setTimeout(() => {
      const looks = [...this.#unreachable.values()].map((folder) => this.#lookFor(folder));
      void Promise.all(looks).then(() => {
        this.#timer = undefined;
        if (this.#unreachable.size > 0) this.#lookLater();
      });
    }, retryMs).unref();
  }

  async #lookFor({ uri, name }: UnreachableFolder): Promise<void> {
    const root = await tryToOpen({ uri, name });
    if (!this.#unreachable.has(uri)) return; // the client closed it meanwhile
    if (typeof root === 'string') {
      this.#note({ uri, name }, root);
      return;
    }
    this.#unreachable.delete(uri);
    this.#tell();
    void this.#share(root);
  }

  #tell(): void {
    this.#options.onDidChange([...this.#unreachable.values()]);
  }

  #log(uri: string, reason: string): void {
    this.#options.log('error', `${uri} is not indexed: ${reason}`);
  }
}

/** The root of a folder, or why there is none. */
async function tryToOpen({ uri, name }: WorkspaceFolder): Promise<Root | string> {
  try {
    return await openRoot(uri, name);
  } catch (error) {
    return messageOf(error);
  }
}
