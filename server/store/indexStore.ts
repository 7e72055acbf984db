// The durable side of one index: lock, recovery, journal, snapshots, manifests. What it acknowledged is there after a
// kill or a power cut at any instant. It knows neither what a segment holds nor how the search index works.

import { rm, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { syncFolder } from '../../native';
import { resolveByteBudget } from '../model/byteBudget';
import { AuditLog, type AuditEvent } from './auditLog';
import { DiskSpace } from './diskSpace';
import { isDiskFull, StoreError, systemErrorCode, toStoreError } from './errors';
import { Follower, type Refreshed } from './follower';
import { defaultIndexDir, emptyIndexFolder, identifyRoot, prepareIndexFolder, type RootIdentity } from './indexFolder';
import { Journal, journalName, type Batch, type BatchPlace } from './journal';
import { headerBytes } from './journalFormat';
import { temporarySuffix, type ByteSink } from './durableFile';
import { takeWriterLock, type WriterLock } from './lock';
import {
  compatibleFormat,
  loadManifests,
  manifestFormat,
  manifestName,
  snapshotName,
  writeManifest,
  type Manifest,
  type SearchEntry,
} from './manifest';
import { moveToQuarantine, removeFile, quarantineTotals, trimQuarantine, type QuarantineTotals } from './quarantine';
import type { JournalRecord } from './readJournal';
import { isNeedless, recover, withoutSnapshot, type Recovered, type SnapshotFile } from './recovery';
import { Rungs } from './rungs';
import { verifySnapshot, writeSnapshot } from './snapshotFile';
import { verifyStore } from './verifyStore';

export interface OpenStoreOptions {
  /** The workspace root. */
  readonly root: string;
  /** Folder of all indexes; the user's cache folder when absent. */
  readonly indexDir?: string;
  /** `reader` never asks for the lock. A writer that does not get it becomes a reader, and `readOnly` says why. */
  readonly mode?: 'writer' | 'reader';
  /** The writer lock, when the caller has it already. */
  readonly lock?: WriterLock;
  /** What may lie in quarantine; the default of its budget if absent. */
  readonly quarantineBytes?: number;
}

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

/**
 * Opens, or makes, the index of a root. Throws a StoreError when the place cannot be trusted, or holds the index of
 * another root or of a newer Almagest; damage is no error, but told by `state` and `findings`.
 */
export async function openStore({
  root,
  indexDir,
  mode = 'writer',
  lock: held,
  quarantineBytes = resolveByteBudget('quarantine').maxBytes,
}: OpenStoreOptions): Promise<IndexStore> {
  const identity = await identifyRoot(root);
  const folder = await prepareIndexFolder(identity, indexDir ?? defaultIndexDir(process.platform, process.env));
  const lock = held ?? (mode === 'writer' ? await takeWriterLock(folder) : undefined);
  if (lock === undefined) return openReader(folder, identity, 'opened for reading');
  if (lock instanceof StoreError) return openReader(folder, identity, lock.message);
  const open = (): Promise<IndexStore> => openWriter(folder, identity, lock, quarantineBytes);
  try {
    return await open().catch(async (error: unknown) => {
      // What is kept to be given back is enough to open it.
      if (!isDiskFull(error) || (await new DiskSpace(folder).free()).length === 0) throw error;
      return open();
    });
  } catch (error) {
    lock.release();
    throw toStoreError(error, `Opening the index in ${folder}`);
  }
}

async function openReader(folder: string, root: RootIdentity, readOnly: string): Promise<IndexStore> {
  const rungs = new Rungs(undefined);
  rungs.note('lock', folder, readOnly, 0);
  const recovered = await recover(folder, root, undefined, rungs);
  const opening = { rungs, quarantined: await quarantineTotals(folder) };
  return new IndexStore(folder, root, recovered, readOnly, undefined, opening);
}

async function openWriter(
  folder: string,
  root: RootIdentity,
  lock: WriterLock,
  quarantineBytes: number,
): Promise<IndexStore> {
  const minWriter = Math.max(0, ...(await loadManifests(folder, root)).valid.map((manifest) => manifest.minWriter));
  if (minWriter > manifestFormat) {
    lock.release();
    return openReader(folder, root, `a newer Almagest writes this index (format ${minWriter}); update Almagest`);
  }
  const audit = new AuditLog(folder);
  await new DiskSpace(folder).keepBallast().catch((error: unknown) => {
    // It helps on a full disk; the index is whole without it.
    audit.note({ event: 'no ballast', detail: error instanceof Error ? error.message : String(error) });
  });
  const rungs = new Rungs(audit);
  rungs.note('lock', folder, 'taken', 0);
  // Names that a process made which then failed may be in the system's cache only; from here on they are built upon.
  await syncFolder(folder);
  const recovered = await recover(folder, root, audit, rungs);
  const { manifest, indexId, lastSeq } = recovered;
  const last = recovered.journals.at(-1);
  // Nothing is appended behind damage, nor to a journal that ends elsewhere than the index does.
  const reusable = last?.end.damage.length === 0 && last.end.position.seq === lastSeq && recovered.state === 'ok';
  const journal = reusable
    ? await Journal.open(last.path, last.end)
    : await Journal.create(folder, recovered.nextJournal, lastSeq, indexId);
  const inForce = manifest ?? firstManifest(root, recovered, journal.k);
  try {
    if (manifest === undefined) await writeManifest(folder, inForce);
    const quarantineDropped = await trimQuarantine(folder, quarantineBytes);
    const opening = { rungs, quarantined: await quarantineTotals(folder), quarantineDropped };
    const writer = { lock, audit, journal, quarantineBytes };
    return new IndexStore(folder, root, { ...recovered, manifest: inForce }, undefined, writer, opening);
  } catch (error) {
    await journal.close();
    throw error;
  }
}

function firstManifest(root: RootIdentity, { indexId, nextGeneration }: Recovered, firstJournal: number): Manifest {
  const [format, minReader, minWriter] = [manifestFormat, compatibleFormat, compatibleFormat];
  const nothing = { seq: 0, snapshot: undefined, search: undefined, languages: [] };
  return { format, minReader, minWriter, generation: nextGeneration, indexId, root, firstJournal, ...nothing };
}

interface Writer {
  readonly lock: WriterLock;
  readonly audit: AuditLog;
  readonly quarantineBytes: number;
  journal: Journal;
}

/** What an opening leaves to be told. */
interface Opening {
  readonly rungs: Rungs;
  readonly quarantined: QuarantineTotals;
  readonly quarantineDropped?: number;
}

interface KnownJournal {
  readonly k: number;
  readonly baseSeq: number;
  readonly bytes: number;
  readonly damaged: boolean;
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
  readonly #findings: string[];
  readonly #writer: Writer | undefined;
  #readOnly: string | undefined;
  #manifest: Manifest | undefined;
  #snapshot: SnapshotFile | undefined;
  #records: readonly JournalRecord[];
  readonly #follower: Follower;
  #nextGeneration: number;
  #nextJournal: number;
  /** Journals on disk that may be needed, in order, except the writer's own. */
  #journals: KnownJournal[];
  #writing: Promise<unknown> = Promise.resolve();
  #saving: Promise<unknown> = Promise.resolve();
  #quarantined: QuarantineTotals;
  #quarantineDropped: number;
  readonly #space: DiskSpace;
  #closed = false;

  /** Use `openStore`. */
  constructor(
    folder: string,
    root: RootIdentity,
    found: Recovered,
    readOnly: string | undefined,
    writer: Writer | undefined,
    { rungs, quarantined, quarantineDropped = 0 }: Opening,
  ) {
    this.folder = folder;
    this.indexId = found.indexId;
    this.state = found.state;
    this.rungs = rungs;
    this.#space = new DiskSpace(folder);
    this.#quarantined = quarantined;
    this.#quarantineDropped = quarantineDropped;
    this.#root = root;
    this.snapshotIsLost = found.snapshot === undefined && found.manifest?.snapshot !== undefined;
    this.#findings = [...found.findings];
    this.#readOnly = readOnly;
    this.#writer = writer;
    this.#manifest = found.manifest;
    this.#snapshot = found.snapshot;
    this.#records = found.records;
    this.#follower = new Follower(folder, root, found);
    this.#nextGeneration = found.nextGeneration + 1;
    this.#nextJournal = Math.max(found.nextJournal, (writer?.journal.k ?? 0) + 1);
    this.#journals = found.journals
      .filter(({ k }) => k !== writer?.journal.k)
      .map(({ k, end }) => ({
        k,
        baseSeq: end.header.baseSeq,
        bytes: end.position.offset,
        damaged: end.damage.length > 0,
      }));
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
    return this.#writer?.journal.lastSeq ?? this.#follower.lastSeq;
  }

  get snapshot(): SnapshotFile | undefined {
    return this.#snapshot;
  }

  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  /** Bytes: of the journals since the snapshot, and of the snapshot. */
  get sizes(): { readonly journal: number; readonly snapshot: number } {
    const needed = this.#journals.filter(({ k }) => k >= (this.#manifest?.firstJournal ?? 0));
    const journal = needed.reduce((sum, { bytes }) => sum + bytes, this.#writer?.journal.size ?? 0);
    return { journal, snapshot: this.#snapshot?.length ?? 0 };
  }

  /** What lies in quarantine. */
  get quarantined(): QuarantineTotals {
    return this.#quarantined;
  }

  /** How many things its budget has cost the quarantine since the index was opened. */
  get quarantineDropped(): number {
    return this.#quarantineDropped;
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
    return this.#exclusive((writer) => this.#append(writer, () => writer.journal.append(batches, cause)));
  }

  async appendBatch(batch: Batch, cause?: string): Promise<BatchPlace> {
    return (await this.appendBatches([batch], cause))[0] as BatchPlace;
  }

  /** Starts a new journal, so that a checkpoint can make the ones before it needless. Does nothing to an empty one. */
  rotate(): Promise<void> {
    return this.#exclusive((writer) =>
      this.#append(writer, async () => {
        if (writer.journal.size > headerBytes) await this.#newJournal(writer);
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
      await this.#newJournal(writer);
      this.#readOnly = undefined;
      writer.audit.note({ event: 'writing again', detail: journalName(writer.journal.k) });
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
    await moveToQuarantine(this.folder, path, reason);
    this.#quarantineDropped += await trimQuarantine(this.folder, writer.quarantineBytes);
    this.#quarantined = await quarantineTotals(this.folder);
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
      await this.#writer.journal.close();
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

  async #append<T>(writer: Writer, write: () => Promise<T>): Promise<T> {
    this.#refuseReadOnly();
    try {
      return await write();
    } catch (error) {
      if (writer.journal.failure !== undefined) await this.#stopWriting(writer, writer.journal.failure);
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
    await this.#exclusive(() => this.#append(writer, () => writer.journal.noteSnapshot(generation, stamp.hash)));
    const manifest: Manifest = {
      ...former,
      format: manifestFormat,
      generation,
      seq,
      snapshot: { ...stamp, files },
      search: { ...search, folder: basename(search.folder) },
      // Either store can be lost, so the journals reach back to what the other one holds.
      firstJournal: this.#firstJournalAfter(writer, Math.min(seq, search.seq)),
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

  /** Number of the journal that holds, or will hold, the first batch after `seq`. */
  #firstJournalAfter({ journal }: Writer, seq: number): number {
    if (journal.baseSeq <= seq) return journal.k;
    const holding = this.#journals.filter(({ baseSeq }) => baseSeq <= seq).at(-1) ?? this.#journals[0];
    return holding?.k ?? journal.k;
  }

  /** A crash in here leaves an empty journal more, to which the next start appends. */
  async #newJournal(writer: Writer): Promise<void> {
    const { journal: full } = writer;
    const own = { k: full.k, baseSeq: full.baseSeq, bytes: full.size, damaged: false };
    const k = this.#nextJournal++;
    try {
      writer.journal = await Journal.create(this.folder, k, this.lastSeq, this.indexId);
    } catch (error) {
      const failure = toStoreError(error, `Starting ${journalName(k)} in ${this.folder}`);
      await this.#withdrawJournal(full, k, failure);
      throw failure;
    }
    this.#journals.push(own);
    await full.close();
  }

  /**
   * A journal that failed while it was made may be there after a crash, and would deny what the one before it takes from
   * now on. So it goes, durably, or the one before it takes no more.
   */
  async #withdrawJournal(former: Journal, k: number, failure: Error): Promise<void> {
    try {
      await rm(join(this.folder, journalName(k)), { force: true });
      await syncFolder(this.folder);
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      former.seal(failure);
    }
  }

  async #trim(writer: Writer, kept: readonly Manifest[]): Promise<void> {
    const damaged = new Set(this.#journals.filter((journal) => journal.damaged).map(({ k }) => journalName(k)));
    for (const name of await readdir(this.folder)) {
      if (!isNeedless(name, kept)) continue;
      if (damaged.has(name))
        await moveToQuarantine(this.folder, join(this.folder, name), 'damaged and not needed any more');
      else await removeFile(this.folder, name);
      writer.audit.note({ event: 'trim', detail: name });
    }
    const oldest = Math.min(...kept.map(({ firstJournal }) => firstJournal));
    this.#journals = this.#journals.filter(({ k }) => k >= oldest);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined; // whatever the reason, it cannot be moved
}
