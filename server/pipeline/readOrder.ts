// Which reading of a file is the newest one. Runs of the indexer overlap, and the one that read first may commit last;
// what it brings is then older than what is there.

/** The files that were read together. */
export interface Reading {
  readonly paths: readonly string[];
  readonly number: number;
}

export class ReadOrder {
  #last = 0;
  /** Path → its newest reading that has not ended. */
  readonly #newest = new Map<string, number>();

  /** To be called before the first byte is read. Each reading is ended, whatever becomes of it. */
  begin(paths: readonly string[]): Reading {
    const number = ++this.#last;
    for (const path of paths) this.#newest.set(path, number);
    return { paths, number };
  }

  /** The paths that were read again since the reading began: what it found of them may be out of date. */
  end({ paths, number }: Reading): string[] {
    return paths.filter((path) => {
      if (this.#newest.get(path) !== number) return true;
      this.#newest.delete(path);
      return false;
    });
  }
}
