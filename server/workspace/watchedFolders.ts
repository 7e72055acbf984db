// Watches single folders with chokidar, never trees: one kernel watch per folder, none per file, and none in folders
// that nobody asked for. It tells where something happened; folders that appear are offered, not followed.

import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { Hint } from './coalesce';
import { UnlistedFolders } from './unlistedFolders';
import { childOf, nameOf, parentOf } from '../util/paths';

export interface FolderEvents {
  onHint(hint: Hint): void;
  /** Folders that are not watched: just made, or never asked for. Each is offered once. */
  onFolders(folders: readonly string[]): void;
  /** `.git/HEAD` of the root was written or replaced. */
  onHeadMoved(): void;
  onError(error: NodeJS.ErrnoException): void;
}

/**
 * Folders per chokidar instance. Only an instance as a whole tells when its watches are in place, and all its folders are
 * read at the same time, so this also bounds memory and open files at the start.
 */
const groupSize = 32;

/** Milliseconds after which a group counts as watched although it never said so (a network folder that hangs). */
const groupPatienceMs = 30_000;

/** Folders of version control, which hold no sources and change with each command. */
const versionControl: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', '.jj']);

export class WatchedFolders {
  readonly #root: string;
  readonly #events: FolderEvents;
  /** Watched folders, and those about to be, which have no watcher yet. */
  readonly #watched = new Map<string, FSWatcher | undefined>();
  /** Offered and not accepted so far. */
  readonly #declined = new Set<string>();
  #offers: string[] = [];
  readonly #lost = new Set<string>();
  /** Entries that came or went and may be folders. */
  readonly #renamed = new Set<string>();
  /** Groups whose watches are being put in place. */
  #pendingGroups = 0;
  #scheduled = false;
  #exhausted = false;
  /** Resolves when `.git` is watched. */
  readonly #head: Promise<void>;

  /** @param root real, absolute path */
  constructor(root: string, events: FolderEvents) {
    this.#root = root;
    this.#events = events;
    this.#head = this.#watchHead();
  }

  /** Number of watched folders. */
  get size(): number {
    return this.#watched.size;
  }

  /** Watches these folders too; resolves when their watches are in place. */
  async watch(folders: readonly string[]): Promise<void> {
    const added = folders.filter((folder) => !this.#watched.has(folder));
    for (const folder of added) {
      this.#watched.set(folder, undefined);
      this.#declined.delete(folder);
    }
    for (let start = 0; start < added.length && !this.#exhausted; start += groupSize) {
      await this.#watchGroup(added.slice(start, start + groupSize));
    }
    await this.#head;
  }

  /** Takes back the offer of folders that were gone when somebody looked; those that are there again are offered anew. */
  forget(folders: readonly string[]): void {
    for (const folder of folders) this.#lose(folder);
  }

  /** Offers again what was declined: the rules may have changed. */
  offerAgain(): void {
    const folders = [...this.#declined];
    if (folders.length > 0) this.#events.onFolders(folders);
  }

  async #watchGroup(folders: readonly string[]): Promise<void> {
    this.#pendingGroups++;
    const watcher = new UnlistedFolders();
    const identities = new Map<string, string | undefined>();
    for (const folder of folders) {
      this.#watched.set(folder, watcher);
      identities.set(folder, this.#identify(folder));
    }
    watcher
      .on('raw', (event, name, details) => this.#onRaw(event, name, (details as { watchedPath: string }).watchedPath))
      .on('unlinkDir', (path) => this.#lose(this.#toRelative(path)))
      .on('error', (error) => this.#onError(error as NodeJS.ErrnoException));
    // Once they are in place events tell of new folders; those that came between the scan and then are found by looking.
    const offered = this.#inPlace(watcher, folders).then(() =>
      Promise.all(folders.map((each) => this.#offerFoldersIn(each))),
    );
    await this.#patiently(offered, folders);
    // A folder that was replaced while its watch was put in place may be without one, and nothing else would tell.
    for (const [folder, identity] of identities) {
      if (identity === undefined || this.#identify(folder) !== identity) this.#lost.add(folder);
    }
    this.#pendingGroups--;
    this.#schedule();
  }

  #onRaw(event: string, name: string | null, watchedPath: string): void {
    const folder = this.#toRelative(watchedPath);
    if (name === null || name === '') {
      void this.#offerFoldersIn(folder);
      return this.#events.onHint({ path: folder, kind: 'folder' });
    }
    this.#events.onHint({ path: childOf(folder, name), kind: 'entry' });
    // A folder that is deleted or moved says so under its own name, and its watch dies or moves away with it. It may
    // have been made anew before anybody looked, so only a new watch is safe. An entry of that name costs one for nothing.
    if (event === 'rename' && name === basename(watchedPath)) this.#lose(folder);
    // It may be a folder, and one that goes and comes between two looks is another one.
    if (event === 'rename') {
      this.#renamed.add(childOf(folder, name));
      this.#schedule();
    }
  }

  #onFolder(folder: string): void {
    if (this.#watched.has(folder) || this.#declined.has(folder) || versionControl.has(nameOf(folder))) return;
    this.#declined.add(folder);
    this.#offers.push(folder);
    this.#schedule();
  }

  async #offerFoldersIn(folder: string): Promise<void> {
    try {
      for (const entry of await readdir(join(this.#root, folder), { withFileTypes: true })) {
        if (entry.isDirectory()) this.#onFolder(childOf(folder, entry.name));
      }
    } catch {
      // Gone, or out of reach: its watch tells that it is gone, and a scan says what it cannot read.
    }
  }

  #lose(folder: string): void {
    this.#lost.add(folder);
    this.#schedule();
  }

  #schedule(): void {
    // Chokidar cannot end a watch that it is still putting in place; it would leave a dead one behind.
    if (this.#scheduled || this.#pendingGroups > 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#pendingGroups > 0) return;
      for (const path of this.#renamed) {
        if (this.#identify(path) !== undefined) this.#onFolder(path);
        else if (this.#watched.has(path) || this.#declined.has(path)) this.#lost.add(path);
      }
      this.#renamed.clear();
      this.#dropLost();
      const offers = this.#offers;
      this.#offers = [];
      if (offers.length > 0) this.#events.onFolders(offers);
    });
  }

  /** Ends the watches of lost folders and all below them, and offers those that exist again. */
  #dropLost(): void {
    if (this.#lost.size === 0) return;
    const isLost = (folder: string): boolean => {
      for (let each = folder; ; each = parentOf(each)) {
        if (this.#lost.has(each)) return true;
        if (each === '') return false;
      }
    };
    for (const [folder, watcher] of this.#watched) {
      if (!isLost(folder)) continue;
      watcher?.unwatch(join(this.#root, folder));
      this.#watched.delete(folder);
    }
    for (const folder of this.#declined) if (isLost(folder)) this.#declined.delete(folder);
    const lost = [...this.#lost];
    this.#lost.clear();
    for (const folder of lost) {
      this.#events.onHint({ path: folder, kind: 'folder' });
      if (this.#identify(folder) !== undefined) this.#onFolder(folder);
    }
  }

  /** What tells a folder from another one made later in its place; undefined when there is none. */
  #identify(folder: string): string | undefined {
    try {
      const stats = lstatSync(join(this.#root, folder), { bigint: true });
      return stats.isDirectory() ? `${stats.dev} ${stats.ino} ${stats.birthtimeNs}` : undefined;
    } catch {
      // Gone, or out of reach: nothing to watch, and a hint leads to a look that says why.
      return undefined;
    }
  }

  /** A repository's own folder is watched for the one file that tells of a switch to another branch. */
  async #watchHead(): Promise<void> {
    if (this.#identify('.git') === undefined) return;
    const watcher = new UnlistedFolders()
      .on('raw', (_event, name) => {
        if (name === 'HEAD') this.#events.onHeadMoved();
      })
      .on('error', (error) => this.#onError(error as NodeJS.ErrnoException));
    await this.#patiently(this.#inPlace(watcher, ['.git']), ['.git']);
  }

  /** Resolves when chokidar has put these watches in place. */
  #inPlace(watcher: FSWatcher, folders: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      watcher.on('ready', () => resolve());
      watcher.add(folders.map((folder) => join(this.#root, folder)));
    });
  }

  /** Resolves with `work`, or says that it took too long. */
  #patiently(work: Promise<unknown>, folders: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const patience = setTimeout(() => {
        const which = `${folders[0]} or its neighbours`;
        this.#events.onError(new Error(`no watch after ${groupPatienceMs / 1000} s on ${which}`));
        resolve();
      }, groupPatienceMs);
      void work.then(() => (clearTimeout(patience), resolve()));
    });
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (isWatchLimit(error)) this.#exhausted = true;
    this.#events.onError(error);
  }

  #toRelative(path: string): string {
    const folder = relative(this.#root, path);
    return sep === '/' ? folder : folder.split(sep).join('/');
  }
}

/** Whether the system refused because it watches as much as it may. */
export function isWatchLimit(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOSPC' || error.code === 'EMFILE';
}
