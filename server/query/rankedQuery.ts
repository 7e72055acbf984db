// The language of ranked search: words, "phrases", -word, OR, and filters such as `lang:go`. Takes the filters out and
// leaves the rest, in the user's words, to the search index.

import { FileFlag } from '../model/columns';
import { modes, type Mode } from '../model/mode';
import { SymbolKind, symbolKindName } from '../model/symbolKind';
import { isGlob, pathFilter } from './pathFilter';
import { QueryError } from './queryError';
import { symbolFilter, type SymbolFilter } from './symbolFilter';

/** What filters can ask about: a file, and the mode of a hit in it. */
export interface SearchedFile {
  readonly path: string;
  readonly language: string;
  readonly mode: Mode;
  /** Bits of `FileFlag`. */
  readonly flags: number;
  /** When the file changed on disk, ms since the epoch. */
  readonly changedMs: number;
}

/** What filters ask of a file and a hit in it. Empty lists ask nothing. */
export interface RankedQuery {
  /** Words, phrases and operators, without filters. */
  readonly text: string;
  /** The words that a hit's line should show: those of the text that are not excluded, without their marks. */
  readonly words: readonly string[];
  readonly languages: readonly string[];
  readonly modes: readonly Mode[];
  /** Beginnings of paths; a file may have any of them. */
  readonly pathPrefixes: readonly string[];
  /** Only files that changed since then, ms since the epoch, have hits. */
  readonly changedSince?: number;
  /** Whether a file may have hits: globs, `is:`, `changed:`, and everything excluded. */
  readonly accepts: (file: SearchedFile) => boolean;
  /** What is asked of a hit's symbols. */
  readonly symbols: SymbolFilter | undefined;
}

const filterNames = ['lang', 'path', 'kind', 'sym', 'in', 'mode', 'is', 'changed'] as const;
type FilterName = (typeof filterNames)[number];
type FilterValues = Readonly<Record<FilterName, string[]>>;
/** `export` is asked of symbols, the others of files. */
const isValues = ['export', ...Object.keys(FileFlag)];
const kindNames = Object.values(SymbolKind).map(symbolKindName);
const durations: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * Reads a query.
 * @param languages names of the languages in the index; a filter for another one is a mistake. Empty: not known yet
 * @param languageOf the language of the files with an extension, which `lang:` may name instead
 * @throws QueryError for an unknown filter or value, with what was probably meant, and for a query without words
 */
export function parseRankedQuery(
  query: string,
  languages: readonly string[],
  languageOf: (extension: string) => string | undefined = () => undefined,
): RankedQuery {
  const rest: string[] = [];
  const wanted = noValues();
  const unwanted = noValues();
  for (const token of tokensOf(query)) {
    const [, minus, name, quoted] = /^(-?)([a-z]+):(.*)$/is.exec(token) ?? [];
    // `std::vector`, `http://x`, `12:30` and `TODO:` are words.
    const isWord = name === undefined || quoted === undefined || /^[:/]/.test(quoted);
    if (isWord || (quoted === '' && !isFilter(name.toLowerCase()))) {
      rest.push(token);
      continue;
    }
    const filter = filterOf(name);
    const value = quoted.replace(/^"|"$/g, '');
    (minus === '-' ? unwanted : wanted)[filter].push(valueOf(filter, value, languages, languageOf));
  }
  // A name that is asked for is a word that chunks must have; their symbols are looked at afterwards.
  if (wanted.sym.length > 0) rest.push(wanted.sym.join(' OR '));
  const text = rest.join(' ');
  const words = rest.flatMap(wordsOf).filter((word) => !word.startsWith('-') && word !== 'OR');
  if (words.length === 0) {
    throw new QueryError(
      'query',
      'The query has no word to search for: filters and exclusions, but for sym:, only narrow a search.',
    );
  }
  const globs = wanted.path.filter(isGlob);
  const prefixes = wanted.path.filter((path) => !isGlob(path));
  const hasPath = globs.length > 0 ? pathFilter(globs, []) : undefined;
  const fileKinds = (values: FilterValues): string[] => values.is.filter((value) => value !== 'export');
  const [changedSince, unchangedSince] = [wanted, unwanted].map(({ changed }) => {
    const durations = changed.map(Number);
    return durations.length === 0 ? undefined : Date.now() - Math.min(...durations);
  });
  const lacksPath = unwanted.path.map((path) => (isGlob(path) ? pathFilter([], [path]) : outside(path)));
  return {
    text,
    words,
    languages: wanted.lang,
    modes: wanted.mode as Mode[],
    // A glob beside a prefix widens it, which the index cannot know.
    pathPrefixes: globs.length > 0 ? [] : prefixes,
    ...(changedSince === undefined ? {} : { changedSince }),
    symbols: symbolFilter(wishesOf(wanted), wishesOf(unwanted)),
    accepts: (file) =>
      (wanted.path.length === 0 || startsWithAny(file.path, prefixes) || hasPath?.(file.path) === true) &&
      lacksPath.every((test) => test(file.path)) &&
      (changedSince === undefined || file.changedMs >= changedSince) &&
      (unchangedSince === undefined || file.changedMs < unchangedSince) &&
      fileKinds(wanted).every((kind) => is(file, kind)) &&
      !fileKinds(unwanted).some((kind) => is(file, kind)) &&
      !unwanted.lang.includes(file.language) &&
      !unwanted.mode.includes(file.mode),
  };
}

function noValues(): FilterValues {
  return { lang: [], path: [], kind: [], sym: [], in: [], mode: [], is: [], changed: [] };
}

function wishesOf(values: FilterValues): Parameters<typeof symbolFilter>[0] {
  return { ...values, exported: values.is.includes('export') };
}

function is({ flags }: SearchedFile, kind: string): boolean {
  return (flags & FileFlag[kind as keyof typeof FileFlag]) !== 0;
}

function startsWithAny(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path.startsWith(prefix));
}

function outside(prefix: string): (path: string) => boolean {
  return (path) => !path.startsWith(prefix);
}

/** Words, with quoted parts kept whole: `lang:go "a b" -c`. A quote that is not closed ends with the query. */
function tokensOf(query: string): string[] {
  return query.match(/(?:[^\s"]*"[^"]*"?)|[^\s"]+/g) ?? [];
}

function wordsOf(token: string): string[] {
  return token
    .replaceAll('"', ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
}

function isFilter(name: string): name is FilterName {
  return (filterNames as readonly string[]).includes(name);
}

function filterOf(name: string): FilterName {
  const lowered = name.toLowerCase();
  if (isFilter(lowered)) return lowered;
  const meant = nearest(lowered, filterNames);
  const hint =
    meant === undefined ? `Filters are ${list(filterNames.map((known) => `${known}:`))}.` : `Did you mean ${meant}:?`;
  throw new QueryError(
    'filter',
    `There is no filter "${name}:". ${hint} To search for the text itself, put it in quotes.`,
  );
}

function valueOf(
  filter: FilterName,
  value: string,
  languages: readonly string[],
  languageOf: (extension: string) => string | undefined,
): string {
  if (value === '') throw new QueryError('filter', `The filter ${filter}: needs a value right behind the colon.`);
  if (filter === 'path') return value.replace(/^\.?\//, '');
  if (filter === 'sym' || filter === 'in') return value;
  if (filter === 'changed') return String(durationOf(value));
  const known = { lang: languages, mode: modes, is: isValues, kind: kindNames }[filter];
  const lowered = value.toLowerCase();
  const exact = known.find((one) => one.toLowerCase() === lowered);
  if (exact !== undefined) return exact;
  if (filter === 'lang' && known.length === 0) return lowered;
  const ofExtension = filter === 'lang' ? languageOf(lowered) : undefined;
  if (ofExtension !== undefined) return ofExtension;
  const meant = nearest(lowered, known);
  const hint = meant === undefined ? `It can be ${list(known)}.` : `Did you mean ${filter}:${meant}?`;
  const what = filter === 'lang' ? 'No indexed file has the language' : `The filter ${filter}: does not know`;
  throw new QueryError('filter', `${what} "${value}". ${hint}`);
}

/** Milliseconds of `30min`, `12h`, `2d`, `1w`. */
function durationOf(value: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([a-z]+)$/i.exec(value) ?? [];
  const ms = durations[unit.toLowerCase()];
  if (count !== undefined && ms !== undefined) return Number(count) * ms;
  throw new QueryError('filter', `The filter changed: takes a duration such as 30min, 12h, 2d or 1w, not "${value}".`);
}

/** The known word that was probably meant: it has the letters in order, or takes at most two edits. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const abbreviated = known.find((one) => one[0] === word[0] && hasLetters(one.toLowerCase(), word));
  if (abbreviated !== undefined) return abbreviated;
  const [best] = known
    .map((one) => ({ one, distance: editDistance(word, one.toLowerCase()) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance);
  return best?.one;
}

function hasLetters(text: string, letters: string): boolean {
  let found = 0;
  for (const character of text) if (character === letters[found]) found++;
  return found === letters.length;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) as string}`;
}
