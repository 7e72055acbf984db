// The files that changed last, for rankings: what was just edited is looked for first.

/** So many files count as recently edited. */
const capacity = 200;

export class RecentFiles {
  readonly #changedMs = new Map<string, number>();

  /** Path → when it was last indexed because it changed, ms since the epoch; the newest last. */
  get map(): ReadonlyMap<string, number> {
    return this.#changedMs;
  }

  note(path: string): void {
    this.#changedMs.delete(path);
    this.#changedMs.set(path, Date.now());
    if (this.#changedMs.size <= capacity) return;
    const [oldest] = this.#changedMs.keys();
    if (oldest !== undefined) this.#changedMs.delete(oldest);
  }

  forget(path: string): void {
    this.#changedMs.delete(path);
  }
}
