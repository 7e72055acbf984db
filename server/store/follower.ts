// Lets a reader follow what the writer of an index appends, without a lock and without waiting for it.

import { join } from 'node:path';
import { StoreError, systemErrorCode } from './errors';
import type { RootIdentity } from './indexFolder';
import { journalName } from './journal';
import { loadManifests } from './manifest';
import { readJournal, type JournalPosition, type JournalRecord } from './readJournal';
import { listJournals, type Recovered } from './recovery';

/** What happened since a reader last looked. */
export interface Refreshed {
  /** Acknowledged since, in order. */
  readonly records: readonly JournalRecord[];
  /** The writer has moved on in a way that a reader cannot follow step by step: open the store again. */
  readonly reopen: boolean;
}

const reopen: Refreshed = { records: [], reopen: true };

export class Follower {
  readonly #folder: string;
  readonly #root: RootIdentity;
  readonly #generation: number;
  #lastSeq: number;
  /** As they were when the store was opened. */
  readonly #journals: readonly { readonly k: number; readonly bytes: number }[];
  /** How far the newest journal was read. */
  #position: { readonly k: number; readonly at: JournalPosition } | undefined;

  constructor(folder: string, root: RootIdentity, { newestGeneration, lastSeq, journals }: Recovered) {
    this.#folder = folder;
    this.#root = root;
    this.#generation = newestGeneration;
    this.#lastSeq = lastSeq;
    this.#journals = journals.map(({ k, end }) => ({ k, bytes: end.position.offset }));
    const newest = journals.at(-1);
    this.#position = newest && { k: newest.k, at: newest.end.position };
  }

  /** Last acknowledged batch that was seen. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Bytes of the journals from number `first` on, as they were when the store was opened. */
  bytesFrom(first: number): number {
    return this.#journals.filter(({ k }) => k >= first).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Looks for batches after `lastSeq`. */
  async refresh(): Promise<Refreshed> {
    const newest = (await loadManifests(this.#folder, this.#root)).valid[0];
    if ((newest?.generation ?? 0) !== this.#generation) return reopen;
    const records: JournalRecord[] = [];
    try {
      const first = this.#position?.k ?? 0;
      for (const k of (await listJournals(this.#folder)).filter((number) => number >= first)) {
        if (!(await this.#readOn(k, records))) return reopen;
      }
    } catch (error) {
      // Trimmed by the writer between our listing and reading.
      if (error instanceof StoreError && systemErrorCode(error.cause) === 'ENOENT') return reopen;
      throw error;
    }
    return { records, reopen: false };
  }

  /** Adds what is new in a journal; false when it does not continue what was seen. */
  async #readOn(k: number, records: JournalRecord[]): Promise<boolean> {
    const from = this.#position?.k === k ? this.#position.at : undefined;
    const options = { afterSeq: this.#lastSeq, ...(from && { from }) };
    const path = join(this.#folder, journalName(k));
    const { header, damage, position } = await readJournal(path, options, (record) => void records.push(record));
    // A journal that begins below what we saw denies it: it was written, but never acknowledged.
    if (damage.length > 0 || (from === undefined && header.baseSeq !== this.#lastSeq)) return false;
    this.#lastSeq = Math.max(this.#lastSeq, position.seq);
    this.#position = { k, at: position };
    return true;
  }
}
