// Workspace symbols: from a few typed letters to the symbols that were most likely meant. Matching runs over the names in
// memory only; blocks are read for the matches that are returned.

import type { FileBlock } from '../facts/block';
import type { Facts, LiveSegment } from '../facts/factStore';
import type { WireRange } from '../protocol';
import { QueryError } from './queryError';
import { mapRows } from './rowBlocks';
import { splitQuery, type QualifiedQuery } from './qualifiedQuery';
import { maxQueryLength, NamePattern, type Tier } from '../search/namePattern';
import { partition } from '../util/partition';
import { BestRows, compareRows, inexactContainer, tierOf, type RankedRow, type Vantage } from './symbolRank';
import { SymbolScan } from './symbolScan';
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
export function findSymbols(facts: Facts, query: string, options: SymbolQueryOptions = {}): SymbolMatch[] {
  const limit = options.limit ?? defaultLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new QueryError('limit', `The limit must be a whole number from 1 to ${maxLimit}, not ${limit}.`);
  }
  const text = query.trim().slice(0, maxQueryLength);
  if (text === '') return mapRows(recentRows(facts, options, limit), matchOf);
  const rows = matchingRows(facts, new NamePattern(text), options, limit);
  const qualified = splitQuery(text);
  if (qualified === undefined) return mapRows(rows, matchOf);
  const members = qualifiedRows(facts, qualified, options, limit);
  const seen = new Set(members.map(({ entry, symbol }) => symbolKey(entry, symbol)));
  const all = [...members, ...rows.filter(({ entry, symbol }) => !seen.has(symbolKey(entry, symbol)))];
  return mapRows(all.sort(compareRows).slice(0, limit), matchOf);

  function symbolKey(entry: LiveSegment, symbol: number): string {
    return `${entry.segment.path(entry.segment.fileOfSymbol(symbol))}\0${symbol}`;
  }
}

/** Finds a symbol again after its file may have changed; `undefined` when it is gone. */
export function locateSymbol(facts: Facts, { path, name, kind, ordinal }: SymbolIdentity): SymbolMatch | undefined {
  const found = facts.find(path);
  if (found === undefined) return undefined;
  const { segment, file } = found;
  const first = segment.firstSymbol(file);
  const last = segment.firstSymbol(file + 1);
  let nearest: number | undefined;
  let left = ordinal;
  for (let symbol = first; symbol < last && left >= 0; symbol++) {
    if (segment.symbols.symbolKinds[symbol] !== kind) continue;
    if (segment.name(segment.symbols.symbolNames[symbol] as number) !== name) continue;
    nearest = symbol;
    left--;
  }
  const entry = { segment, alive: new Uint8Array() };
  return nearest === undefined ? undefined : mapRows([{ rank: 0, entry, file, symbol: nearest }], matchOf)[0];
}

/** The best rows whose names match, in order. Tiers dominate: a pass is needed only while it can improve the list. */
function matchingRows(facts: Facts, pattern: NamePattern, vantage: Vantage, limit: number): readonly RankedRow[] {
  const best = new BestRows(limit);
  const scans = facts.segments().map((entry) => new SymbolScan(entry, pattern, vantage, best));
  for (const scan of scans) scan.offerFavoured();
  for (const scan of scans) scan.offerPrefixed();
  for (const scan of scans) scan.offerOthers();
  return best.sorted();
}

/** The rows that match the last part of a qualified query and lie in what its first part names. */
function qualifiedRows(facts: Facts, query: QualifiedQuery, vantage: Vantage, limit: number): readonly RankedRow[] {
  const candidates = matchingRows(facts, query.member, vantage, Math.min(limit * qualifiedReach, maxLimit));
  return mapRows(candidates, (row, block, inFile) => {
    const fit = query.fit(containerOf(block, inFile), row.entry.segment.path(row.file));
    if (fit === 'none') return [];
    return [fit === 'exact' ? row : { ...row, rank: row.rank | inexactContainer }];
  }).flat();
}

/** The symbols of the open files, then of the files edited last. */
function recentRows(facts: Facts, { openPaths = [], recent }: Vantage, limit: number): readonly RankedRow[] {
  const edited = [...(recent ?? [])].sort((a, b) => b[1] - a[1]).map(([path]) => path);
  const paths = [...new Set([...openPaths, ...edited])];
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

function matchOf(row: RankedRow, block: FileBlock, inFile: number): SymbolMatch {
  const { segment } = row.entry;
  const { symbolFlags, symbolKinds } = segment.symbols;
  const container = containerOf(block, inFile);
  return {
    path: segment.path(row.file),
    name: nameOf(block, inFile),
    kind: symbolKinds[row.symbol] as number,
    flags: symbolFlags[row.symbol] as number,
    ...(container === undefined ? {} : { container }),
    range: rangeOf(block, inFile),
    nameRange: nameRangeOf(block, inFile),
    ordinal: ordinalOf(row),
    tier: tierOf(row.rank),
  };
}

/** How many symbols of the same name and kind stand before this one in its file. */
function ordinalOf({ entry: { segment }, file, symbol }: RankedRow): number {
  const { symbolKinds, symbolNames, nameRows, rowsByName } = segment.symbols;
  const name = symbolNames[symbol] as number;
  const firstInFile = segment.firstSymbol(file);
  const firstNamed = nameRows[name] as number;
  // Rows of a name are in order. A file is not walked through: it may have many thousands of symbols.
  const own = partition(firstNamed, nameRows[name + 1] as number, (at) => (rowsByName[at] as number) < symbol);
  let ordinal = 0;
  for (let at = own - 1; at >= firstNamed && (rowsByName[at] as number) >= firstInFile; at--) {
    if (symbolKinds[rowsByName[at] as number] === symbolKinds[symbol]) ordinal++;
  }
  return ordinal;
}
