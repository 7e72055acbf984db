// The journals of an index that is written: the one that takes what comes, and those before it for as long as a
// generation needs them. It does not decide when a new one is started, nor which are needed.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../native';
import { systemErrorCode, toStoreError } from './errors';
import { Journal, journalName } from './journal';
import type { Recovered } from './recovery';

interface FormerJournal {
  readonly k: number;
  readonly baseSeq: number;
  readonly bytes: number;
  readonly damaged: boolean;
}

export class Journals {
  readonly #folder: string;
  readonly #indexId: string;
  #current: Journal;
  /** In order. */
  #former: FormerJournal[];
  #next: number;

  constructor(folder: string, { indexId, journals, nextJournal }: Recovered, current: Journal) {
    this.#folder = folder;
    this.#indexId = indexId;
    this.#current = current;
    this.#former = journals
      .filter(({ k }) => k !== current.k)
      .map(({ k, end }) => ({
        k,
        baseSeq: end.header.baseSeq,
        bytes: end.position.offset,
        damaged: end.damage.length > 0,
      }));
    this.#next = Math.max(nextJournal, current.k + 1);
  }

  /** The one that takes what comes. */
  get current(): Journal {
    return this.#current;
  }

  /** Bytes of the journals from number `first` on. */
  bytesFrom(first: number): number {
    return this.#former.filter(({ k }) => k >= first).reduce((sum, { bytes }) => sum + bytes, this.#current.size);
  }

  /** Number of the journal that holds, or will hold, the first batch after `seq`. */
  holding(seq: number): number {
    if (this.#current.baseSeq <= seq) return this.#current.k;
    const holding = this.#former.filter(({ baseSeq }) => baseSeq <= seq).at(-1) ?? this.#former[0];
    return holding?.k ?? this.#current.k;
  }

  /** Whether the file of that name is a journal that was found damaged. */
  isDamaged(name: string): boolean {
    return this.#former.some(({ k, damaged }) => damaged && journalName(k) === name);
  }

  /** The journals before number `k` are gone. */
  forgetBefore(first: number): void {
    this.#former = this.#former.filter(({ k }) => k >= first);
  }

  /**
   * Starts an empty journal, which takes what comes from now on. A crash in here leaves it empty, and the next start
   * appends to it. After an error the former one goes on, or takes no more.
   */
  async startNext(): Promise<void> {
    const full = this.#current;
    const former = { k: full.k, baseSeq: full.baseSeq, bytes: full.size, damaged: false };
    const k = this.#next++;
    try {
      this.#current = await Journal.create(this.#folder, k, full.lastSeq, this.#indexId);
    } catch (error) {
      const failure = toStoreError(error, `Starting ${journalName(k)} in ${this.#folder}`);
      await this.#withdraw(k, failure);
      throw failure;
    }
    this.#former.push(former);
    await full.close();
  }

  /**
   * A journal that failed while it was made may be there after a crash, and would deny what the one before it takes from
   * now on. So it goes, durably, or the one before it takes no more.
   */
  async #withdraw(k: number, failure: Error): Promise<void> {
    try {
      await rm(join(this.#folder, journalName(k)), { force: true });
      await syncFolder(this.#folder);
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      this.#current.seal(failure);
    }
  }
}
