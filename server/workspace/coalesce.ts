// Turns a storm of watcher hints into few paths to look at, and says when to look. A hint tells where something
// happened, not what: the order of a creation and a deletion is lost on the way, so what happened is decided on the
// disk (see `scanHints`), where created-then-deleted is nothing and deleted-then-created is a change.

import { comparePaths } from '../util/pathOrder';
import { nameOf, parentOf } from '../util/paths';

/** One event, as far as it can be trusted. A `folder` hint covers everything below its path. */
export interface Hint {
  readonly path: string;
  readonly kind: 'entry' | 'folder';
}

/** Milliseconds of silence after which a batch is due: the events of one save lie closer together. */
export const quietMs = 15;

/** Milliseconds after its first event when a batch is due although events keep coming. */
export const longestMs = 250;

/**
 * The paths to look at, sorted, each once and none below another. A changed file of ignore rules stands for its whole
 * folder, since other files there may have come or gone by it.
 */
export function coalesce(hints: Iterable<Hint>): string[] {
  const entries = new Set<string>();
  const folders = new Set<string>();
  for (const { path, kind } of hints) {
    if (ruleFiles.has(nameOf(path))) folders.add(parentOf(path));
    else if (kind === 'folder') folders.add(path);
    else entries.add(path);
  }
  const all = [...new Set([...entries, ...folders])].sort(comparePaths);
  return all.filter((path) => !hasAncestorIn(path, folders));
}

/** When the batch is due that began at `firstMs` and grew last at `lastMs`. */
export function dueAt(firstMs: number, lastMs: number): number {
  return Math.min(lastMs + quietMs, firstMs + longestMs);
}

/** Files whose content decides which others are indexed. */
const ruleFiles: ReadonlySet<string> = new Set(['.gitignore', '.ignore']);

function hasAncestorIn(path: string, folders: ReadonlySet<string>): boolean {
  if (folders.size === 0) return false;
  for (let folder = path; folder !== '';) {
    folder = parentOf(folder);
    if (folders.has(folder)) return true;
  }
  return false;
}
