// What can be said of a query without SQLite: whether it is one that only reads, and where in it an error lies.

import type { SqlError } from '../../protocol';

/** What a statement that only reads begins with. */
const readers = ['select', 'with', 'values', 'explain', 'pragma'];

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly kind: 'word' | 'quoted' | 'string' | 'other';
}

/** Why a query is not run; undefined: it is one statement that may be tried. That nothing is written is SQLite's to see to. */
export function refusalOf(query: string): SqlError | undefined {
  const all = tokensOf(query);
  const tokens = all.slice(all.findIndex(({ text }) => text !== ';'));
  const first = tokens.find(({ text }) => text !== ';');
  if (first === undefined) return { message: 'The query is empty.' };
  const isReader = first.kind === 'word' && readers.includes(first.text.toLowerCase());
  if (!isReader) {
    const message = `A query begins with SELECT, WITH, VALUES, EXPLAIN or PRAGMA, not ${first.text.slice(0, 40)}.`;
    return { message: `${message} The database can only be read.`, start: first.start, end: first.end };
  }
  const semicolon = tokens.findIndex(({ text }) => text === ';');
  const second = semicolon < 0 ? undefined : tokens.slice(semicolon).find(({ text }) => text !== ';');
  if (second === undefined) return undefined;
  return { message: 'One statement at a time: another one begins here.', start: second.start, end: second.end };
}

/**
 * SQLite's message about a query with the place that it is about, where it names one.
 * @param failsAlike whether the beginning of the query up to an offset fails with the same message
 */
export function locateError(query: string, message: string, failsAlike: (end: number) => boolean): SqlError {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  const near =
    /^near "([^]*)": syntax error$/.exec(message)?.[1] ?? /^unrecognized token: "([^]*)"$/.exec(message)?.[1];
  if (near !== undefined) {
    // The parser stops at the first token that cannot follow, which is the first whose beginning fails alike.
    for (let at = query.indexOf(near); at >= 0; at = query.indexOf(near, at + 1)) {
      if (failsAlike(at + near.length)) return { message: sentence, start: at, end: at + near.length };
    }
  }
  if (message === 'incomplete input')
    return { message: 'The query ends too early.', start: query.length, end: query.length };
  const named =
    /^no such (?:column|table|function): (?:[^]*\.)?([^.]+)$|^ambiguous column name: (?:[^]*\.)?([^.]+)$/.exec(message);
  const name = named?.[1] ?? named?.[2];
  const token = tokensOf(query).find(
    ({ text, kind }) => kind !== 'string' && unquoted(text).toLowerCase() === name?.toLowerCase(),
  );
  return token === undefined ? { message: sentence } : { message: sentence, start: token.start, end: token.end };
}

/** The tokens of a query without comments and space, as far as SQLite's rules matter here. */
function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  const pattern =
    /(?<skip>\s+|--[^\n]*|\/\*[^]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*'?)|(?<quoted>"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?)|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<other>[^])/gu;
  for (const { 0: text, index, groups } of query.matchAll(pattern)) {
    if (groups?.['skip'] !== undefined) continue;
    const kind = (['string', 'quoted', 'word'] as const).find((each) => groups?.[each] !== undefined) ?? 'other';
    tokens.push({ text, start: index, end: index + text.length, kind });
  }
  return tokens;
}

function unquoted(text: string): string {
  return /^["`[]/.test(text) ? text.slice(1, -1) : text;
}
