// Decides from counts whether anybody else answers the outline of a document. A pure function; outline.ts measures.

export interface GapEvidence {
  /** Our provider takes part in what was merged. */
  readonly registered: boolean;
  /** Top-level symbols of all providers together, as VS Code has them. */
  readonly merged: number;
  /** How many of them are ours; `undefined` when we were not asked for this document. */
  readonly answered: number | undefined;
  /** How many we would answer now. */
  readonly ours: number;
}

/**
 * - `others`: somebody else answers
 * - `gap`: nobody does, and we could
 * - `outdated`: we did, with less than we know now
 * - `unknown`: nothing to answer, so nothing is learned from silence
 */
export function gapVerdict({
  registered,
  merged,
  answered,
  ours,
}: GapEvidence): 'others' | 'gap' | 'outdated' | 'unknown' {
  if (merged > (registered ? (answered ?? merged) : 0)) return 'others';
  if (registered) return answered === 0 && ours > 0 ? 'outdated' : 'unknown';
  return ours > 0 ? 'gap' : 'unknown';
}
