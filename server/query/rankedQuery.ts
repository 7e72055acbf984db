// The language of ranked search: words, "phrases", -word, OR, and filters such as `lang:go`. Takes the filters out and
// leaves the rest, in the user's words, to the search index.

import { FileFlag } from '../model/columns';
import { modes, type Mode } from '../model/mode';
import { isGlob, pathFilter } from './pathFilter';
import { QueryError } from './queryError';

/** What filters can ask about: a file, and the mode of a hit in it. */
export interface SearchedFile {
  readonly path: string;
  readonly language: string;
  readonly mode: Mode;
  /** Bits of `FileFlag`. */
  readonly flags: number;
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
  /** Whether a file may have hits: globs, `is:`, and everything excluded. */
  readonly accepts: (file: SearchedFile) => boolean;
}

const filterNames = ['lang', 'path', 'mode', 'is'] as const;
type FilterName = (typeof filterNames)[number];
const fileKinds = Object.keys(FileFlag) as (keyof typeof FileFlag)[];

/**
 * Reads a query.
 * @param languages names of the languages in the index; a filter for another one is a mistake. Empty: not known yet
 * @throws QueryError for an unknown filter or value, with what was probably meant, and for a query without words
 */
export function parseRankedQuery(query: string, languages: readonly string[]): RankedQuery {
  const rest: string[] = [];
  const wanted: Record<FilterName, string[]> = { lang: [], path: [], mode: [], is: [] };
  const unwanted: Record<FilterName, string[]> = { lang: [], path: [], mode: [], is: [] };
  for (const token of tokensOf(query)) {
    const [, minus, name, quoted] = /^(-?)([a-z]+):(.*)$/is.exec(token) ?? [];
    // `std::vector`, `http://x`, `12:30` and `TODO:` are words.
    const isWord = name === undefined || quoted === undefined || /^[:/]/.test(quoted);
    if (isWord || (quoted === '' && !isFilter(name.toLowerCase()))) {
      rest.push(token);
      continue;
    }
    const filter = filterOf(name);
    (minus === '-' ? unwanted : wanted)[filter].push(valueOf(filter, quoted.replace(/^"|"$/g, ''), languages));
  }
  const text = rest.join(' ');
  const words = rest.filter((token) => !token.startsWith('-') && token !== 'OR').flatMap(wordsOf);
  if (words.length === 0) {
    throw new QueryError('query', 'The query has no word to search for: filters and exclusions only narrow a search.');
  }
  const globs = wanted.path.filter(isGlob);
  const prefixes = wanted.path.filter((path) => !isGlob(path));
  const hasPath = globs.length > 0 ? pathFilter(globs, []) : undefined;
  const lacksPath = unwanted.path.map((path) => (isGlob(path) ? pathFilter([], [path]) : outside(path)));
  return {
    text,
    words,
    languages: wanted.lang,
    modes: wanted.mode as Mode[],
    // A glob beside a prefix widens it, which the index cannot know.
    pathPrefixes: globs.length > 0 ? [] : prefixes,
    accepts: (file) =>
      (hasPath === undefined || hasPath(file.path) || prefixes.some((prefix) => file.path.startsWith(prefix))) &&
      lacksPath.every((test) => test(file.path)) &&
      wanted.is.every((kind) => is(file, kind)) &&
      !unwanted.is.some((kind) => is(file, kind)) &&
      !unwanted.lang.includes(file.language) &&
      !unwanted.mode.includes(file.mode),
  };
}

function is({ flags }: SearchedFile, kind: string): boolean {
  return (flags & FileFlag[kind as keyof typeof FileFlag]) !== 0;
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

function valueOf(filter: FilterName, value: string, languages: readonly string[]): string {
  if (value === '') throw new QueryError('filter', `The filter ${filter}: needs a value right behind the colon.`);
  if (filter === 'path') return value.replace(/^\.?\//, '');
  const known = filter === 'lang' ? languages : filter === 'mode' ? modes : fileKinds;
  const lowered = value.toLowerCase();
  const exact = known.find((one) => one.toLowerCase() === lowered);
  if (exact !== undefined) return exact;
  if (filter === 'lang' && known.length === 0) return lowered;
  const meant = nearest(lowered, known);
  const hint = meant === undefined ? `It can be ${list(known)}.` : `Did you mean ${filter}:${meant}?`;
  const what = filter === 'lang' ? 'No indexed file has the language' : `The filter ${filter}: does not know`;
  throw new QueryError('filter', `${what} "${value}". ${hint}`);
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
