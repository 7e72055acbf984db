// Workspace symbols: from a few typed letters to the symbols that were most likely meant. Matching runs over the names in
// memory only; blocks are read for the matches that are returned.

import type { FileBlock } from '../facts/block';
import type { FactStore, LiveSegment } from '../facts/factStore';
import type { WireRange } from '../protocol';
import { QueryError } from './queryError';
import { splitQuery, type QualifiedQuery } from './qualifiedQuery';
import { symbolNamesOf } from './symbolNames';
import { maxQueryLength, SymbolPattern, Tier } from './symbolPattern';
import {
  BestRows,
  compareRows,
  inexactContainer,
  RowRanker,
  rankTier,
  tierOf,
  type RankedRow,
  type Vantage,
} from './symbolRank';
import { containerOf, nameOf, nameRangeOf, rangeOf } from './symbolRows';

/** A symbol that was found, in a form that finds it again: see `locateSymbol`. */
export interface SymbolMatch {
  /** Root-relative path. */
  readonly path: string;
  readonly name: string;
  readonly kind: number;
  /** Bits of `SymbolFlag`. */
  readonly flags: number;
  /** What it lies in, outermost first and joined by dots. */
  readonly container?: string;
  readonly range: WireRange;
  readonly nameRange: WireRange;
  /** How many symbols of this name and kind stand before it in its file. */
  readonly ordinal: number;
  /** How well it matches, see `Tier`: comparable across roots. */
  readonly tier: Tier;
}

/** What names a symbol across edits of its file. */
export type SymbolIdentity = Pick<SymbolMatch, 'path' | 'name' | 'kind' | 'ordinal'>;

export interface SymbolQueryOptions extends Vantage {
  /** At most so many matches, 1 to 10,000; 200 unless told. */
  readonly limit?: number;
}

const defaultLimit = 200;
const maxLimit = 10_000;
/** A qualified query reads the blocks of so many times `limit` candidates at most, to look at their containers. */
const qualifiedReach = 10;

/**
 * The symbols whose names have the letters of `query` in this order, best first: exact, then prefix, then beginnings of
 * words, then the rest. `Foo.bar` and `Foo::bar` ask for `bar` in `Foo`. An empty query gives the symbols of the open
 * and the recently edited files. Longer queries than 256 characters are cut.
 * @throws QueryError when the limit is out of range
 */
export function findSymbols(facts: FactStore, query: string, options: SymbolQueryOptions = {}): SymbolMatch[] {
  const limit = options.limit ?? defaultLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new QueryError('limit', `The limit must be a whole number from 1 to ${maxLimit}, not ${limit}.`);
  }
  const text = query.trim().slice(0, maxQueryLength);
  const blocks = new Blocks();
  if (text === '') return recentRows(facts, options, limit).map((row) => blocks.match(row));
  const rows = matchingRows(facts, new SymbolPattern(text), options, limit);
  const qualified = splitQuery(text);
  if (qualified === undefined) return rows.map((row) => blocks.match(row));
  const members = qualifiedRows(facts, qualified, options, limit, blocks);
  const seen = new Set(members.map(({ entry, symbol }) => symbolKey(entry, symbol)));
  return [...members, ...rows.filter(({ entry, symbol }) => !seen.has(symbolKey(entry, symbol)))]
    .sort(compareRows)
    .slice(0, limit)
    .map((row) => blocks.match(row));

  function symbolKey(entry: LiveSegment, symbol: number): string {
    return `${entry.segment.path(symbolNamesOf(entry.segment).files[symbol] as number)}\0${symbol}`;
  }
}

/** Finds a symbol again after its file may have changed; `undefined` when it is gone. */
export function locateSymbol(facts: FactStore, { path, name, kind, ordinal }: SymbolIdentity): SymbolMatch | undefined {
  const found = facts.find(path);
  if (found === undefined) return undefined;
  const { segment, file } = found;
  const first = segment.firstSymbol(file);
  const last = segment.firstSymbol(file + 1);
  let nearest: number | undefined;
  let left = ordinal;
  for (let symbol = first; symbol < last && left >= 0; symbol++) {
    if (segment.hot.symbolKinds[symbol] !== kind) continue;
    if (segment.name(segment.hot.symbolNames[symbol] as number) !== name) continue;
    nearest = symbol;
    left--;
  }
  const entry = { segment, alive: new Uint8Array() };
  return nearest === undefined ? undefined : new Blocks().match({ rank: 0, entry, file, symbol: nearest });
}

/** The best rows whose names match, in order. */
function matchingRows(facts: FactStore, pattern: SymbolPattern, vantage: Vantage, limit: number): readonly RankedRow[] {
  const best = new BestRows(limit);
  const scans = facts.segments().map((entry) => new SegmentScan(entry, pattern, vantage, best));
  for (const scan of scans) scan.offerPrefixed();
  // Tiers dominate: when prefixes fill the list, no other match can enter it.
  if (best.worst >= rankTier(Tier.wordStarts)) for (const scan of scans) scan.offerOthers();
  return best.sorted();
}

/** One pass of a pattern over the names of one segment. */
class SegmentScan {
  readonly #entry: LiveSegment;
  readonly #pattern: SymbolPattern;
  readonly #best: BestRows;
  readonly #ranker: RowRanker;
  readonly #prefixed: readonly [from: number, to: number];

  constructor(entry: LiveSegment, pattern: SymbolPattern, vantage: Vantage, best: BestRows) {
    this.#entry = entry;
    this.#pattern = pattern;
    this.#best = best;
    this.#ranker = new RowRanker(entry, vantage);
    this.#prefixed = symbolNamesOf(entry.segment).withPrefix(pattern.lowered);
  }

  offerPrefixed(): void {
    const { nameBytes, nameOffsets } = this.#entry.segment.hot;
    for (let name = this.#prefixed[0]; name < this.#prefixed[1]; name++) {
      this.#offer(name, this.#pattern.tier(nameBytes, nameOffsets[name] as number, nameOffsets[name + 1] as number));
    }
  }

  offerOthers(): void {
    this.#scan(0, this.#prefixed[0]);
    this.#scan(this.#prefixed[1], this.#entry.segment.hot.names);
  }

  #scan(from: number, to: number): void {
    const { nameBytes, nameMasks, nameOffsets } = this.#entry.segment.hot;
    const pattern = this.#pattern;
    const { once, twice } = pattern;
    for (let name = from; name < to; name++) {
      if (((nameMasks[name * 2] as number) & once) !== once) continue;
      if (((nameMasks[name * 2 + 1] as number) & twice) !== twice) continue;
      const start = nameOffsets[name] as number;
      const end = nameOffsets[name + 1] as number;
      if (pattern.matches(nameBytes, start, end)) this.#offer(name, pattern.tier(nameBytes, start, end));
    }
  }

  #offer(name: number, tier: Tier): void {
    if (rankTier(tier) > this.#best.worst) return;
    const { first, rows } = symbolNamesOf(this.#entry.segment);
    const { nameOffsets } = this.#entry.segment.hot;
    const length = (nameOffsets[name + 1] as number) - (nameOffsets[name] as number);
    for (let at = first[name] as number; at < (first[name + 1] as number); at++) {
      const symbol = rows[at] as number;
      const rank = this.#ranker.rank(symbol, tier, length);
      if (rank !== undefined && rank <= this.#best.worst) this.#best.offer(this.#ranker.row(symbol, rank));
    }
  }
}

/** The rows that match the last part of a qualified query and lie in what its first part names. */
function qualifiedRows(
  facts: FactStore,
  query: QualifiedQuery,
  vantage: Vantage,
  limit: number,
  blocks: Blocks,
): readonly RankedRow[] {
  return matchingRows(facts, query.member, vantage, Math.min(limit * qualifiedReach, maxLimit)).flatMap((row) => {
    const { segment } = row.entry;
    const container = containerOf(blocks.of(row), row.symbol - segment.firstSymbol(row.file));
    const fit = query.fit(container, segment.path(row.file));
    if (fit === 'none') return [];
    return [fit === 'exact' ? row : { ...row, rank: row.rank | inexactContainer }];
  });
}

/** The symbols of the open file, then of the files edited last. */
function recentRows(facts: FactStore, { openPath, recent }: Vantage, limit: number): readonly RankedRow[] {
  const edited = [...(recent ?? [])].sort((a, b) => b[1] - a[1]).map(([path]) => path);
  const paths = [...new Set(openPath === undefined ? edited : [openPath, ...edited])];
  const rows: RankedRow[] = [];
  for (const path of paths) {
    const found = facts.find(path);
    if (found === undefined) continue;
    const entry = { segment: found.segment, alive: new Uint8Array() };
    const last = found.segment.firstSymbol(found.file + 1);
    for (let symbol = found.segment.firstSymbol(found.file); symbol < last; symbol++) {
      if (rows.length >= limit) return rows;
      rows.push({ rank: rows.length, entry, file: found.file, symbol });
    }
  }
  return rows;
}

/** The blocks that one answer needs, each read once. */
class Blocks {
  readonly #blocks = new Map<LiveSegment['segment'], Map<number, FileBlock>>();

  of({ entry: { segment }, file }: RankedRow): FileBlock {
    const known = this.#blocks.get(segment) ?? new Map<number, FileBlock>();
    this.#blocks.set(segment, known);
    const block = known.get(file) ?? segment.block(file);
    known.set(file, block);
    return block;
  }

  match(row: RankedRow): SymbolMatch {
    const block = this.of(row);
    const { segment } = row.entry;
    const { symbolFlags, symbolKinds, symbolNames } = segment.hot;
    const first = segment.firstSymbol(row.file);
    const inFile = row.symbol - first;
    let ordinal = 0;
    for (let symbol = first; symbol < row.symbol; symbol++) {
      const isSame = symbolNames[symbol] === symbolNames[row.symbol] && symbolKinds[symbol] === symbolKinds[row.symbol];
      if (isSame) ordinal++;
    }
    const container = containerOf(block, inFile);
    return {
      path: segment.path(row.file),
      name: nameOf(block, inFile),
      kind: symbolKinds[row.symbol] as number,
      flags: symbolFlags[row.symbol] as number,
      ...(container === undefined ? {} : { container }),
      range: rangeOf(block, inFile),
      nameRange: nameRangeOf(block, inFile),
      ordinal,
      tier: tierOf(row.rank),
    };
  }
}
