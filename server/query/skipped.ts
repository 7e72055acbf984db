// Lists the files that are not indexed, or not wholly, for one reason.

import type { Facts } from '../facts/factStore';
import { limitReasons, skipReasons, type LimitReason, type SkipReason } from '../model/skipReason';
import type { SkippedFile } from '../protocol';
import { uriOf, type Root } from '../workspace/roots';
import type { ScanSkipped } from '../workspace/scan';

/** What of a root's index the list needs. */
export interface SkippingIndex {
  readonly root: Root;
  readonly facts: Facts;
  /** Entries that the last scan passed over by their name or kind. */
  readonly scanSkipped: ScanSkipped;
}

/** Files with a skip or limit reason, in path order; those that the scan passed over come after them. */
export function skippedFiles(
  { root, facts, scanSkipped }: SkippingIndex,
  reason: string,
  limit: number,
): { readonly files: readonly SkippedFile[]; readonly total: number } {
  const skip = skipReasons.indexOf(reason as SkipReason);
  const limited = limitReasons.indexOf(reason as LimitReason);
  const known = skip > 0 ? (reason as SkipReason) : limited > 0 ? (reason as LimitReason) : undefined;
  if (known === undefined) return { files: [], total: 0 };
  const files: SkippedFile[] = [];
  let total = 0;
  const add = (path: string, detail: string): void => {
    if (++total <= limit) files.push({ uri: uriOf(root, path), path, reason: known, detail });
  };
  for (const path of facts.paths()) {
    const row = facts.findStored(path);
    if (row === undefined) continue;
    const { segment, file } = row;
    const isSkipped = segment.byte(file, 'skip') !== 0;
    if (skip > 0 && segment.byte(file, 'skip') === skip) add(path, segment.block(file).wholeText);
    else if (limited > 0 && !isSkipped && segment.byte(file, 'limit') === limited) add(path, '');
  }
  const listed = scanSkipped.list.filter((skipped) => skipped.reason === known);
  for (const { path, detail } of listed) add(path, detail);
  const unlisted = skip > 0 ? (scanSkipped.counts[known as SkipReason] ?? 0) - listed.length : 0;
  return { files, total: total + unlisted };
}
