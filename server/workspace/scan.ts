// Looks at the disk and compares it with what is known: the truth behind every watcher event. It lists and compares
// metadata; reading and hashing contents, and so the last word on "changed", is the extractor's.

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelFlag, explainPath, walk, type PathExplanation, type WalkOptions, type WalkResult } from '../../native';
import { skipReasons, type SkipReason } from '../model/skipReason';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { comparePaths } from '../util/pathOrder';
import { Slicer } from '../util/yielding';

/** What the index knows of one file: the metadata with which it was last read. */
export interface KnownFile {
  /** The two halves of native's metadata fingerprint. */
  readonly fingerprintLow: number;
  readonly fingerprintHigh: number;
  /** When the file was last read or its hash last compared, in ms since the epoch. */
  readonly checkedAtMs: number;
}

/** The known side of a comparison; the fact store implements it. */
export interface KnownFiles {
  get(path: string): KnownFile | undefined;
  /** Known paths that are `under` or below it ('' is all), in the order of `comparePaths`, each once. */
  paths(under: string): Iterable<string>;
}

/**
 * One difference between the disk and the index, to be settled by the content's hash.
 * `why` says what made a `changed` file suspect: other metadata, a change too close to the last read to trust equal
 * metadata (`racy`), or its turn in the audit of files that look unchanged.
 */
export type FileChange =
  | { readonly kind: 'created'; readonly path: string; readonly size: number }
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly size: number;
      readonly why: 'metadata' | 'racy' | 'audit' | 'hint';
    }
  | { readonly kind: 'deleted'; readonly path: string };

/** A path that was seen but is no candidate for the index, and why. */
export interface SkippedPath {
  readonly path: string;
  readonly reason: SkipReason;
  /** The operating system's words, or ''. */
  readonly detail: string;
}

/** How many paths were left out, by reason. */
export type SkippedCounts = Readonly<Partial<Record<SkipReason, number>>>;

/** What a scan of a root left out: how much by reason, and the first paths. */
export interface ScanSkipped {
  readonly list: readonly SkippedPath[];
  readonly counts: SkippedCounts;
}

/** The folder of the root itself is gone, or locked: nothing can be said of its files, also not that they are gone. */
export class RootUnreadableError extends Error {
  /** @param cause native's refusal: `could not open the folder /a: No such file or directory (os error 2)` */
  constructor(root: string, cause: Error) {
    const [, words = cause.message] = /.*: (.*?)( \(os error \d+\))?$/.exec(cause.message) ?? [];
    super(`The folder ${root} cannot be read (${words}); what is indexed of it stays.`, { cause });
  }
}

/** How a root is walked. */
export interface ScanOptions {
  /** Real, absolute path of the root. */
  readonly root: string;
  /** gitignore-style globs from settings. */
  readonly excludes: readonly string[];
  readonly threads: number;
  /** Only so many files are taken; `maxFiles` if absent. */
  readonly maxFiles?: number;
}

/** Deeper folders are skipped with the reason `tooDeep`. */
const maxDepth = 128;

/**
 * Of a root with more files the first are taken, in the order of their paths: whatever came and went, and however many
 * threads walk, they are the same. The others are skipped with the reason `tooManyFiles`.
 */
export const maxFiles = 500_000;

/**
 * Two seconds: the coarsest time stamps in use (FAT). A file changed this close to its last read may have changed again
 * within the same tick, so equal metadata proves nothing.
 */
const racyMs = 2000;

/** One file in a hundred that looks unchanged is read again in each scan, a different hundredth each time. */
const auditEvery = 100;

/** The files of a root, or of one folder of it, at one time. Paths stay encoded until asked for. */
export class ScanResult {
  readonly #walked: WalkResult;
  /** Folder that was scanned, '' for the whole root. */
  readonly under: string;
  /** When the scan began, in ms since the epoch. */
  readonly startedAtMs: number;
  readonly elapsedMs: number;

  constructor(walked: WalkResult, under: string, startedAtMs: number, elapsedMs: number) {
    this.#walked = walked;
    this.under = under;
    this.startedAtMs = startedAtMs;
    this.elapsedMs = elapsedMs;
  }

  /** Number of files; they are ordered by path bytes. */
  get count(): number {
    return this.#walked.count;
  }

  /** Number of folders entered. */
  get folderCount(): number {
    return this.#walked.folders;
  }

  path(index: number): string {
    const { paths, pathOffsets } = this.#walked;
    return paths.toString('utf8', pathOffsets[index], pathOffsets[index + 1]);
  }

  /** Bytes on disk. */
  size(index: number): number {
    return this.#walked.sizes[index] ?? 0;
  }

  /** The later of modification and status change, in ms since the epoch. */
  changedMs(index: number): number {
    return this.#walked.changedMs[index] ?? 0;
  }

  fingerprintLow(index: number): number {
    return this.#walked.fingerprints[index * 2] ?? 0;
  }

  fingerprintHigh(index: number): number {
    return this.#walked.fingerprints[index * 2 + 1] ?? 0;
  }

  /** Entries that are no candidates: the first 10,000 beyond the limit of files, and the first 10,000 others. */
  skipped(): SkippedPath[] {
    return this.#walked.skipped.map(({ path, reason, detail }) => ({ path, reason: skipReasonOf(reason), detail }));
  }

  /** How many entries are no candidates, by reason. */
  get skippedCounts(): SkippedCounts {
    const counts: Partial<Record<SkipReason, number>> = {};
    this.#walked.skippedCounts.forEach((count, reason) => {
      if (count > 0) counts[skipReasonOf(reason)] = count;
    });
    return counts;
  }

  /** Folders that hold files, directly or below, with `under` itself: what a watcher follows. */
  folders(): string[] {
    const folders = new Set<string>([this.under]);
    const { paths, pathOffsets } = this.#walked;
    let last = '';
    for (let i = 0; i < this.count; i++) {
      const start = pathOffsets[i] ?? 0;
      const end = paths.lastIndexOf(slash, (pathOffsets[i + 1] ?? 0) - 1);
      if (end < start) continue;
      // Neighbours mostly share their folder, which is compared as bytes before anything is decoded.
      if (end - start === last.length && paths.toString('latin1', start, end) === last) continue;
      last = paths.toString('latin1', start, end);
      let folder = paths.toString('utf8', start, end);
      while (folder !== '' && !folders.has(folder)) {
        folders.add(folder);
        const parent = folder.lastIndexOf('/');
        folder = parent < 0 ? '' : folder.slice(0, parent);
      }
    }
    return [...folders].sort(comparePaths);
  }
}

/** Lists the files of a root, or of one folder of it. Throws CancellationError, or RootUnreadableError. */
export async function scan(options: ScanOptions, under: string, token?: CancellationToken): Promise<ScanResult> {
  const startedAtMs = Date.now();
  const cancel = new CancelFlag();
  const registration = token?.onCancellationRequested(() => cancel.cancel());
  try {
    const walked = await ofRoot(options, walk(walkOptions(options, under), cancel));
    if (token?.isCancellationRequested) throw new CancellationError();
    return new ScanResult(walked, under, startedAtMs, Date.now() - startedAtMs);
  } catch (error) {
    if (token?.isCancellationRequested) throw new CancellationError();
    throw error;
  } finally {
    registration?.dispose();
  }
}

/**
 * What differs between a scan and the known files below the scanned folder, ordered by path. One merge of two sorted
 * sequences, so linear in their lengths. `scanNumber` counts the scans of this root and turns the audit; without it
 * there is none.
 * A candidate that proves unchanged must get a new `checkedAtMs`, or it stays a candidate.
 */
export async function compare(
  result: ScanResult,
  known: KnownFiles,
  scanNumber: number | undefined,
  token?: CancellationToken,
): Promise<FileChange[]> {
  const changes: FileChange[] = [];
  const slicer = new Slicer();
  const knownPaths = new SortedPaths(known.paths(result.under));
  for (let i = 0; i < result.count; i++) {
    if (slicer.due) {
      await slicer.pause();
      if (token?.isCancellationRequested) throw new CancellationError();
    }
    const path = result.path(i);
    let order = -1;
    while (knownPaths.head !== undefined && (order = comparePaths(knownPaths.head, path)) < 0) {
      changes.push({ kind: 'deleted', path: knownPaths.head });
      knownPaths.next();
    }
    const size = result.size(i);
    const file = knownPaths.head !== undefined && order === 0 ? known.get(path) : undefined;
    if (file === undefined) {
      changes.push({ kind: 'created', path, size });
    } else {
      const why = suspicion(result, i, file, scanNumber);
      if (why !== undefined) changes.push({ kind: 'changed', path, size, why });
    }
    if (order === 0) knownPaths.next();
  }
  for (; knownPaths.head !== undefined; knownPaths.next()) changes.push({ kind: 'deleted', path: knownPaths.head });
  return changes;
}

/** Looks at hinted paths only: files by their metadata and rules, folders by a scan below them. Ordered by path. */
export async function scanHints(
  options: ScanOptions,
  hints: readonly string[],
  known: KnownFiles,
  token?: CancellationToken,
): Promise<FileChange[]> {
  const changes = new Map<string, FileChange>();
  for (const path of hints) {
    if (token?.isCancellationRequested) throw new CancellationError();
    for (const change of await lookAt(options, path, known, token)) changes.set(change.path, change);
  }
  return [...changes.values()].sort((a, b) => comparePaths(a.path, b.path));
}

/** What the walk would make of one path. Throws RootUnreadableError. */
export function explainRule(options: ScanOptions, path: string): Promise<PathExplanation> {
  return ofRoot(options, explainPath(walkOptions(options, ''), path));
}

/** Whether a folder may hold files of the index; `gone` when there is no such folder now. */
export async function judgeFolder(options: ScanOptions, path: string): Promise<'watch' | 'ignored' | 'gone'> {
  const { exists, ignored, kind } = await explainRule(options, path);
  if (!exists || kind !== 'folder') return 'gone';
  return ignored ? 'ignored' : 'watch';
}

async function lookAt(
  options: ScanOptions,
  path: string,
  known: KnownFiles,
  token: CancellationToken | undefined,
): Promise<FileChange[]> {
  const lookBelow = async () => compare(await scan(options, path, token), known, undefined, token);
  // A root that cannot be read is a failure of the scan, not a root without files.
  if (path === '') return lookBelow();
  const entry = await explainRule(options, path);
  const indexable = entry.exists && !entry.ignored && !entry.secret;
  if (indexable && entry.kind === 'folder') return lookBelow();
  const size = indexable && entry.kind === 'file' ? await sizeOf(join(options.root, path)) : undefined;
  const changes: FileChange[] = [];
  for (const knownPath of known.paths(path)) {
    if (size === undefined || knownPath !== path) changes.push({ kind: 'deleted', path: knownPath });
  }
  if (size === undefined) return changes;
  const isKnown = known.get(path) !== undefined;
  changes.push(isKnown ? { kind: 'changed', path, size, why: 'hint' } : { kind: 'created', path, size });
  return changes;
}

/** Native reports trouble with single files as data: what it rejects with from the operating system is about the root. */
async function ofRoot<T>({ root }: ScanOptions, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_IO')
      throw new RootUnreadableError(root, error);
    throw error;
  }
}

/** Bytes of a regular file; undefined when it has gone since it was listed. */
async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() ? stats.size : undefined;
}

/** Why a known file that is on disk has to be read again; undefined when it need not be. */
function suspicion(
  result: ScanResult,
  index: number,
  file: KnownFile,
  scanNumber: number | undefined,
): 'metadata' | 'racy' | 'audit' | undefined {
  const equal =
    result.fingerprintLow(index) === file.fingerprintLow && result.fingerprintHigh(index) === file.fingerprintHigh;
  if (!equal) return 'metadata';
  if (result.changedMs(index) + racyMs >= file.checkedAtMs) return 'racy';
  if (scanNumber !== undefined && (index + scanNumber) % auditEvery === 0) return 'audit';
  return undefined;
}

/** The head of a sorted sequence of paths. A sequence out of order would report files as deleted, so it throws. */
class SortedPaths {
  readonly #paths: Iterator<string>;
  head: string | undefined;

  constructor(paths: Iterable<string>) {
    this.#paths = paths[Symbol.iterator]();
    this.next();
  }

  next(): void {
    const result = this.#paths.next();
    const next = result.done === true ? undefined : result.value;
    if (this.head !== undefined && next !== undefined && comparePaths(this.head, next) >= 0) {
      throw new Error(`known paths are out of order: ${JSON.stringify(this.head)} before ${JSON.stringify(next)}`);
    }
    this.head = next;
  }
}

function skipReasonOf(number: number): SkipReason {
  const reason = skipReasons[number];
  if (reason === undefined || reason === 'none') throw new RangeError(`no skip reason has the number ${number}`);
  return reason;
}

/** A walk of a root as native takes it. */
function walkOptions({ root, excludes, threads, ...limits }: ScanOptions, under: string): WalkOptions {
  return { root, under, excludes: [...excludes], threads, maxDepth, maxFiles: limits.maxFiles ?? maxFiles };
}

const slash = 0x2f;
