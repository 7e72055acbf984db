// Checks an index without changing it: every block of facts, the search index, that both hold the same files, and a
// sample of the sources. What differs is named; what to do about it is decided elsewhere.

import { randomInt } from 'node:crypto';
import type { FactStore } from '../facts/factStore';
import { SegmentDamagedError } from '../facts/layout';
import type { RowRef } from '../facts/merge';
import { checkSymbols } from '../facts/checkSymbols';
import type { Segment } from '../facts/segment';
import type { SearchStore } from '../search/searchStore';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { Slicer } from '../util/yielding';
import { contentHashes } from '../workspace/contentHashes';
import { divergentFiles, type IndexedFile } from './divergence';
import type { ProgressMeter } from './progress';

export interface Verification {
  readonly files: number;
  /** Files whose facts cannot be read. */
  readonly damagedFacts: readonly string[];
  /** Files that the search index and the facts disagree about. */
  readonly divergent: readonly string[];
  /** Sampled files whose bytes are not those of the facts. */
  readonly stale: readonly string[];
  readonly sampled: number;
}

const samples = 200;

/** What is verified. */
export interface VerifySubject {
  /** Real path of the workspace root. */
  readonly root: string;
  readonly facts: FactStore;
  /** The files that hold the facts have the hashes they were written with. */
  readonly factsAreSound: boolean;
  /** Undefined: it is not compared. */
  readonly search: SearchStore | undefined;
  readonly maxFileBytes: number;
}

/** Compares facts, search index and a sample of the sources. */
export async function verifyIndex(
  { root, facts, factsAreSound, search, maxFileBytes }: VerifySubject,
  meter: ProgressMeter,
  token?: CancellationToken,
): Promise<Verification> {
  const lease = facts.lease();
  try {
    const slicer = new Slicer();
    const damagedFacts: string[] = [];
    const indexed: IndexedFile[] = [];
    const damagedSegments = factsAreSound ? new Set() : await withDamagedSymbols(lease.rows, slicer);
    for (const { segment, file } of lease.rows) {
      const path = segment.path(file);
      if (!factsAreSound && (damagedSegments.has(segment) || !isReadable(segment, file))) damagedFacts.push(path);
      if (segment.byte(file, 'skip') === 0) indexed.push({ path, hash: segment.hash(file) });
      meter.advance(1, path);
      if (slicer.due) await slicer.pause();
      if (token?.isCancellationRequested) throw new CancellationError();
    }
    const divergent = search === undefined ? [] : await divergentFiles(indexed, search, token);
    const step = Math.max(1, Math.floor(indexed.length / samples));
    const first = randomInt(step); // another sample each time
    const sample = indexed.filter((_, index) => index % step === first);
    const now = new Map(
      (
        await contentHashes(
          root,
          sample.map(({ path }) => path),
          maxFileBytes,
        )
      ).map(({ path, hash }) => [path, hash]),
    );
    const stale = sample.filter(({ path, hash }) => now.get(path)?.equals(hash) !== true).map(({ path }) => path);
    return { files: lease.rows.length, damagedFacts, divergent, stale, sampled: sample.length };
  } finally {
    lease.release();
  }
}

/** The segments whose symbol index cannot be read: nothing of them is found by its name. */
async function withDamagedSymbols(rows: readonly RowRef[], slicer: Slicer): Promise<ReadonlySet<Segment>> {
  const damaged = new Set<Segment>();
  for (const segment of new Set(rows.map((row) => row.segment))) {
    try {
      await checkSymbols(segment, slicer);
    } catch (error) {
      if (!(error instanceof SegmentDamagedError)) throw error;
      damaged.add(segment);
    }
  }
  return damaged;
}

function isReadable(segment: Segment, file: number): boolean {
  try {
    segment.block(file);
    return true;
  } catch {
    return false; // the finding is the report
  }
}
