// What crosses between the server and an extractor process. Structured clone carries it, so bytes stay bytes.

import type { ExtractOptions } from '../../native';
import type { Tally } from '../facts/tally';
import type { SkippedPath } from '../workspace/scan';

/** Facts of some files, as one segment. Each path has its row in it, also a skipped one. */
export interface ExtractedPiece {
  readonly paths: readonly string[];
  readonly segment: Uint8Array;
  /** Those of `paths` that are not indexed, and why. */
  readonly skipped: readonly SkippedPath[];
  /** What the files amount to, for the audit of builds. */
  readonly tally: Tally;
  /** Time to read, hash, parse and extract each of `paths`, microseconds. */
  readonly micros: Uint32Array;
  /** Resident memory of the extractor when it was done, in bytes. */
  readonly rss: number;
}

/** What is decided about a file before it is extracted, because it gave trouble before. */
export type Verdict =
  | { readonly kind: 'textOnly'; readonly limit: 'deadline' | 'memoryLimit' }
  | { readonly kind: 'crashed'; readonly detail: string };

/** What to extract: files on disk, or one text that is not (an open editor). */
export interface ExtractionWork {
  readonly root: string;
  readonly paths: readonly string[];
  /** The text of the only path. */
  readonly text?: string;
  /** Holds for the only path. */
  readonly verdict?: Verdict;
}

/** Server to extractor. An `urgent` extraction starts at once; others take turns. */
export type ExtractorRequest =
  | {
      readonly kind: 'extract';
      readonly id: number;
      readonly work: ExtractionWork;
      readonly limits: ExtractionLimits;
      readonly urgent: boolean;
    }
  | { readonly kind: 'cancel'; readonly id: number };

/** Limits of native's extraction. */
export type ExtractionLimits = Omit<ExtractOptions, 'root'>;

/** Why an extractor ends itself. `path` is the file to blame, where one can be named. */
export interface LastWords {
  readonly kind: 'dying';
  readonly cause: 'stuck' | 'memory' | 'failed';
  readonly path?: string;
  readonly detail: string;
  readonly rss: number;
}

/** Extractor to server. `alive` comes each second while there is work. */
export type ExtractorReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'alive'; readonly rss: number }
  | { readonly kind: 'done'; readonly id: number; readonly piece: ExtractedPiece }
  | { readonly kind: 'cancelled'; readonly id: number }
  | { readonly kind: 'refused'; readonly id: number; readonly code: string; readonly message: string }
  | LastWords;
