// Answers a search over one root: checks the question, then asks the matcher over the indexed files, or the ranked index.

import { availableParallelism } from 'node:os';
import type { Facts } from '../facts/factStore';
import { modes } from '../model/mode';
import type { RootStatus, SearchParams, SearchResult } from '../protocol';
import type { SearchStore } from '../search/searchStore';
import type { CancellationToken } from '../util/cancellation';
import { uriOf, type Root } from '../workspace/roots';
import { QueryError } from './queryError';
import { rankedSearch } from './rankedSearch';
import { textSearch } from './textSearch';

/** The texts of open editors that differ from the disk, by root-relative path. */
export interface OpenTexts {
  get(path: string): string | undefined;
  paths(): Iterable<string>;
}

/** What of a root's index a search needs. */
export interface SearchedIndex {
  readonly root: Root;
  readonly facts: Facts;
  /** `undefined` while the index is loading. */
  readonly search: SearchStore | undefined;
  readonly status: Pick<RootStatus, 'name' | 'state' | 'progress'>;
}

/** A checked search, with all that answers it. */
export interface SearchTask {
  readonly index: SearchedIndex;
  readonly params: SearchParams;
  readonly openTexts: OpenTexts;
  readonly threads: number;
  /** Larger files are not read. */
  readonly maxFileBytes: number;
  readonly toUri: (path: string) => string;
}

/** What the two kinds of search return; the rest of a `SearchResult` is the same for both. */
export type Found = Pick<SearchResult, 'hits' | 'total' | 'files' | 'cut' | 'notice'>;

const maxQueryBytes = 1024;
const maxLimit = 10_000;
const maxContextLines = 20;
const maxThreads = 4;

/**
 * The hits of a search in one root.
 * @throws QueryError when the question is wrong, CancellationError when nobody waits for the answer any more
 */
export async function searchRoot(
  index: SearchedIndex,
  params: SearchParams,
  openTexts: OpenTexts,
  maxFileBytes: number,
  token?: CancellationToken,
): Promise<SearchResult> {
  const started = performance.now();
  check(params);
  const toUri = (path: string): string => uriOf(index.root, path);
  const threads = Math.min(maxThreads, availableParallelism());
  const task: SearchTask = { index, params, openTexts, threads, maxFileBytes, toUri };
  const found = await (params.kind === 'text' ? textSearch(task, token) : rankedSearch(task, token));
  const notices = [buildNotice(index.status), found.notice].filter((notice) => notice !== undefined);
  return {
    ...found,
    elapsedMs: performance.now() - started,
    ...(notices.length === 0 ? {} : { notice: notices.join(' ') }),
  };
}

function check({ query, limit, contextLines = 0, modes: wanted = [] }: SearchParams): void {
  if (query.trim() === '') throw new QueryError('query', 'The query is empty.');
  const bytes = Buffer.byteLength(query);
  if (bytes > maxQueryBytes) {
    throw new QueryError('query', `The query is ${bytes} bytes long; at most ${maxQueryBytes} can be searched for.`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new QueryError('limit', `The limit must be a whole number from 1 to ${maxLimit}, not ${limit}.`);
  }
  if (!Number.isInteger(contextLines) || contextLines < 0 || contextLines > maxContextLines) {
    throw new QueryError(
      'limit',
      `Context lines must be a whole number from 0 to ${maxContextLines}, not ${contextLines}.`,
    );
  }
  const unknown = wanted.find((mode) => !modes.includes(mode));
  if (unknown !== undefined) {
    throw new QueryError('filter', `There is no mode "${String(unknown)}". The modes are ${modes.join(', ')}.`);
  }
}

/** Says that files are missing from the answer because they are not indexed yet. */
function buildNotice({ name, state, progress }: SearchedIndex['status']): string | undefined {
  if (state === 'empty' || state === 'loading') return `The index of ${name} is loading.`;
  if (state === 'corrupted') return `The index of ${name} is damaged; repair it for complete answers.`;
  if (progress === undefined || !['scanning', 'extracting', 'searchIndex'].includes(progress.stage)) return undefined;
  const count = (files: number): string => files.toLocaleString('en');
  return progress.total > 0
    ? `The index of ${name} is building: ${count(progress.done)} of ${count(progress.total)} files.`
    : `The index of ${name} is building.`;
}
