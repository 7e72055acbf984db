// Carries changed files down the write path: extractor → segment → journal (acknowledged) → fact store (visible) →
// search feeder. One file or eighty thousand take the same path; only grouping differs. Calls may overlap.

import { SharedFile } from '../facts/byteSource';
import type { FactStore } from '../facts/factStore';
import { Segment } from '../facts/segment';
import type { Tally } from '../facts/tally';
import type { ExtractedPiece } from '../extraction/messages';
import type { ExtractorPool } from '../extraction/pool';
import type { IndexStore } from '../store/indexStore';
import type { LedgerFile, LedgerGroup } from '../store/ledgerFile';
import type { CancellationToken } from '../util/cancellation';
import { CancellationError } from '../util/cancellation';
import { contentHashes } from '../workspace/contentHashes';
import type { FileChange } from '../workspace/scan';
import { batchesOf, type PlannedFile } from './batches';
import type { ProgressMeter } from './progress';
import { ReadOrder, type Reading } from './readOrder';
import type { Scheduler } from './scheduler';
import type { SearchFeeder } from './searchFeeder';

export interface IndexerOptions {
  /** Real path of the root. */
  readonly root: string;
  readonly facts: FactStore;
  readonly store: IndexStore;
  readonly feeder: () => SearchFeeder;
  /** Hears when files were found, read and made durable. */
  readonly ledger: LedgerFile;
  readonly pool: ExtractorPool;
  readonly scheduler: Scheduler;
  readonly maxFileBytes: number;
  /** Paths of a batch that the facts now show, changed or removed. */
  readonly onApplied: (paths: readonly string[]) => void;
}

/** What was done to files. */
export interface IndexWork {
  /** Files whose facts were made anew. */
  readonly indexed: number;
  readonly removed: number;
  /** Of the indexed files. */
  readonly bytes: number;
}

export interface IndexOutcome extends IndexWork {
  /** Files that were touched, with the same content. */
  readonly unchanged: number;
}

/** What there is to do. */
export interface IndexPlan {
  readonly files: readonly PlannedFile[];
  readonly removed: readonly string[];
  /** Files that were touched, with the same content. */
  readonly unchanged: number;
  /** When the changes were known, ms since the epoch. */
  readonly foundMs: number;
}

/** Follows what a run of the indexer does, for the account of a build. */
export interface IndexObserver {
  /** These files were extracted and are durable. */
  processed(tally: Tally, files: number): void;
}

/** More files than this are a bulk load: group commits, rare search commits. */
export const bulkFiles = 64;
/** A bulk group is made durable after so many bytes of facts or milliseconds, whichever comes first. */
const groupBytes = 4 << 20;
const groupMs = 500;
/** The part of that for the first group, doubled with each: the first answers, and the work of indexing them, come at once. */
const firstPart = 1 / 16;
/** Files hashed per native call. */
const hashSlice = 256;

export class Indexer {
  readonly #options: IndexerOptions;
  readonly #files = new Map<string, SharedFile>();
  readonly #readOrder = new ReadOrder();
  #bulkRuns = 0;
  #appliedSeq: number;

  constructor(options: IndexerOptions) {
    this.#options = options;
    this.#appliedSeq = options.store.lastSeq;
  }

  /** Last durable batch that the fact store shows; behind the journal's last only while a batch is in flight. */
  get appliedSeq(): number {
    return this.#appliedSeq;
  }

  /** Settles by their hashes which of these changes are some, and notes the new metadata of the others. */
  async plan(changes: readonly FileChange[], meter: ProgressMeter, token?: CancellationToken): Promise<IndexPlan> {
    const foundMs = Date.now();
    const candidates = changes.filter((change) => change.kind !== 'deleted');
    meter.extend(candidates.length);
    const files = await this.#withoutUntouched(candidates, meter, token);
    return {
      files,
      removed: changes.flatMap((change) => (change.kind === 'deleted' ? [change.path] : [])),
      unchanged: candidates.length - files.length,
      foundMs,
    };
  }

  /**
   * Brings the index up to date with a plan. What was acknowledged before an error or a cancellation stays.
   * @returns what was done; `again` lists paths that changed while they were in work
   */
  async apply(
    { files, removed, unchanged, foundMs }: IndexPlan,
    meter: ProgressMeter,
    token?: CancellationToken,
    observer?: IndexObserver,
  ): Promise<IndexOutcome & { readonly again: readonly string[] }> {
    const gone = this.#readOrder.begin(removed);
    if (removed.length > 0) await this.#commit([], removed, foundMs).finally(() => this.#readOrder.end(gone));
    const bulk = files.length > bulkFiles;
    const again: string[] = [];
    if (bulk && this.#bulkRuns++ === 0) this.#options.feeder().bulk = true;
    try {
      await this.#extractAll(files, foundMs, bulk, meter, again, token, observer);
    } finally {
      if (bulk && --this.#bulkRuns === 0) this.#options.feeder().bulk = false;
    }
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return { indexed: files.length, unchanged, removed: removed.length, bytes, again };
  }

  /** Drops files whose bytes hash as before, after noting their new metadata. */
  async #withoutUntouched(
    changes: readonly Exclude<FileChange, { kind: 'deleted' }>[],
    meter: ProgressMeter,
    token: CancellationToken | undefined,
  ): Promise<PlannedFile[]> {
    const { root, facts, maxFileBytes } = this.#options;
    const suspects = changes.filter((change) => change.kind === 'changed').map(({ path }) => path);
    const untouched = new Set<string>();
    for (let first = 0; first < suspects.length; first += hashSlice) {
      if (token?.isCancellationRequested) throw new CancellationError();
      const slice = suspects.slice(first, first + hashSlice);
      for (const now of await contentHashes(root, slice, maxFileBytes)) {
        const row = facts.findStored(now.path);
        if (row === undefined || !row.segment.hash(row.file).equals(now.hash)) continue;
        untouched.add(now.path);
        facts.observe(now.path, {
          low: now.fingerprintLow,
          high: now.fingerprintHigh,
          changedMs: now.changedMs,
          checkedMs: now.checkedMs,
        });
      }
    }
    meter.advance(untouched.size);
    return changes.filter(({ path }) => !untouched.has(path));
  }

  async #extractAll(
    files: readonly PlannedFile[],
    foundMs: number,
    bulk: boolean,
    meter: ProgressMeter,
    again: string[],
    token: CancellationToken | undefined,
    observer: IndexObserver | undefined,
  ): Promise<void> {
    const group = new PieceGroup();
    const unfinished = new Set<Reading>();
    const commit = async (): Promise<void> => {
      const { pieces, readings } = group.take();
      await this.#commit(pieces, [], foundMs);
      for (const { tally, paths } of pieces) observer?.processed(tally, paths.length);
      for (const reading of readings) {
        unfinished.delete(reading);
        again.push(...this.#readOrder.end(reading));
        meter.advance(reading.paths.length, reading.paths[reading.paths.length - 1]);
      }
    };
    const inWork = new Set<Promise<void>>();
    let failed: Promise<void> | undefined;
    try {
      for (const batch of batchesOf(files)) {
        const reading = this.#readOrder.begin(batch.map(({ path }) => path));
        unfinished.add(reading);
        const { result } = await this.#extract(reading.paths, batch, bulk, token);
        const arrival = result.then((pieces) => group.add(pieces, reading));
        inWork.add(arrival);
        arrival.then(
          () => void inWork.delete(arrival),
          () => {
            failed ??= arrival; // which throws below
          },
        );
        // A save's few files wait for each other; a bulk load goes on while they are in work.
        if (!bulk) await arrival;
        await failed;
        if (!bulk || group.isDue) await commit();
      }
      while (inWork.size > 0 || !group.isEmpty) {
        if (inWork.size > 0) await Promise.race(inWork);
        if (group.isDue || inWork.size === 0) await commit();
      }
    } finally {
      // What is still being extracted is thrown away: it was never acknowledged.
      for (const reading of unfinished) this.#readOrder.end(reading);
    }
  }

  /** Hands a batch to the extractor: at once for a save, when the scheduler has room for a bulk load. */
  async #extract(
    paths: readonly string[],
    files: readonly PlannedFile[],
    bulk: boolean,
    token: CancellationToken | undefined,
  ): Promise<{ readonly result: Promise<ExtractedPiece[]> }> {
    const { pool, root, scheduler } = this.#options;
    const run = (): Promise<ExtractedPiece[]> => pool.extract(root, paths, bulk ? 'bulk' : 'interactive', token);
    if (!bulk) return { result: run() };
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return scheduler.submit('stage1.files', { cpu: 1, mem: bytes, bytes }, run, token);
  }

  /** Durable first, then visible, then fed to the search index. */
  async #commit(pieces: readonly ExtractedPiece[], removed: readonly string[], foundMs: number): Promise<void> {
    const { store, facts, feeder, ledger } = this.#options;
    const batches = pieces.map(({ segment }) => ({ segment, removed: [] as readonly string[] }));
    if (removed.length > 0) batches.push({ segment: new Uint8Array(0), removed });
    if (batches.length === 0) return;
    const places = await store.appendBatches(batches);
    const journaledMs = Date.now();
    const groups: LedgerGroup[] = [];
    places.forEach((place, index) => {
      this.#appliedSeq = place.seq;
      const piece = pieces[index];
      if (piece === undefined) {
        facts.remove(removed);
        return;
      }
      const segment = new Segment(this.open(place.file).range(place.offset, place.length));
      facts.apply(segment);
      const readMs = segment.hot.checkedMs[0] ?? 0;
      groups.push({ seq: place.seq, foundMs, readMs, journaledMs, files: ledgerFiles(piece, facts) });
    });
    if (groups.length > 0) ledger.add(groups);
    const paths = [...pieces.flatMap((piece) => piece.paths), ...removed];
    this.#options.onApplied(paths);
    await feeder().add(this.#appliedSeq, paths);
    void facts.foldSmall();
  }

  /** The journal or snapshot at `path`, opened once for all segments in it. */
  open(path: string): SharedFile {
    const known = this.#files.get(path);
    if (known !== undefined && !known.closed) return known;
    const file = new SharedFile(path);
    this.#files.set(path, file);
    return file;
  }
}

/** What of a piece is in the index, with the time that each file took. */
function ledgerFiles({ paths, micros }: ExtractedPiece, facts: FactStore): LedgerGroup['files'] {
  return paths.flatMap((path, index) => {
    const row = facts.findStored(path);
    if (row === undefined) return []; // gone when it was read
    const { segment, file } = row;
    return [{ path: segment.pathBytes(file), hash: segment.hash(file), micros: micros[index] ?? 0 }];
  });
}

/** Pieces that become durable together. */
class PieceGroup {
  #pieces: ExtractedPiece[] = [];
  #readings: Reading[] = [];
  #since = 0;
  #bytes = 0;
  #part = firstPart;

  add(pieces: readonly ExtractedPiece[], reading: Reading): void {
    if (this.isEmpty) this.#since = performance.now();
    this.#pieces.push(...pieces);
    this.#readings.push(reading);
    this.#bytes += pieces.reduce((sum, { segment }) => sum + segment.length, 0);
  }

  get isEmpty(): boolean {
    return this.#readings.length === 0;
  }

  /** Whether a bulk load should make them durable now. */
  get isDue(): boolean {
    if (this.isEmpty) return false;
    return this.#bytes >= groupBytes * this.#part || performance.now() - this.#since >= groupMs * this.#part;
  }

  take(): { readonly pieces: readonly ExtractedPiece[]; readonly readings: readonly Reading[] } {
    const taken = { pieces: this.#pieces, readings: this.#readings };
    this.#pieces = [];
    this.#readings = [];
    this.#bytes = 0;
    this.#part = Math.min(1, this.#part * 2);
    return taken;
  }
}
