// Stands for a search index that cannot be opened by a process that may only read: it says so whenever it is asked.
// Whoever owns the index makes it anew.

import type { SearchStore } from './searchStore';

/** A search store that answers nothing; `reason` completes "The search index cannot be read: …". */
export function lostSearch(reason: string): SearchStore {
  const refuse = (): Promise<never> =>
    Promise.reject(new Error(`The search index cannot be read: ${reason}. "Almagest: Repair" makes it anew.`));
  return {
    watermark: undefined,
    files: [],
    apply: refuse,
    commit: refuse,
    search: refuse,
    storedFacts: refuse,
    storedContents: refuse,
    merge: refuse,
    countWords: refuse,
    stats: () => ({ segments: 0, documents: 0, deleted: 0, bytes: 0 }),
    recount: () => Promise.resolve(undefined),
    verify: () => Promise.resolve([reason]),
    close: () => Promise.resolve(),
  };
}
