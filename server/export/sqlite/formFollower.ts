// What keeps a database up to date that exists: gathers the paths that changed, and has them written when the changes
// are over and, where they are many, the user leaves room. Knows nothing of how they are written.

import { CancelSource } from '../../util/cancelSource';
import type { CancellationToken } from '../../util/cancellation';
import { messageOf } from '../../util/messageOf';

export interface FollowerOptions {
  /** Whether there is a database; one that is `making` takes everything but what changes meanwhile. */
  readonly found: () => 'database' | 'making' | 'nothing';
  /** Writes what changed. */
  readonly update: () => Promise<unknown>;
  /** Resolves when the user leaves room for what nobody waits for. */
  readonly quiet: (token: CancellationToken) => Promise<void>;
  readonly log: (line: string) => void;
}

/** More changed files are waited for until they are over. */
export const manyChanges = 64;
/** Pause after a change before the database follows, ms: editors write several files at once. */
const soonMs = 30;
/** The same for many changed files, after the last of them, ms. */
const calmMs = 500;

export class FormFollower {
  readonly #options: FollowerOptions;
  /** Paths that changed since they were last taken. */
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #following: Promise<void> = Promise.resolve();
  readonly #closing = new CancelSource();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Tells of files that changed or were removed. Where there is a database, it follows in a moment. */
  note(paths: Iterable<string>): void {
    for (const path of paths) this.#changed.add(path);
    const areMany = this.#changed.size > manyChanges;
    if (this.#isClosed() || (this.#timer !== undefined && !areMany)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), areMany ? calmMs : soonMs).unref();
  }

  /** Whether nothing was told of since it was last taken. */
  get isEmpty(): boolean {
    return this.#changed.size === 0;
  }

  /** Gives what changed to whoever writes it. */
  take(): ReadonlySet<string> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Takes back what was not written after all. */
  putBack(changed: ReadonlySet<string>): void {
    for (const path of changed) this.#changed.add(path);
  }

  /** Resolves when every change that was told of has been given to be written. */
  async settled(): Promise<void> {
    if (this.#timer !== undefined) this.#begin();
    await this.#following;
  }

  close(): void {
    this.#closing.cancel();
    clearTimeout(this.#timer);
  }

  #isClosed(): boolean {
    return this.#closing.token.isCancellationRequested;
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#following = this.#follow();
  }

  async #follow(): Promise<void> {
    const { found, update, quiet, log } = this.#options;
    const what = found();
    // Whoever makes one takes everything; only what changes meanwhile has to be remembered.
    if (what === 'nothing') this.#changed.clear();
    if (what !== 'database') return;
    // Before its turn: a query that comes meanwhile does not wait for a person.
    if (this.#changed.size > manyChanges) await quiet(this.#closing.token);
    if (this.#isClosed()) return;
    try {
      await update();
    } catch (error) {
      if (!this.#isClosed()) log(`The SQLite form of the index could not follow: ${messageOf(error)}`);
    }
  }
}
