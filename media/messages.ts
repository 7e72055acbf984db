// The messages between the Search view's host (extension/views/searchView.ts) and its front end (media/search), as two
// closed unions, and the check of what the front end sends: it shows text of the workspace, so it is not trusted blindly.

import type { SearchHit } from '../server/protocol';

/** What to search for, as the form has it. Globs are comma-separated. */
export interface SearchForm {
  readonly query: string;
  readonly kind: 'text' | 'ranked';
  readonly caseSensitive: boolean;
  readonly wholeWord: boolean;
  readonly regex: boolean;
  readonly include: string;
  readonly exclude: string;
}

/** From the front end. `id` numbers the searches of one front end upwards; an answer repeats it. */
export type ToHost =
  | { readonly type: 'ready' }
  | { readonly type: 'search'; readonly id: number; readonly form: SearchForm; readonly limit: number }
  | { readonly type: 'cancel' }
  | {
      readonly type: 'open';
      readonly uri: string;
      readonly line: number;
      readonly startColumn: number;
      readonly endColumn: number;
      readonly beside: boolean;
      /** In a tab that the next preview replaces, and the search view keeps the focus. */
      readonly preview: boolean;
    }
  | { readonly type: 'run'; readonly command: SearchCommand; readonly query: string };

/** From the host. */
export type ToView =
  | {
      readonly type: 'result';
      readonly id: number;
      readonly hits: readonly SearchHit[];
      /** "1,204 results in 31 files, 12 ms" */
      readonly summary: string;
      /** Why the answer may be incomplete; empty when it is not. */
      readonly notice: string;
      /** More hits exist than were sent. */
      readonly cut: boolean;
    }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'banner'; readonly banner: Banner | undefined }
  | { readonly type: 'focus'; readonly query: string | undefined }
  /** The index has changed: results on screen may be behind. */
  | { readonly type: 'indexChanged' };

/** Commands that the front end may run. */
export const searchCommands = [
  'vscode.openFolder',
  'almagest.restartServer',
  'almagest.resume',
  'almagest.explainFile',
  'almagest.explainSymbol',
] as const;
export type SearchCommand = (typeof searchCommands)[number];

/** A line above the results: why there are none, or fewer, and what to do. */
export interface Banner {
  readonly text: string;
  readonly action?: { readonly label: string; readonly command: SearchCommand };
}

/** The most hits that one search may ask for, as in `SearchParams.limit`. */
export const maxHits = 10_000;

const maxTextLength = 10_000;

/** The message, or `undefined` when the value is none. */
export function parseToHost(value: unknown): ToHost | undefined {
  if (!isRecord(value)) return undefined;
  switch (value['type']) {
    case 'ready':
    case 'cancel':
      return { type: value['type'] };
    case 'search':
      return parseSearch(value);
    case 'open':
      return parseOpen(value);
    case 'run': {
      const command = searchCommands.find((known) => known === value['command']);
      const { query } = value;
      return command === undefined || !isText(query) ? undefined : { type: 'run', command, query };
    }
    default:
      return undefined;
  }
}

function parseSearch({ id, form, limit }: Readonly<Record<string, unknown>>): ToHost | undefined {
  if (!isCount(id) || !isCount(limit) || limit < 1 || limit > maxHits || !isRecord(form)) return undefined;
  const { query, kind, caseSensitive, wholeWord, regex, include, exclude } = form;
  if (!isText(query) || !isText(include) || !isText(exclude)) return undefined;
  if (kind !== 'text' && kind !== 'ranked') return undefined;
  if (typeof caseSensitive !== 'boolean' || typeof wholeWord !== 'boolean' || typeof regex !== 'boolean') {
    return undefined;
  }
  return { type: 'search', id, limit, form: { query, kind, caseSensitive, wholeWord, regex, include, exclude } };
}

function parseOpen(value: Readonly<Record<string, unknown>>): ToHost | undefined {
  const { uri, line, startColumn, endColumn, beside, preview } = value;
  if (!isText(uri) || !uri.startsWith('file:') || !isCount(line)) return undefined;
  if (!isCount(startColumn) || !isCount(endColumn)) return undefined;
  if (typeof beside !== 'boolean' || typeof preview !== 'boolean') return undefined;
  return { type: 'open', uri, line, startColumn, endColumn, beside, preview };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTextLength;
}
