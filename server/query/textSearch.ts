// Text and regular expressions over the indexed files: their bytes on disk, or the buffer where an editor has newer ones.

import { fileByteColumns } from '../facts/layout';
import type { Facts } from '../facts/factStore';
import { modeNumber, type Mode } from '../model/mode';
import type { SearchHit } from '../protocol';
import { matchFiles, matchText, type GrepHit, type GrepOptions, type GrepResult } from '../search/textMatcher';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { comparePaths } from '../util/pathOrder';
import { counted } from '../util/counted';
import { HitMaker } from './hits';
import { pathFilter } from './pathFilter';
import { asked } from './queryError';
import type { Found, SearchTask } from './search';

/** Hits asked for when some are to be left out by their mode afterwards. */
const maxHits = 10_000;

/** The matching lines in path order. */
export async function textSearch(task: SearchTask, token?: CancellationToken): Promise<Found> {
  const { index, params, openTexts, toUri } = task;
  const wanted = new Set(params.modes ?? []);
  // Comments are told from the code around them line by line, other modes file by file.
  const byLine = wanted.size > 0 && wanted.has('code') !== wanted.has('extracted-prose');
  const matches = pathFilter(params.include ?? [], params.exclude ?? []);
  const dirty = new Map<string, string>();
  for (const path of openTexts.paths()) {
    const text = index.facts.find(path) === undefined ? undefined : openTexts.get(path);
    if (text !== undefined) dirty.set(path, text);
  }
  const candidates = candidatePaths(index.facts, wanted).filter(matches);
  const options = grepOptions(task, byLine ? maxHits : params.limit);
  const onDisk = candidates.filter((path) => !dirty.has(path));
  const inEditors = candidates.flatMap((path) => {
    const text = dirty.get(path);
    return text === undefined ? [] : [matchText(options, path, text, token)];
  });
  const results = await asked(
    params.regex === true ? 'regex' : 'query',
    Promise.all([matchFiles(options, onDisk, token), ...inEditors]),
  );
  if (token?.isCancellationRequested) throw new CancellationError();
  return gather(task, results, byLine ? wanted : undefined, new HitMaker(index.facts, toUri));
}

/** Indexed files, those of open editors included, that can have lines of the wanted modes; in path order. */
function candidatePaths(facts: Facts, wanted: ReadonlySet<Mode>): string[] {
  const numbers = new Set([...wanted].map((mode) => modeNumber(mode === 'extracted-prose' ? 'code' : mode)));
  const mode = fileByteColumns.indexOf('mode');
  const skip = fileByteColumns.indexOf('skip');
  const segments = facts.segments();
  const paths: string[] = [];
  for (const { segment, alive } of segments) {
    const { fileBytes } = segment.hot;
    for (let file = 0; file < segment.files; file++) {
      const columns = file * fileByteColumns.length;
      if (alive[file] !== 1 || fileBytes[columns + skip] !== 0) continue;
      if (numbers.size > 0 && !numbers.has(fileBytes[columns + mode] as number)) continue;
      paths.push(segment.path(file));
    }
  }
  return segments.length > 1 ? paths.sort(comparePaths) : paths;
}

function grepOptions({ index, params, threads, maxFileBytes }: SearchTask, limit: number): GrepOptions {
  const { query, regex = false, caseSensitive = false, wholeWord = false, contextLines = 0 } = params;
  return {
    root: index.root.path,
    pattern: query,
    regex,
    caseSensitive,
    wholeWord,
    // Lines are matched one by one, which is quicker, unless the pattern itself spans several.
    multiline: query.includes('\n') || (regex && query.includes('\\n')),
    limit,
    perFile: limit,
    threads,
    maxFileBytes,
    contextLines,
  };
}

function gather(
  { params }: SearchTask,
  results: readonly GrepResult[],
  wanted: ReadonlySet<Mode> | undefined,
  maker: HitMaker,
): Found {
  const isWanted = (hit: GrepHit): boolean => wanted === undefined || wanted.has(maker.modeAt(hit.path, hit.line));
  const lines = results.flatMap(({ hits }) => hits).filter(isWanted);
  if (results.length > 1) lines.sort((a, b) => comparePaths(a.path, b.path) || a.line - b.line);
  const hits: SearchHit[] = lines.slice(0, params.limit).map((line) => maker.hit(line));
  const sum = (value: (result: GrepResult) => number): number =>
    results.reduce((total, result) => total + value(result), 0);
  const unreadable = sum(({ unreadable }) => unreadable.length);
  return {
    hits,
    total: wanted === undefined ? sum(({ total }) => total) : lines.length,
    files: wanted === undefined ? sum(({ files }) => files) : new Set(lines.map(({ path }) => path)).size,
    cut: results.some(({ cut }) => cut) || lines.length > params.limit,
    ...(unreadable === 0
      ? {}
      : {
          notice: `${counted(unreadable, 'file')} could not be read and ${unreadable === 1 ? 'was' : 'were'} not searched.`,
        }),
  };
}
