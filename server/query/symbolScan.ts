// The passes of a symbol query over the names of one segment, from the names that most likely match to the loosest. Each
// leaves out what cannot enter the list any more, mostly without looking at a byte of the name.

import type { LiveSegment } from '../facts/factStore';
import type { SymbolIndex } from '../facts/symbolIndex';
import { namesWithPrefix } from './symbolNames';
import { Tier, type SymbolPattern } from './symbolPattern';
import { lowestRank, maxLength, RowRanker, type BestRows, type Vantage } from './symbolRank';

export class SymbolScan {
  readonly #entry: LiveSegment;
  readonly #pattern: SymbolPattern;
  readonly #best: BestRows;
  readonly #ranker: RowRanker;
  readonly #symbols: SymbolIndex;
  readonly #favoured: ReadonlySet<number>;
  readonly #prefixed: readonly [from: number, to: number];

  constructor(entry: LiveSegment, pattern: SymbolPattern, vantage: Vantage, best: BestRows) {
    this.#entry = entry;
    this.#pattern = pattern;
    this.#best = best;
    this.#ranker = new RowRanker(entry, vantage);
    this.#symbols = entry.segment.symbols;
    this.#favoured = this.#ranker.favoured;
    this.#prefixed = namesWithPrefix(this.#symbols, pattern.lowered);
  }

  /** Every match in the files around the user; the other passes leave these files out. */
  offerFavoured(): void {
    const { segment } = this.#entry;
    const { nameBytes, nameOffsets, symbolNames } = this.#symbols;
    for (const file of this.#favoured) {
      const last = segment.firstSymbol(file + 1);
      for (let symbol = segment.firstSymbol(file); symbol < last; symbol++) {
        const name = symbolNames[symbol] as number;
        if (!this.#mayMatch(name)) continue;
        const start = nameOffsets[name] as number;
        const end = nameOffsets[name + 1] as number;
        if (!this.#pattern.matches(nameBytes, start, end)) continue;
        this.#offerRow(symbol, file, this.#pattern.tier(nameBytes, start, end), end - start);
      }
    }
  }

  /** Names that begin with the query. */
  offerPrefixed(): void {
    const { nameBytes, nameOffsets } = this.#symbols;
    const exact = this.#pattern.literal.length;
    let longest = this.#longest(Tier.prefix);
    for (let name = this.#prefixed[0]; name < this.#prefixed[1]; name++) {
      const start = nameOffsets[name] as number;
      const end = nameOffsets[name + 1] as number;
      if (end - start > longest && end - start > exact) continue;
      this.#offer(name, this.#pattern.tier(nameBytes, start, end), end - start);
      longest = this.#longest(Tier.prefix);
    }
  }

  /** Names with words that the query abbreviates. */
  offerAbbreviated(): void {
    this.#abbreviated(0, this.#prefixed[0]);
    this.#abbreviated(this.#prefixed[1], this.#symbols.names);
  }

  /** Names that have the letters in order somewhere. Stops when the list is full and `budget` names were looked at. */
  offerLoose(budget: number): number {
    const left = this.#loose(0, this.#prefixed[0], budget);
    return this.#loose(this.#prefixed[1], this.#symbols.names, left);
  }

  #abbreviated(from: number, to: number): void {
    const { nameBytes, nameOffsets, nameLetters, nameRepeats, nameInitials } = this.#symbols;
    const { once, twice, first } = this.#pattern;
    let longest = this.#longest(Tier.wordStarts);
    for (let name = from; name < to && longest >= 0; name++) {
      if (((nameInitials[name] as number) & first) !== first) continue;
      if (((nameLetters[name] as number) & once) !== once) continue;
      if (((nameRepeats[name] as number) & twice) !== twice) continue;
      const start = nameOffsets[name] as number;
      const end = nameOffsets[name + 1] as number;
      if (end - start > longest || this.#pattern.tier(nameBytes, start, end) !== Tier.wordStarts) continue;
      this.#offer(name, Tier.wordStarts, end - start);
      longest = this.#longest(Tier.wordStarts);
    }
  }

  #loose(from: number, to: number, budget: number): number {
    const { nameBytes, nameOffsets, nameLetters, nameRepeats } = this.#symbols;
    const { once, twice } = this.#pattern;
    let left = budget;
    let longest = this.#longest(Tier.substring);
    for (let name = from; name < to && longest >= 0; name++) {
      if (((nameLetters[name] as number) & once) !== once) continue;
      if (((nameRepeats[name] as number) & twice) !== twice) continue;
      const start = nameOffsets[name] as number;
      const end = nameOffsets[name + 1] as number;
      if (end - start > longest) continue;
      if (--left < 0 && this.#best.full) return 0;
      if (!this.#pattern.matches(nameBytes, start, end)) continue;
      const tier = this.#pattern.tier(nameBytes, start, end);
      if (tier === Tier.wordStarts) continue;
      this.#offer(name, tier, end - start);
      longest = this.#longest(Tier.substring);
    }
    return Math.max(0, left);
  }

  /** Whether a name has all letters of the query, in whatever order. */
  #mayMatch(name: number): boolean {
    const { nameLetters, nameRepeats } = this.#symbols;
    const { once, twice } = this.#pattern;
    return ((nameLetters[name] as number) & once) === once && ((nameRepeats[name] as number) & twice) === twice;
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
