// Ranked search: the best chunks by the search index, each shown by the line in it that has most of the words.

import type { Facts } from '../facts/factStore';
import type { RowRef } from '../facts/merge';
import { modeNumber, modeOf, type Mode } from '../model/mode';
import type { SearchHit } from '../protocol';
import type { RankedHit, SearchOptions, SearchStore } from '../search/searchStore';
import { bestLines, matchText, type GrepHit, type GrepOptions } from '../search/textMatcher';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { HitMaker } from './hits';
import { pathFilter } from './pathFilter';
import { asked, QueryError } from './queryError';
import { parseRankedQuery, type RankedQuery, type SearchedFile } from './rankedQuery';
import type { Found, SearchTask } from './search';

/** Filters that the search index does not know leave hits out afterwards; so many pages are asked for at most. */
const maxPages = 20;
/** Lines of an open editor that are looked at for one to show. */
const maxEditorLines = 200;
/** Hits asked for at once when some may be left out. */
const pageSize = 200;
/** Up to so many files are named to the search index one by one. */
const maxNamedFiles = 200;

/** The best hits, best first. */
export async function rankedSearch(task: SearchTask, token?: CancellationToken): Promise<Found> {
  const { index, params } = task;
  const isBuilding = index.status.state !== 'ready';
  const languages = isBuilding ? [] : Object.keys(index.facts.counts.languages);
  const query = parseRankedQuery(params.query, languages, (extension) => languageOf(index.facts, extension));
  if (index.search === undefined) return { hits: [], total: 0, files: 0, cut: false };
  const { ranked, total, cut, notice } = await bestChunks(task, index.search, query, token);
  const lines = await shownLines(task, ranked, query.words, token);
  const maker = new HitMaker(index.facts, task.toUri);
  const all = ranked.map((chunk, place): SearchHit => {
    // A chunk whose file went away since it was indexed is still named, without its text.
    const line = lines[place] ?? {
      path: chunk.path,
      line: chunk.startLine,
      text: '',
      ranges: [],
      before: [],
      after: [],
    };
    return { ...maker.hit(line, chunk.score), mode: modeOf(chunk.mode) };
  });
  const hits = eachLineOnce(all);
  const files = new Set(hits.map(({ path }) => path)).size;
  const repeated = all.length - hits.length;
  return { hits, total: total - repeated, files, cut, ...(notice === undefined ? {} : { notice }) };
}

/** Without the worse of the hits that show the same line: a comment is a chunk by itself and a part of the code's. */
function eachLineOnce(hits: readonly SearchHit[]): readonly SearchHit[] {
  const shown = new Set<string>();
  return hits.filter(({ path, line }) => {
    const place = `${line} ${path}`;
    return !shown.has(place) && shown.add(place);
  });
}

/** The language of most files whose names end so; undefined when there are none. */
function languageOf(facts: Facts, extension: string): string | undefined {
  const ending = `.${extension}`;
  const files = new Map<string, number>();
  for (const { segment, alive } of facts.segments()) {
    for (let file = 0; file < segment.files; file++) {
      if (alive[file] !== 1 || !segment.path(file).toLowerCase().endsWith(ending)) continue;
      const language = segment.hot.languages[segment.byte(file, 'language')]?.[0];
      if (language !== undefined) files.set(language, (files.get(language) ?? 0) + 1);
    }
  }
  return [...files].sort(([, a], [, b]) => b - a)[0]?.[0];
}

interface BestChunks extends Pick<Found, 'total' | 'cut' | 'notice'> {
  readonly ranked: readonly RankedHit[];
}

/** Pages through the search index until there are enough hits that the filters accept. */
async function bestChunks(
  { index: { facts, root }, params }: SearchTask,
  search: SearchStore,
  query: RankedQuery,
  token: CancellationToken | undefined,
): Promise<BestChunks> {
  const matches = pathFilter(params.include ?? [], params.exclude ?? []);
  const named = filesChangedSince(facts, query.changedSince);
  if (named?.length === 0) return { ranked: [], total: 0, cut: false };
  const options = { ...optionsOf(query, params.modes), root: root.path, ...(named && { pathPrefixes: named }) };
  const limit = Math.max(pageSize, params.limit);
  const ranked: RankedHit[] = [];
  let dropped = 0;
  let offset = 0;
  for (let page = 0; ; page++) {
    if (token?.isCancellationRequested) throw new CancellationError();
    const { hits, total } = await asked('query', search.search({ ...options, limit, offset }));
    offset += hits.length;
    for (const hit of hits) {
      const row = facts.find(hit.path);
      const isAccepted = row !== undefined && matches(hit.path) && query.accepts(searchedFile(row, hit));
      const lines = isAccepted && query.symbols !== undefined ? query.symbols(row.segment.block(row.file), hit) : hit;
      if (isAccepted && lines !== undefined)
        ranked.push({ ...hit, startLine: lines.startLine, endLine: lines.endLine });
      else dropped++;
    }
    const isDone = hits.length < limit || offset >= total;
    if (isDone || ranked.length >= params.limit || page + 1 >= maxPages) {
      const found = { ranked: ranked.slice(0, params.limit), total: Math.max(0, total - dropped) };
      if (isDone || ranked.length >= params.limit) return { ...found, cut: ranked.length > params.limit || !isDone };
      const notice = `The filters were applied to the ${offset.toLocaleString('en')} best places only.`;
      return { ...found, total: ranked.length, cut: true, notice };
    }
  }
}

function optionsOf(query: RankedQuery, modes: readonly Mode[] | undefined): Omit<SearchOptions, 'limit' | 'offset'> {
  const wanted = [query.modes, modes ?? []].filter((list) => list.length > 0);
  const common = wanted.reduce<readonly Mode[] | undefined>(
    (both, list) => (both === undefined ? list : both.filter((mode) => list.includes(mode))),
    undefined,
  );
  if (common?.length === 0) throw new QueryError('filter', 'The modes that are asked for exclude each other.');
  return {
    query: query.text,
    ...(common === undefined ? {} : { modes: common.map(modeNumber) }),
    ...(query.languages.length === 0 ? {} : { languages: [...query.languages] }),
    ...(query.pathPrefixes.length === 0 ? {} : { pathPrefixes: [...query.pathPrefixes] }),
  };
}

/** A hit's file as filters see it. */
function searchedFile({ segment, file }: RowRef, hit: RankedHit): SearchedFile {
  return {
    path: hit.path,
    language: segment.hot.languages[segment.byte(file, 'language')]?.[0] ?? 'unknown',
    mode: modeOf(hit.mode),
    flags: segment.byte(file, 'flags'),
    changedMs: segment.hot.changedMs[file] as number,
  };
}

/** The files that changed since then, if they are few; `undefined` when they are many, or nothing is asked. */
function filesChangedSince(facts: Facts, since: number | undefined): string[] | undefined {
  if (since === undefined) return undefined;
  const paths: string[] = [];
  for (const { segment, alive } of facts.segments()) {
    for (let file = 0; file < segment.files; file++) {
      if (alive[file] !== 1 || (segment.hot.changedMs[file] as number) < since) continue;
      if (paths.length === maxNamedFiles) return undefined;
      paths.push(segment.path(file));
    }
  }
  return paths;
}

/** The line to show for each chunk, from the buffer where an editor has a newer text than the disk. */
async function shownLines(
  { index, openTexts, maxFileBytes }: SearchTask,
  chunks: readonly RankedHit[],
  words: readonly string[],
  token: CancellationToken | undefined,
): Promise<(GrepHit | undefined)[]> {
  const root = index.root.path;
  const isDirty = new Set([...openTexts.paths()].filter((path) => openTexts.get(path) !== undefined));
  const onDisk = await bestLines(
    root,
    chunks.filter(({ path }) => !isDirty.has(path)),
    words,
  );
  const inEditors = new Map<string, readonly GrepHit[]>();
  const pattern = words.map((word) => word.replace(/[\\.+*?()|[\]{}^$#&~-]/g, '\\$&')).join('|');
  for (const path of new Set(chunks.map((chunk) => chunk.path))) {
    const text = isDirty.has(path) ? openTexts.get(path) : undefined;
    if (text === undefined) continue;
    const options: GrepOptions = {
      root,
      pattern,
      regex: true,
      caseSensitive: false,
      wholeWord: false,
      multiline: false,
      limit: maxEditorLines,
      perFile: maxEditorLines,
      threads: 1,
      maxFileBytes,
      contextLines: 0,
    };
    const { hits } = await matchText(options, path, text, token);
    inEditors.set(
      path,
      [...hits].sort((a, b) => b.ranges.length - a.ranges.length),
    );
  }
  let next = 0;
  return chunks.map((chunk) => {
    const isIn = (line: GrepHit): boolean =>
      line.path === chunk.path && line.line >= chunk.startLine && line.line <= chunk.endLine;
    if (isDirty.has(chunk.path)) return inEditors.get(chunk.path)?.find(isIn);
    // Lines come in the order of the chunks; those that could not be read are left out.
    const line = onDisk[next];
    if (line === undefined || !isIn(line)) return undefined;
    next++;
    return line;
  });
}
