// The durable side of one index while it is open: batches into the journal, checkpoints, quarantine, the end. What it
// acknowledged is there after a kill or a power cut at any instant. It is opened by openStore.ts, and knows neither what
// a segment holds nor how the search index works.

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AuditEvent, AuditLog } from './auditLog';
import { DiskSpace } from './diskSpace';
import { temporarySuffix, type ByteSink } from './durableFile';
import { isDiskFull, StoreError, toStoreError } from './errors';
import { Follower, type Refreshed } from './follower';
import { emptyIndexFolder, type RootIdentity } from './indexFolder';
import { journalName, type Batch, type BatchPlace } from './journal';
import { headerBytes } from './journalFormat';
import type { Journals } from './journals';
import type { WriterLock } from './lock';
import {
  loadManifests,
  manifestFormat,
  manifestName,
  snapshotName,
  writeManifest,
  type Manifest,
  type SearchEntry,
} from './manifest';
import { removeFile, type Quarantine, type QuarantineTotals } from './quarantine';
import type { JournalRecord } from './readJournal';
import { isNeedless, withoutSnapshot, type Recovered, type SnapshotFile } from './recovery';
import type { Rungs } from './rungs';
import { verifySnapshot, writeSnapshot } from './snapshotFile';
import { verifyStore } from './verifyStore';

export interface CheckpointOptions {
  /** Every batch up to this seq is in what `write` writes. */
  readonly seq: number;
  /** Indexed files in it. */
  readonly files: number;
  readonly languages: readonly (readonly [string, number])[];
  /** The committed search index: its folder (a path or a name) and watermark. */
  readonly search: SearchEntry;
  /** Writes the merged segment. */
  readonly write: (sink: ByteSink) => Promise<void>;
}

/** What only the holder of the lock has. */
export interface Writer {
  readonly lock: WriterLock;
  readonly audit: AuditLog;
  readonly journals: Journals;
}

/** What an opening found. Without a `writer`, `readOnly` says why. */
export interface OpenedStore {
  readonly folder: string;
  readonly root: RootIdentity;
  readonly found: Recovered;
  readonly rungs: Rungs;
  readonly quarantine: Quarantine;
  readonly writer?: Writer;
  readonly readOnly?: string;
}

export class IndexStore {
  readonly folder: string;
  readonly indexId: string;
  /** How it was found. */
  readonly state: Recovered['state'];
  /** The rungs of its opening; whoever opens what lies above it notes its own there. */
  readonly rungs: Rungs;
  /** Whether a snapshot was saved once and none can be read: facts have to come from elsewhere. */
  readonly snapshotIsLost: boolean;
  readonly #root: RootIdentity;
  readonly #findings: readonly string[];
  readonly #quarantine: Quarantine;
  readonly #space: DiskSpace;
  readonly #follower: Follower;
  readonly #writer: Writer | undefined;
  #readOnly: string | undefined;
  #manifest: Manifest | undefined;
  #snapshot: SnapshotFile | undefined;
  #records: readonly JournalRecord[];
  #nextGeneration: number;
  #writing: Promise<unknown> = Promise.resolve();
  #saving: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** Use `openStore`. */
  constructor({ folder, root, found, rungs, quarantine, writer, readOnly }: OpenedStore) {
    this.folder = folder;
    this.indexId = found.indexId;
    this.state = found.state;
    this.rungs = rungs;
    this.snapshotIsLost = found.snapshot === undefined && found.manifest?.snapshot !== undefined;
    this.#root = root;
    this.#findings = found.findings;
    this.#quarantine = quarantine;
    this.#space = new DiskSpace(folder);
    this.#follower = new Follower(folder, root, found);
    this.#writer = writer;
    this.#readOnly = readOnly;
    this.#manifest = found.manifest;
    this.#snapshot = found.snapshot;
    this.#records = found.records;
    this.#nextGeneration = found.nextGeneration + 1;
  }

  /** Why nothing can be written; undefined while it can. */
  get readOnly(): string | undefined {
    return this.#readOnly;
  }

  /** What was wrong when it was opened, and what went wrong beside the work since, a sentence each. */
  get findings(): readonly string[] {
    const failure = this.#writer?.audit.failure;
    return failure ? [...this.#findings, `The audit log cannot be written: ${failure.message}`] : this.#findings;
  }

  /** Of the manifest in force; 0 when there is none. */
  get generation(): number {
    return this.#manifest?.generation ?? 0;
  }

  /** Last acknowledged batch; 0 before the first. */
  get lastSeq(): number {
    return this.#writer?.journals.current.lastSeq ?? this.#follower.lastSeq;
  }

  get snapshot(): SnapshotFile | undefined {
    return this.#snapshot;
  }

  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  /** Bytes: of the journals since the snapshot, and of the snapshot. */
  get sizes(): { readonly journal: number; readonly snapshot: number } {
    const journal = (this.#writer?.journals ?? this.#follower).bytesFrom(this.#manifest?.firstJournal ?? 0);
    return { journal, snapshot: this.#snapshot?.length ?? 0 };
  }

  /** What lies in quarantine. */
  get quarantined(): QuarantineTotals {
    return this.#quarantine.totals;
  }

  /** How many things its budget has cost the quarantine since the index was opened. */
  get quarantineDropped(): number {
    return this.#quarantine.dropped;
  }

  /** The acknowledged batches after the snapshot as they were when opened, in order. Once: they are not kept. */
  replay(): readonly JournalRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  /**
   * Makes batches durable, all of them or none; when it returns they are acknowledged. After an error nothing of them
   * counts, and the store is read-only until `resumeWriting` succeeds.
   */
  appendBatches(batches: readonly Batch[], cause?: string): Promise<BatchPlace[]> {
    return this.#exclusive((writer) => this.#append(writer, ({ current }) => current.append(batches, cause)));
  }

  async appendBatch(batch: Batch, cause?: string): Promise<BatchPlace> {
    return (await this.appendBatches([batch], cause))[0] as BatchPlace;
  }

  /** Starts a new journal, so that a checkpoint can make the ones before it needless. Does nothing to an empty one. */
  rotate(): Promise<void> {
    return this.#exclusive((writer) =>
      this.#append(writer, async (journals) => {
        if (journals.current.size > headerBytes) await journals.startNext();
      }),
    );
  }

  /**
   * Tries to write again after a failure, in a new journal: what the failed one holds beyond `lastSeq` does not count
   * any more. Throws what stands in the way, and stays read-only then.
   */
  resumeWriting(): Promise<void> {
    return this.#exclusive(async (writer) => {
      if (this.#readOnly === undefined) return;
      await this.#space.prepareToWrite();
      await writer.journals.startNext();
      this.#readOnly = undefined;
      writer.audit.note({ event: 'writing again', detail: journalName(writer.journals.current.k) });
    });
  }

  /**
   * Saves a new generation: snapshot, manifest, and only then removal of what neither it nor the generation before
   * needs. The caller has committed the search index, and called `rotate` before it took what it writes. A crash before
   * the manifest leaves the former generation in force with all its journals, after it the new one; files left over are
   * swept at the next start. An error leaves the former generation in force.
   */
  checkpoint(options: CheckpointOptions): Promise<SnapshotFile> {
    const saved = this.#saving
      .then(() => this.#save(this.#openWriter(), options))
      .catch((error: unknown) => {
        throw toStoreError(error, `Saving a snapshot in ${this.folder}`);
      });
    this.#saving = saved.catch(() => undefined); // told to the caller
    return saved;
  }

  /** Why the snapshot in force is not what was written; undefined when it is, or when there is none. */
  async snapshotDamage(): Promise<string | undefined> {
    const snapshot = this.#manifest?.snapshot;
    const failure = snapshot && this.#snapshot && (await verifySnapshot(this.folder, snapshot));
    return failure?.message;
  }

  /** Checks everything named by the manifest in force; returns what is wrong, a sentence each. Changes nothing. */
  verify(): Promise<string[]> {
    return verifyStore(this.folder, this.#root, this.lastSeq);
  }

  /** A new name for a file that nobody needs after the next checkpoint, which removes it, or after a crash. */
  scratchPath(): string {
    return join(this.folder, snapshotName(this.#nextGeneration++) + temporarySuffix);
  }

  /**
   * The disk is full, somewhere else than in the journal: frees what is derived and takes no more until
   * `resumeWriting`. Nothing acknowledged is lost.
   */
  async diskIsFull(reason: Error): Promise<void> {
    await this.#stopWriting(this.#openWriter(), reason);
  }

  /** Moves a file or folder of the index, such as a search folder, into quarantine. */
  async quarantine(path: string, reason: string): Promise<void> {
    const writer = this.#openWriter();
    await this.#quarantine.add(path, reason);
    writer.audit.note({ event: 'quarantine', detail: `${basename(path)}: ${reason}` });
  }

  /**
   * Moves manifests and snapshots that are damaged into quarantine; a generation without its snapshot goes as a whole.
   * For after a checkpoint: the generation in force is never touched.
   */
  async setAsideDamaged(): Promise<void> {
    const { valid, damaged } = await loadManifests(this.folder, this.#root);
    for (const { name, reason } of damaged) await this.quarantine(join(this.folder, name), reason);
    for (const { generation, snapshot } of valid) {
      const failure = snapshot && (await verifySnapshot(this.folder, snapshot));
      if (!failure || generation === this.generation) continue;
      const path = join(this.folder, snapshot.file);
      if (await exists(path)) await this.quarantine(path, failure.message);
      await this.quarantine(join(this.folder, manifestName(generation)), withoutSnapshot(generation));
    }
  }

  /** Notes an event in the audit log; readers note nothing. */
  audit(event: AuditEvent): void {
    this.#writer?.audit.note(event);
  }

  /** For readers: what was acknowledged since the store was opened or last refreshed. */
  refresh(): Promise<Refreshed> {
    return this.#follower.refresh();
  }

  /** Waits for writes under way and gives the lock up. Further writes throw. */
  close(): Promise<void> {
    return this.#end(() => Promise.resolve());
  }

  /** Closes the store and removes everything in its folder before it gives the lock up. */
  remove(): Promise<void> {
    return this.#end(() => emptyIndexFolder(this.folder));
  }

  async #end(beforeRelease: () => Promise<void>): Promise<void> {
    if (this.#closed || this.#writer === undefined) return;
    await this.#saving;
    this.#readOnly ??= 'it is closed';
    await this.#writing;
    this.#closed = true;
    try {
      await this.#writer.journals.current.close();
    } finally {
      await this.#writer.audit.close();
      try {
        await beforeRelease();
      } finally {
        this.#writer.lock.release();
      }
    }
  }

  /** Writes to the journal happen one after the other, in the order of the calls; saving goes on beside them. */
  #exclusive<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    const result = this.#writing.then(() => work(this.#openWriter()));
    this.#writing = result.catch(() => undefined); // told to the caller; the next one has its own result
    return result;
  }

  #openWriter(): Writer {
    if (this.#writer === undefined || this.#closed) throw this.#readOnlyError();
    return this.#writer;
  }

  #refuseReadOnly(): void {
    if (this.#readOnly !== undefined) throw this.#readOnlyError();
  }

  #readOnlyError(): StoreError {
    return new StoreError('ERR_READ_ONLY', `The index in ${this.folder} cannot be written: ${this.#readOnly}`);
  }

  async #append<T>(writer: Writer, write: (journals: Journals) => Promise<T>): Promise<T> {
    this.#refuseReadOnly();
    try {
      return await write(writer.journals);
    } catch (error) {
      const { failure } = writer.journals.current;
      if (failure !== undefined) await this.#stopWriting(writer, failure);
      throw error;
    }
  }

  /** Keeps what there is, in memory and on disk, and takes no more until `resumeWriting`. */
  async #stopWriting({ audit }: Writer, reason: Error): Promise<void> {
    if (this.#readOnly !== undefined) return;
    this.#readOnly = reason.message;
    audit.note({ event: 'append failed', detail: reason.message });
    if (!isDiskFull(reason)) return;
    for (const name of await this.#space.free()) audit.note({ event: 'freed for a full disk', detail: name });
  }

  async #save(writer: Writer, { seq, files, languages, search, write }: CheckpointOptions): Promise<SnapshotFile> {
    this.#refuseReadOnly();
    const former = this.#manifest as Manifest; // a writer always has one
    if (seq > this.lastSeq || seq < former.seq) {
      throw new RangeError(`A snapshot of batch ${seq} does not fit between ${former.seq} and ${this.lastSeq}.`);
    }
    const started = performance.now();
    await this.#space.require(Math.max(this.sizes.snapshot, this.sizes.journal));
    const generation = this.#nextGeneration++;
    const stamp = await writeSnapshot(this.folder, generation, write);
    await this.#exclusive(() => this.#append(writer, ({ current }) => current.noteSnapshot(generation, stamp.hash)));
    const manifest: Manifest = {
      ...former,
      format: manifestFormat,
      generation,
      seq,
      snapshot: { ...stamp, files },
      search: { ...search, folder: basename(search.folder) },
      // Either store can be lost, so the journals reach back to what the other one holds.
      firstJournal: writer.journals.holding(Math.min(seq, search.seq)),
      languages: languages.map(([name, version]) => [name, version]),
    };
    await writeManifest(this.folder, manifest);
    this.#manifest = manifest;
    const saved = { path: join(this.folder, stamp.file), length: stamp.length, seq };
    this.#snapshot = saved;
    await this.#trim(writer, [manifest, former]);
    const ms = Math.round(performance.now() - started);
    writer.audit.note({
      event: 'checkpoint',
      detail: `generation ${generation}, batch ${seq}, ${stamp.length} bytes`,
      ms,
    });
    return saved;
  }

  async #trim({ audit, journals }: Writer, kept: readonly Manifest[]): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (!isNeedless(name, kept)) continue;
      if (journals.isDamaged(name)) {
        await this.#quarantine.add(join(this.folder, name), 'damaged and not needed any more');
      } else {
        await removeFile(this.folder, name);
      }
      audit.note({ event: 'trim', detail: name });
    }
    journals.forgetBefore(Math.min(...kept.map(({ firstJournal }) => firstJournal)));
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined; // whatever the reason, it cannot be moved
}
