// The passes of a symbol query over the names of one segment, from the names that most likely match to the loosest. Each
// goes from short names to long ones and ends where no longer name can enter the list any more.

import type { LiveSegment } from '../facts/factStore';
import type { SymbolIndex } from '../facts/symbolIndex';
import { Tier, type NamePattern } from '../search/namePattern';
import { nameRanges, type NameRange } from './symbolNames';
import { lowestRank, maxLength, RowRanker, type BestRows, type Vantage } from './symbolRank';

export class SymbolScan {
  readonly #entry: LiveSegment;
  readonly #pattern: NamePattern;
  readonly #best: BestRows;
  readonly #ranker: RowRanker;
  readonly #symbols: SymbolIndex;
  readonly #favoured: ReadonlySet<number>;
  readonly #ranges: readonly NameRange[];

  constructor(entry: LiveSegment, pattern: NamePattern, vantage: Vantage, best: BestRows) {
    this.#entry = entry;
    this.#pattern = pattern;
    this.#best = best;
    this.#ranker = new RowRanker(entry, vantage);
    this.#symbols = entry.segment.symbols;
    this.#favoured = this.#ranker.favoured;
    this.#ranges = [...nameRanges(this.#symbols, pattern.lowered)];
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
    const { literal } = this.#pattern;
    const { nameBytes, nameOffsets } = this.#symbols;
    for (const { length, prefixFrom, prefixTo } of this.#ranges) {
      if (length > literal.length && length > this.#longest(Tier.prefix)) return;
      for (let name = prefixFrom; name < prefixTo; name++) {
        const start = nameOffsets[name] as number;
        const isExact = length === literal.length && literal.compare(nameBytes, start, start + length) === 0;
        const tier = length > literal.length ? Tier.prefix : isExact ? Tier.exact : Tier.exactIgnoringCase;
        this.#offer(name, tier, length);
      }
    }
  }

  /** Names with words that the query abbreviates. */
  offerAbbreviated(): void {
    for (const { length, from, prefixFrom, prefixTo, to } of this.#ranges) {
      if (length > this.#longest(Tier.wordStarts)) return;
      const offer = (name: number): void => this.#offer(name, Tier.wordStarts, length);
      this.#pattern.abbreviated(this.#symbols, from, prefixFrom, offer);
      this.#pattern.abbreviated(this.#symbols, prefixTo, to, offer);
    }
  }

  /** Names that have the letters in order somewhere. Stops when the list is full and `budget` names were looked at. */
  offerLoose(budget: number): number {
    let left = budget;
    for (const { length, from, prefixFrom, prefixTo, to } of this.#ranges) {
      if (length > this.#longest(Tier.substring)) break;
      if (left <= 0 && this.#best.full) break;
      // While the list has room, the budget is no limit.
      const allowed = this.#best.full ? left : to - from;
      const offer = (name: number, tier: Tier): void => this.#offer(name, tier, length);
      const rest = this.#pattern.loose(this.#symbols, from, prefixFrom, allowed, offer);
      left -= allowed - this.#pattern.loose(this.#symbols, prefixTo, to, rest, offer);
    }
    return Math.max(0, left);
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
