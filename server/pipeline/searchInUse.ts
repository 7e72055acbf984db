// The search index of an open index, with what feeds it, and how it gives way to another one: to one that a rebuild made
// beside it, to one that was mended, or to a new one. What is fed to it is decided by the indexer, when it is replaced
// by RootIndex.

import type { FactStore } from '../facts/factStore';
import type { SearchStore } from '../search/searchStore';
import { removeFolder } from '../store/durableFile';
import type { IndexStore } from '../store/indexStore';
import type { SearchEntry } from '../store/manifest';
import { sealSearch } from '../store/searchSeal';
import { divergentFiles, indexedFiles } from './divergence';
import type { ProgressMeter } from './progress';
import { SearchFeeder, type SearchFeederOptions } from './searchFeeder';
import { newSearch, reopenSearch, salvageSearch, searchFindings, type OpenedSearch } from './searchOpening';

export interface SearchInUseOptions {
  readonly store: IndexStore;
  readonly facts: FactStore;
  readonly opened: OpenedSearch;
  /** What every feeder is told. */
  readonly feeding: Omit<SearchFeederOptions, 'search' | 'facts' | 'indexId' | 'watermark' | 'filling'>;
}

/**
 * More small segments than this in the search index are merged when idle.
 * A command leaves more: it would end later.
 */
const maxSmallSegments = { followed: 8, command: 64 };
/** A search index that fails again within this time is not opened again but made anew, ms. */
const mendPauseMs = 60_000;
/** After so many failures in a row, each within that time of the one before, nothing is tried by itself any more. */
const maxFailures = 4;

/** What is made anew fails, too. */
export class SearchGivenUpError extends Error {
  override readonly name = 'SearchGivenUpError';
}

export class SearchInUse {
  readonly #store: IndexStore;
  readonly #facts: FactStore;
  readonly #feeding: SearchInUseOptions['feeding'];
  #opened: OpenedSearch;
  #feeder: SearchFeeder;
  /** What a rebuild makes, and the paths that were fed to it instead of to the one that answers. */
  #next: { readonly opened: OpenedSearch; readonly feeder: SearchFeeder; readonly paths: Set<string> } | undefined;
  /** Folder of the search index that a rebuild has replaced. */
  #replaced: string | undefined;
  #lastFailure = -Infinity;
  #failures = 0;

  constructor({ store, facts, opened, feeding }: SearchInUseOptions) {
    this.#store = store;
    this.#facts = facts;
    this.#feeding = feeding;
    this.#opened = opened;
    const filling = opened.watermark < (store.snapshot?.seq ?? 0);
    this.#feeder = this.#feed(opened, filling);
  }

  /** Whether it is left alone after too many failures. */
  get isGivenUp(): boolean {
    return this.#failures >= maxFailures;
  }

  /** How it was opened. */
  get opened(): OpenedSearch {
    return this.#opened;
  }

  /** The one that answers. */
  get search(): SearchStore {
    return this.#opened.search;
  }

  /** Of the one that is fed: the one that answers, or the one that a rebuild makes. */
  get feeder(): SearchFeeder {
    return this.#next?.feeder ?? this.#feeder;
  }

  /** Tells of paths of a batch whose facts were given to the feeder. */
  noteFed(paths: readonly string[]): void {
    for (const path of paths) this.#next?.paths.add(path);
  }

  /** What is wrong with the files of the search index. Commits wait meanwhile. */
  findings(): Promise<string[]> {
    return this.#feeder.whileCommitted(() => searchFindings(this.#store, this.#opened));
  }

  /** Begins a search index beside the one that answers: everything is fed to it until it is finished or given up. */
  async beginRebuild(): Promise<void> {
    const opened = await newSearch(this.#store);
    this.#next = { opened, feeder: this.#feed(opened, true), paths: new Set() };
  }

  /**
   * The new search index was fed everything: it answers from now on, when it holds what it should. The next snapshot
   * makes the switch last; a crash before it leaves the old one in force.
   */
  async finishRebuild(meter?: ProgressMeter): Promise<void> {
    const next = this.#next;
    if (next === undefined) throw new Error('No rebuild was begun.');
    next.feeder.filled();
    await next.feeder.flush(meter);
    const finding = await next.opened.search.recount();
    if (finding !== undefined) throw new Error(`The new search index was not switched to: ${finding}.`);
    const old = { opened: this.#opened, feeder: this.#feeder };
    this.#opened = next.opened;
    this.#feeder = next.feeder;
    this.#next = undefined;
    await old.feeder.close();
    await old.opened.search.close();
    this.#replaced = old.opened.folder;
  }

  /** Removes the search index that a rebuild has replaced. For after the snapshot. */
  async dropReplaced(): Promise<void> {
    if (this.#replaced !== undefined) await removeFolder(this.#replaced);
    this.#replaced = undefined;
  }

  /** Gives up the search index that was begun; the old one gets what it was fed. Does nothing without one. */
  async abandonRebuild(): Promise<void> {
    const next = this.#next;
    if (next === undefined) return;
    this.#next = undefined;
    void this.#feeder.addAgain(this.#store.lastSeq, next.paths);
    await next.feeder.close();
    await next.opened.search.close();
    await removeFolder(next.opened.folder);
  }

  /**
   * Sets the search index aside, for `reason`. A new one takes over what is sound of it, and is fed the rest from the
   * facts.
   * @returns what was done, a phrase
   */
  async mendDamaged(reason: string, meter?: ProgressMeter): Promise<string> {
    // What comes while the parts are taken over is found missing after it.
    await this.#feeder.close();
    const salvaged = await salvageSearch(this.#store, this.#opened.folder);
    return this.#replace(salvaged ?? (await newSearch(this.#store)), reason, meter);
  }

  /**
   * After a failure of the search index: opens it again and feeds what its last commit lacks; when it does not check
   * out, or failed a moment ago already, a new one is fed from the facts.
   * @returns what was done, a sentence
   * @throws SearchGivenUpError when that has failed too often; nothing answers searches then
   */
  async mend(reason: string): Promise<string> {
    const { folder, search } = this.#opened;
    const isInARow = performance.now() - this.#lastFailure < mendPauseMs;
    this.#failures = isInARow ? this.#failures + 1 : 1;
    this.#lastFailure = performance.now();
    const again = this.#feeder.filling || isInARow;
    const pending = this.#feeder.pending;
    await this.#feeder.close();
    await search.close();
    if (this.isGivenUp) {
      throw new SearchGivenUpError(
        `The search index failed ${this.#failures} times in a row, though made anew: ${reason}`,
      );
    }
    const opened = again ? reason : await reopenSearch(this.#store, folder);
    if (typeof opened === 'string') {
      const did = again ? await this.#replace(await newSearch(this.#store), opened) : await this.mendDamaged(opened);
      return `After a failure of the search index Almagest ${did}: ${opened}.`;
    }
    this.#opened = opened;
    this.#feeder = this.#feed(opened, false);
    void this.#feeder.addAgain(this.#store.lastSeq, pending);
    await this.#feeder.flush();
    return `The search index was opened again after a failure: ${reason}.`;
  }

  /**
   * Sets the search index aside for a new, empty one, which is to be fed everything; `feeder.filled` says when. A start
   * after a kill before that fills it again.
   */
  async replaceByEmpty(reason: string): Promise<void> {
    await this.#setAside(reason, await newSearch(this.#store));
  }

  /** Merges small segments of the search index when there are many. Saves go on meanwhile, and are fed after it. */
  tidy(isFollowed: boolean): Promise<void> {
    return this.#feeder.merge(isFollowed ? maxSmallSegments.followed : maxSmallSegments.command);
  }

  /** The search index with everything committed, pinned for the manifest. */
  committed(): Promise<SearchEntry> {
    const { folder, search } = this.#opened;
    return this.#feeder.whileCommitted(async (seq) => ({ folder, seq, seal: await sealSearch(folder, search.files) }));
  }

  async close(): Promise<void> {
    await this.abandonRebuild();
    await this.#feeder.close();
    await this.search.close();
  }

  /** Goes on with `opened`, which is fed what it lacks. */
  async #replace(opened: OpenedSearch, reason: string, meter?: ProgressMeter): Promise<string> {
    await this.#setAside(reason, opened);
    const [facts, store] = [this.#facts, this.#store];
    const missing = opened.salvaged ? await divergentFiles(indexedFiles(facts), opened.search) : [...facts.paths()];
    meter?.extend(missing.length);
    this.#feeder.bulk = true;
    void this.#feeder.add(store.lastSeq, missing);
    this.#feeder.filled();
    this.#feeder.bulk = false;
    await this.#feeder.flush(meter);
    return opened.salvaged
      ? `kept what is sound of the search index and fed ${missing.length} of ${facts.size} files to it again from the facts`
      : 'made the search index anew from the facts';
  }

  async #setAside(reason: string, replacement: OpenedSearch): Promise<void> {
    const old = { opened: this.#opened, feeder: this.#feeder };
    this.#opened = replacement;
    this.#feeder = this.#feed(replacement, true);
    await old.feeder.close();
    await old.opened.search.close();
    if (this.#store.readOnly === undefined) await this.#store.quarantine(old.opened.folder, reason);
  }

  #feed(opened: OpenedSearch, filling: boolean): SearchFeeder {
    return new SearchFeeder({
      ...this.#feeding,
      search: opened.search,
      facts: this.#facts,
      indexId: this.#store.indexId,
      watermark: opened.watermark,
      filling,
    });
  }
}
