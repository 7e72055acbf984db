// From the search form to a request, and from an answer to the line above the results. Pure functions.

import type { SearchForm } from '../../media/messages';
import type { SearchParams, SearchResult } from '../../server/protocol';
import { filesText, formatCount, formatDuration } from '../format';
import type { Translate } from '../serverState';

/** The request for a form; ranked search has no use for the options of text search. */
export function searchParams(form: SearchForm, limit: number): SearchParams {
  const { query, kind, caseSensitive, wholeWord, regex } = form;
  const include = splitGlobs(form.include);
  const exclude = splitGlobs(form.exclude);
  return {
    query,
    kind,
    limit,
    ...(kind === 'text' ? { caseSensitive, wholeWord, regex } : {}),
    ...(include.length === 0 ? {} : { include }),
    ...(exclude.length === 0 ? {} : { exclude }),
  };
}

/** The globs of a comma-separated list; commas in braces belong to their glob. */
export function splitGlobs(list: string): readonly string[] {
  return list
    .split(/,(?![^{}]*\})/)
    .map((glob) => glob.trim())
    .filter((glob) => glob !== '');
}

/** "12 results in 3 files, 4 ms". Of an answer that was cut only what is shown is counted: nobody counted the rest. */
export function summaryText({ hits, total, files, cut, elapsedMs }: SearchResult, t: Translate): string {
  const took = formatDuration(elapsedMs);
  if (total === 0) return t('No results, {0}', took);
  const shownFiles = new Set(hits.map(({ uri }) => uri)).size;
  if (cut) {
    return t(
      'The first {0} results, in {1}, {2}; there are more',
      formatCount(hits.length),
      filesText(shownFiles, t),
      took,
    );
  }
  const results = total === 1 ? t('1 result') : t('{0} results', formatCount(total));
  return t('{0} in {1}, {2}', results, filesText(files, t), took);
}
