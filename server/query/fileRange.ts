// Files of a segment by their paths. They are in path order, so whatever lies below a folder is one range.

import { firstAtOrAfter } from '../facts/factStore';
import type { Segment } from '../facts/segment';

/** The row of a path in a segment, alive or not. */
export function fileOf(segment: Segment, path: string): number | undefined {
  const file = firstAtOrAfter(segment, path);
  return file < segment.files && segment.path(file) === path ? file : undefined;
}

/** The rows [from, to) below a folder, '' being the root; those in folders inside of it too. */
export function filesBelow(segment: Segment, folder: string): readonly [from: number, to: number] {
  if (folder === '') return [0, segment.files];
  // '0' is the byte after '/', so it bounds everything inside.
  return [firstAtOrAfter(segment, `${folder}/`), firstAtOrAfter(segment, `${folder}0`)];
}
