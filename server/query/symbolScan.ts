// The passes of a symbol query over the names of one segment, from the names that most likely match to the loosest. Each
// goes from short names to long ones and ends where no longer name can enter the list any more.

import type { LiveSegment } from '../facts/factStore';
import type { SymbolIndex } from '../facts/symbolIndex';
import { Tier, type NamePattern } from '../search/namePattern';
import { nameRanges } from './symbolNames';
import { lowestRank, maxLength, RowRanker, type BestRows, type Vantage } from './symbolRank';

/** Names that are gone through between two looks at which could still enter the list. */
const stepNames = 1 << 15;

export class SymbolScan {
  readonly #entry: LiveSegment;
  readonly #pattern: NamePattern;
  readonly #best: BestRows;
  readonly #ranker: RowRanker;
  readonly #symbols: SymbolIndex;
  readonly #favoured: ReadonlySet<number>;

  constructor(entry: LiveSegment, pattern: NamePattern, vantage: Vantage, best: BestRows) {
    this.#entry = entry;
    this.#pattern = pattern;
    this.#best = best;
    this.#ranker = new RowRanker(entry, vantage);
    this.#symbols = entry.segment.symbols;
    this.#favoured = this.#ranker.favoured;
  }

  /** Every match in the files around the user; the other passes leave these files out. */
  offerFavoured(): void {
    const { segment } = this.#entry;
    for (const file of this.#favoured) {
      const first = segment.firstSymbol(file);
      const names = this.#symbols.symbolNames.subarray(first, segment.firstSymbol(file + 1));
      this.#pattern.tiers(this.#symbols, names).forEach((tier, index) => {
        if (tier !== undefined) this.#offerRow(first + index, file, tier, this.#lengthOf(names[index] as number));
      });
    }
  }

  /** Names that begin with the query. */
  offerPrefixed(): void {
    const { literal, lowered } = this.#pattern;
    const { nameBytes, nameOffsets } = this.#symbols;
    for (const { length, prefixFrom, prefixTo } of nameRanges(this.#symbols, lowered)) {
      if (length > literal.length && length > this.#longest(Tier.prefix)) return;
      for (let name = prefixFrom; name < prefixTo; name++) {
        const start = nameOffsets[name] as number;
        const isExact = length === literal.length && literal.compare(nameBytes, start, start + length) === 0;
        const tier = length > literal.length ? Tier.prefix : isExact ? Tier.exact : Tier.exactIgnoringCase;
        this.#offer(name, tier, length);
      }
    }
  }

  /** Names that have the letters in order: beginning words, together, or anywhere. */
  offerOthers(): void {
    const { names } = this.#symbols;
    for (let from = 0; from < names; from += stepNames) {
      const longest = {
        wordStarts: this.#longest(Tier.wordStarts),
        substring: this.#longest(Tier.substring),
        subsequence: this.#longest(Tier.subsequence),
      };
      if (this.#lengthOf(from) > longest.wordStarts) return;
      const to = Math.min(names, from + stepNames);
      this.#pattern.find(this.#symbols, from, to, longest, (name, tier) => {
        this.#offer(name, tier, this.#lengthOf(name));
      });
    }
  }

  #lengthOf(name: number): number {
    const { nameOffsets } = this.#symbols;
    return (nameOffsets[name + 1] as number) - (nameOffsets[name] as number);
  }

  /** The longest name that can still enter the list with a tier; negative when none can. */
  #longest(tier: Tier): number {
    const room = this.#best.worst - lowestRank(tier, 0);
    return room >= maxLength ? Number.MAX_SAFE_INTEGER : room;
  }

  #offer(name: number, tier: Tier, length: number): void {
    if (lowestRank(tier, length) > this.#best.worst) return;
    const { nameRows, rowsByName } = this.#symbols;
    const last = nameRows[name + 1] as number;
    for (let at = nameRows[name] as number; at < last; at++) {
      const symbol = rowsByName[at] as number;
      const file = this.#entry.segment.fileOfSymbol(symbol);
      if (!this.#favoured.has(file)) this.#offerRow(symbol, file, tier, length);
    }
  }

  #offerRow(symbol: number, file: number, tier: Tier, length: number): void {
    const rank = this.#ranker.rank(symbol, file, tier, length);
    if (rank === undefined || rank > this.#best.worst) return;
    this.#best.offer({ rank, entry: this.#entry, file, symbol });
  }
}
