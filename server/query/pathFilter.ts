// Include and exclude globs over root-relative paths, as search boxes take them.

import { compileGlob, GlobError } from '../util/glob';
import { QueryError } from './queryError';

/** Globs longer than this, or more of them, are refused: each costs time on every path. */
const maxGlobLength = 512;
const maxGlobs = 64;

/**
 * A test for paths that match any of `include` (all paths, if there is none) and none of `exclude`. A glob without a
 * slash matches at any depth; one that names a folder matches everything below it.
 * @throws QueryError for a glob that is empty, too long or not a glob
 */
export function pathFilter(include: readonly string[], exclude: readonly string[]): (path: string) => boolean {
  const included = anyOf(include);
  const excluded = anyOf(exclude);
  return (path) => (included === undefined || included(path)) && !(excluded?.(path) ?? false);
}

/** Whether a text has characters that mean something in a glob. */
export function isGlob(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

function anyOf(globs: readonly string[]): ((path: string) => boolean) | undefined {
  if (globs.length === 0) return undefined;
  if (globs.length > maxGlobs)
    throw new QueryError('glob', `There are ${globs.length} globs; at most ${maxGlobs} can be used.`);
  const tests = globs.flatMap((glob) => expand(glob).map((expanded) => compile(expanded, glob)));
  return (path) => tests.some((test) => test(path));
}

/** What a person means by a glob: at any depth unless it has a slash, and all of a folder that it names. */
function expand(glob: string): string[] {
  const trimmed = glob
    .trim()
    .replace(/^\.?\//, '')
    .replace(/\/$/, '');
  if (trimmed === '') throw new QueryError('glob', 'A glob is empty; leave it out to search everywhere.');
  if (trimmed.length > maxGlobLength) {
    throw new QueryError('glob', `A glob is longer than ${maxGlobLength} characters: ${trimmed.slice(0, 40)}…`);
  }
  const anchored = trimmed.includes('/') || glob.trim().startsWith('/') ? trimmed : `**/${trimmed}`;
  return [anchored, `${anchored}/**`];
}

/** @param given what the user typed, which is what an error has to show */
function compile(glob: string, given: string): (path: string) => boolean {
  try {
    return compileGlob(glob);
  } catch (error) {
    if (error instanceof GlobError) throw new QueryError('glob', `"${given}" is not a glob: it ${error.message}.`);
    throw error;
  }
}
