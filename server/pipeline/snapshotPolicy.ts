// When a snapshot is worth its cost: the one place that says so. Each is written whole, so that few are enough; what is
// not in one is in the journal, and only makes the next start longer. A journal beyond its byte budget is saved, too.

/** Numbers of files count what changed since the last snapshot. */
export const snapshotPolicy = {
  files: {
    /** More than this are saved as soon as nothing else runs. */
    atOnce: 1000,
    /** So many are saved when nothing has happened for `idleMs`. */
    whenIdle: 50,
    /** So many are saved when the process ends, if that is quick. */
    atEnd: 20,
  },
  idleMs: 60_000,
  /** So long after the first change whatever changed is saved, ms. */
  afterMs: 300_000,
  /** Journal and snapshot of at most so many bytes are saved in a moment. */
  quickBytes: 16 << 20,
} as const;
