// The roots of one client (a window, an editor, a command), each shared with the other processes that have it open.

import type { Activity } from '../pipeline/governor';
import { WorkspaceIndexes, type WorkspaceOptions } from '../pipeline/workspaceIndexes';
import type { Settings, Status, UnreachableFolder } from '../protocol';
import { locateReal, type Located, type Root } from '../workspace/roots';
import { buildStages } from './buildStages';
import { SharedRoot, type SharedRootOptions } from './sharedRoot';

export class SharedRoots {
  readonly #options: WorkspaceOptions;
  readonly #indexes: WorkspaceIndexes;
  readonly #roots = new Map<string, SharedRoot>();
  #debugging = false;
  /** Folders of the client that have no root, because they cannot be opened. */
  unreachable: readonly UnreachableFolder[] = [];

  constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.#indexes = new WorkspaceIndexes({
      laterStages: buildStages,
      ...options,
      onDidChange: () => this.#onDidChange(),
    });
  }

  get settings(): Settings {
    return this.#indexes.settings;
  }

  /** See `WorkspaceIndexes.settings`. For a root that another process owns, that one's settings hold. */
  set settings(settings: Settings) {
    this.#indexes.settings = settings;
  }

  get all(): readonly SharedRoot[] {
    return [...this.#roots.values()];
  }

  get(uri: string): SharedRoot | undefined {
    return this.#roots.get(uri);
  }

  /** The root that a document lies in, and its path there; undefined when it lies in none. */
  async locate(uri: string): Promise<(Located & { readonly shared: SharedRoot }) | undefined> {
    const place = await locateReal(
      this.all.map(({ root }) => root),
      uri,
    );
    const shared = place && this.#roots.get(place.root.uri);
    return place && shared && { ...place, shared };
  }

  get status(): Status {
    const { unreachable } = this;
    const roots = this.all.map(({ status }) => status);
    return { version: this.#options.version, roots, ...(unreachable.length > 0 && { unreachable }) };
  }

  /** The user of this process changed a text; see `WorkspaceIndexes`. */
  noteTyping(): void {
    this.#indexes.noteTyping();
    for (const shared of this.#roots.values()) shared.noteTyping();
  }

  /** What else that user does, on each change. */
  noteActivity(activity: Activity): void {
    this.#indexes.noteActivity(activity);
    this.#debugging = activity.debugging;
    for (const shared of this.#roots.values()) shared.noteDebugging(activity.debugging);
  }

  /** Most resident memory of the extractors of this process so far, in bytes. */
  get peakRss(): number {
    return this.#indexes.peakRss;
  }

  /** Starts to share a root. It answers when `ready`. */
  add(
    root: Root,
    { mode = 'writer', scan = true }: Partial<Pick<SharedRootOptions, 'mode' | 'scan'>> = {},
  ): SharedRoot {
    const { version, programs, log } = this.#options;
    const onDidChange = (): void => this.#onDidChange();
    const shared = new SharedRoot({ root, indexes: this.#indexes, mode, scan, version, programs, log, onDidChange });
    this.#roots.set(root.uri, shared);
    shared.noteDebugging(this.#debugging);
    return shared;
  }

  async remove(uri: string): Promise<void> {
    const shared = this.#roots.get(uri);
    this.#roots.delete(uri);
    await shared?.close();
  }

  /** Gives up what this process owns and ends its processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#roots.keys()].map((uri) => this.remove(uri)));
    await this.#indexes.close();
  }

  #onDidChange(): void {
    for (const shared of this.#roots.values()) shared.statusChanged();
    this.#options.onDidChange();
  }
}
