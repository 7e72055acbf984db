// The queries that were searched for before, newest last, and the walk through them. Knows nothing of the page.

const maxEntries = 50;

export class History {
  #entries: readonly string[];
  /** Where the walk is; the number of entries means at what was typed last. */
  #at: number;
  #typed = '';

  constructor(entries: readonly string[]) {
    this.#entries = entries.slice(-maxEntries);
    this.#at = this.#entries.length;
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  /** Whether the walk is at what was typed, behind the newest entry. */
  get atEnd(): boolean {
    return this.#at === this.#entries.length;
  }

  /** Makes a query the newest entry and ends the walk there; empty ones are not kept. */
  add(query: string): void {
    if (query === '') return;
    this.#entries = [...this.#entries.filter((entry) => entry !== query), query].slice(-maxEntries);
    this.#at = this.#entries.length;
    this.#typed = '';
  }

  /** The entry one step back (-1) or forth (1), `current` being what the input holds; `undefined` at either end. */
  walk(step: number, current: string): string | undefined {
    if (this.atEnd) this.#typed = current;
    let at = this.#at + step;
    // The newest entry is often what the input holds already: going there would look like nothing.
    if (step < 0 && this.#entries[at] === current) at += step;
    if (at < 0 || at > this.#entries.length || at === this.#at) return undefined;
    this.#at = at;
    return this.#entries[at] ?? this.#typed;
  }
}
