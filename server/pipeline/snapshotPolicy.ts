// When a snapshot is worth its cost: the one place that says so. Each is written whole, so that few are enough; what is
// not in one is in the journal, and only makes the next start longer. A journal beyond its byte budget is saved, too.

import { snapshotSettings, type NextSnapshot, type Settings } from '../protocol';

/** Numbers of files count what changed since the last snapshot. */
export const snapshotPolicy = {
  files: {
    /** So many are saved when nothing has happened for `idleMs`. */
    whenIdle: 50,
    /** So many are saved when the process ends, if that is quick. */
    atEnd: 20,
  },
  idleMs: 60_000,
  /** Journal and snapshot of at most so many bytes are saved in a moment. */
  quickBytes: 16 << 20,
} as const;

/** What users may set. */
export interface SnapshotLimits {
  /** More changed files than this are saved as soon as nothing else runs. */
  readonly files: number;
  /** So long after the first change whatever changed is saved, ms. */
  readonly ageMs: number;
}

/** The limits by the settings of a client. */
export function snapshotLimits({ snapshotFiles, snapshotSeconds }: Settings): SnapshotLimits {
  const { files, seconds } = snapshotSettings;
  return { files: snapshotFiles ?? files.default, ageMs: (snapshotSeconds ?? seconds.default) * 1000 };
}

/** What a snapshot would save. */
export interface Unsaved {
  /** Changed files. */
  readonly files: number;
  /** When the first and the last of them changed, by `performance.now()`; no `since` when there are none. */
  readonly since: number | undefined;
  readonly last: number;
  readonly journalBytes: number;
  readonly maxJournalBytes: number;
}

export interface DueSnapshot {
  /** By `performance.now()`. */
  readonly at: number;
  readonly why: NextSnapshot['why'];
}

/** When the next snapshot is due if nothing more changes, and why; undefined when there is nothing to save. */
export function nextSnapshot(
  { files, since, last, journalBytes, maxJournalBytes }: Unsaved,
  limits: SnapshotLimits,
): DueSnapshot | undefined {
  if (files === 0 || since === undefined) return undefined;
  const { files: counts, idleMs } = snapshotPolicy;
  if (files > limits.files) return { at: last, why: 'many' };
  if (journalBytes > maxJournalBytes) return { at: last, why: 'journal' };
  const isSoonQuiet = files >= counts.whenIdle && last + idleMs < since + limits.ageMs;
  return isSoonQuiet ? { at: last + idleMs, why: 'quiet' } : { at: since + limits.ageMs, why: 'age' };
}
