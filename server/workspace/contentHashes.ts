// Tells touched files from changed ones: the same bytes under new metadata need no new facts.

import { hashFiles } from '../../native';

/** What a file is now: its hash, and the metadata of the descriptor that was read. */
export interface ContentHash {
  readonly path: string;
  /** BLAKE3 of the raw bytes. */
  readonly hash: Buffer;
  readonly fingerprintLow: number;
  readonly fingerprintHigh: number;
  readonly changedMs: number;
  /** When it was read, ms since the epoch. */
  readonly checkedMs: number;
}

/** Hashes files below `root`. Files that cannot be read, or are larger than `maxBytes`, are left out. */
export async function contentHashes(root: string, paths: readonly string[], maxBytes: number): Promise<ContentHash[]> {
  const checkedMs = Date.now();
  const { readable, hashes, changedMs, fingerprints } = await hashFiles(root, [...paths], maxBytes);
  return paths.flatMap((path, index) =>
    readable[index] === 0
      ? []
      : [
          {
            path,
            hash: hashes.subarray(index * 32, index * 32 + 32),
            fingerprintLow: fingerprints[index * 2] ?? 0,
            fingerprintHigh: fingerprints[index * 2 + 1] ?? 0,
            changedMs: changedMs[index] ?? 0,
            checkedMs,
          },
        ],
  );
}
