// The rungs of opening an index: newest manifest that validates, snapshot by hash or else the previous one, journals
// after it. Finds out what can be trusted and says what cannot; as a writer it also sets damaged files aside and sweeps
// what crashes left. Each rung writes what it found into the audit log.

import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditLog } from './auditLog';
import { temporarySuffix } from './durableFile';
import { StoreError } from './errors';
import type { RootIdentity } from './indexFolder';
import { journalName, parseJournalName } from './journal';
import { headerBytes } from './journalFormat';
import { loadManifests, manifestName, parseGeneration, type Manifest } from './manifest';
import { moveToQuarantine, removeFile } from './quarantine';
import type { Rungs, RungName } from './rungs';
import { readJournal, type JournalEnd, type JournalRecord } from './readJournal';
import { scratchName } from './scratchFile';
import { verifySnapshot } from './snapshotFile';
import { verifyNoteName } from './verifyNote';

export interface SnapshotFile {
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  /** Every batch up to this seq is in it. */
  readonly seq: number;
}

export interface JournalFile {
  readonly k: number;
  readonly path: string;
  readonly end: JournalEnd;
}

export interface Recovered {
  /** `empty`: nothing was ever saved. `damaged`: batches may be missing; a scan of the workspace brings them back. */
  readonly state: 'empty' | 'ok' | 'damaged';
  readonly indexId: string;
  /** Of the generation in use; undefined for an index without a usable one. */
  readonly manifest: Manifest | undefined;
  /** Of the newest valid manifest, which is not in use when its snapshot is damaged; 0 without any. */
  readonly newestGeneration: number;
  readonly snapshot: SnapshotFile | undefined;
  /** In order. */
  readonly journals: readonly JournalFile[];
  /** Acknowledged batches after the snapshot, in order, without the segments' bytes. */
  readonly records: readonly JournalRecord[];
  /** Last acknowledged seq. */
  readonly lastSeq: number;
  /** Free numbers: no file has them, not even a damaged one. */
  readonly nextGeneration: number;
  readonly nextJournal: number;
  /** What was wrong, a sentence each. */
  readonly findings: readonly string[];
}

/** `audit` is given to writers only: without it nothing on disk is changed. */
export async function recover(
  folder: string,
  root: RootIdentity,
  audit: AuditLog | undefined,
  rungs: Rungs,
): Promise<Recovered> {
  return new Recovery(folder, root, audit, rungs).run();
}

/** Says that acknowledged batches are gone, where a journal is the first thing after them. */
export function missingBatches(first: number, last: number, before?: string): string {
  const what = first === last ? `Batch ${first} is` : `Batches ${first} to ${last} are`;
  return `${what} missing${before === undefined ? '' : ` before ${before}`}.`;
}

/** Why the manifest of a generation goes with its snapshot. */
export function withoutSnapshot(generation: number): string {
  return `Generation ${generation} cannot be used without its snapshot.`;
}

/** Names of the journals in a folder, in order. */
export async function listJournals(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => parseJournalName(name) ?? []).sort((a, b) => a - b);
}

class Recovery {
  readonly #folder: string;
  readonly #root: RootIdentity;
  readonly #audit: AuditLog | undefined;
  readonly #rungs: Rungs;
  readonly #findings: string[] = [];
  #damaged = false;

  constructor(folder: string, root: RootIdentity, audit: AuditLog | undefined, rungs: Rungs) {
    this.#folder = folder;
    this.#root = root;
    this.#audit = audit;
    this.#rungs = rungs;
  }

  async run(): Promise<Recovered> {
    const names = await readdir(this.#folder);
    const nextGeneration = 1 + Math.max(0, ...names.flatMap((name) => generationOf(name) ?? []));
    const nextJournal = 1 + Math.max(0, ...names.flatMap((name) => parseJournalName(name) ?? []));
    const { valid, damaged } = await this.#rung(
      'manifest',
      names.filter((name) => parseGeneration(name, 'manifest') !== undefined).join(' '),
      () => this.#readManifests(),
    );
    if (valid.length === 0) await this.#giveUp(names, damaged.length > 0);
    const { manifest, snapshot } = await this.#rung(
      'snapshot',
      valid.map((each) => each.snapshot?.file ?? '').join(' '),
      () => this.#findSnapshot(valid),
    );
    const journals = await this.#rung('journals', `after batch ${snapshot?.seq ?? 0}`, () =>
      this.#readJournals(manifest, snapshot),
    );
    await this.#sweep(names, valid, manifest);
    return {
      ...journals,
      // A seq that was ever given out is not given out again, even when all that had it is lost.
      lastSeq: Math.max(journals.lastSeq, ...valid.map(({ seq, search }) => Math.max(seq, search?.seq ?? 0))),
      state: this.#damaged ? 'damaged' : manifest === undefined ? 'empty' : 'ok',
      indexId: manifest?.indexId ?? randomUUID(),
      manifest,
      newestGeneration: valid[0]?.generation ?? 0,
      snapshot,
      nextGeneration,
      nextJournal,
      findings: this.#findings,
    };
  }

  async #readManifests(): Promise<{ valid: readonly Manifest[]; damaged: readonly { name: string }[] }> {
    const found = await loadManifests(this.#folder, this.#root);
    for (const { name, reason } of found.damaged) await this.#setAside(name, reason);
    return found;
  }

  /** Without a manifest nothing can be told to be ours: all goes to quarantine, and the sources are read again. */
  async #giveUp(names: readonly string[], hadManifest: boolean): Promise<void> {
    for (const name of names) {
      if (parseJournalName(name) === undefined && parseGeneration(name, 'snapshot') === undefined) continue;
      // A first start that did not come to its manifest leaves an empty journal, which is swept.
      const unused = !hadManifest && (await stat(join(this.#folder, name))).size <= headerBytes;
      if (!unused) await this.#setAside(name, `${name} is named by no valid manifest.`);
    }
  }

  /**
   * The newest generation with an intact snapshot. A generation whose snapshot is damaged is set aside as a whole, so
   * that the one before it is in force, whose journals are still there. The last one left is kept for its identity.
   */
  async #findSnapshot(
    valid: readonly Manifest[],
  ): Promise<{ manifest: Manifest | undefined; snapshot: SnapshotFile | undefined }> {
    for (const manifest of valid) {
      const { snapshot: entry, seq, generation } = manifest;
      if (entry === undefined) return { manifest, snapshot: undefined };
      const failure = await verifySnapshot(this.#folder, entry);
      if (failure === undefined) {
        return { manifest, snapshot: { path: join(this.#folder, entry.file), length: entry.length, seq } };
      }
      await this.#setAside(entry.file, failure.message);
      if (manifest !== valid.at(-1)) await this.#setAside(manifestName(generation), withoutSnapshot(generation));
    }
    return { manifest: valid.at(-1), snapshot: undefined };
  }

  /**
   * The journals behind the snapshot. Each begins where the one before it ended; what is missing in between was lost,
   * what is too much was never acknowledged. Without a snapshot every journal that is left is read.
   */
  async #readJournals(
    manifest: Manifest | undefined,
    snapshot: SnapshotFile | undefined,
  ): Promise<{ journals: JournalFile[]; records: JournalRecord[]; lastSeq: number }> {
    const afterSeq = snapshot?.seq ?? 0;
    const whole = snapshot !== undefined || manifest?.snapshot === undefined;
    const found = await this.#readEach(whole ? (manifest?.firstJournal ?? 0) : 0, afterSeq, manifest?.indexId);
    const records: JournalRecord[] = [];
    let lastSeq = afterSeq;
    for (const [i, { k, end, batches }] of found.entries()) {
      const { baseSeq } = end.header;
      if (baseSeq > lastSeq) this.#report(missingBatches(lastSeq + 1, baseSeq, journalName(k)));
      const untilSeq = found[i + 1]?.end.header.baseSeq ?? Infinity;
      for (const batch of batches) if (batch.seq <= untilSeq) records.push(batch);
      lastSeq = Math.max(lastSeq, Math.min(end.position.seq, untilSeq));
    }
    if (manifest !== undefined && !found.some(({ k }) => k === manifest.firstJournal)) {
      this.#report(
        `${journalName(manifest.firstJournal)} is missing or unusable; batches after ${afterSeq} may be lost.`,
      );
    }
    return { journals: found, records, lastSeq };
  }

  async #readEach(first: number, afterSeq: number, indexId: string | undefined): Promise<ReadJournalFile[]> {
    const found: ReadJournalFile[] = [];
    for (const k of (await listJournals(this.#folder)).filter((number) => number >= first)) {
      const name = journalName(k);
      const path = join(this.#folder, name);
      const batches: JournalRecord[] = [];
      try {
        const end = await readJournal(path, { afterSeq }, (batch) => void batches.push(batch));
        if (end.header.k !== k || (indexId !== undefined && end.header.indexId !== indexId)) {
          throw new StoreError('ERR_DAMAGED', `${name} belongs to another index or place.`);
        }
        for (const { offset, length, reason } of end.damage) {
          this.#report(`${name} is damaged at byte ${offset} (${length} bytes): ${reason}.`);
        }
        if (end.cut > 0)
          this.#audit?.note({
            event: 'journals',
            detail: `${name}: ${end.cut} bytes at its end were never acknowledged`,
          });
        found.push({ k, path, end, batches });
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'ERR_DAMAGED') throw error;
        await this.#setAside(name, error.message);
      }
    }
    return found;
  }

  /**
   * Removes what neither the generation in use nor the one before needs: files of unfinished writes and of generations
   * given up. While anything is damaged, nothing is removed.
   */
  async #sweep(names: readonly string[], valid: readonly Manifest[], inUse: Manifest | undefined): Promise<void> {
    if (this.#audit === undefined || this.#damaged) return;
    const kept = valid.filter(({ generation }) => generation <= (inUse?.generation ?? 0)).slice(0, 2);
    for (const name of names.filter((each) => isNeedless(each, kept))) {
      await removeFile(this.#folder, name);
      this.#audit.note({ event: 'sweep', detail: name });
    }
  }

  async #setAside(name: string, reason: string): Promise<void> {
    this.#report(reason);
    if (this.#audit && (await readdir(this.#folder)).includes(name)) {
      await moveToQuarantine(this.#folder, join(this.#folder, name), reason);
    }
  }

  #report(finding: string): void {
    this.#damaged = true;
    this.#findings.push(finding);
  }

  #rung<T>(name: RungName, input: string, work: () => Promise<T>): Promise<T> {
    const before = this.#findings.length;
    return this.#rungs.run(name, input, () => this.#findings.slice(before).join(' ') || 'ok', work);
  }
}

interface ReadJournalFile extends JournalFile {
  readonly batches: readonly JournalRecord[];
}

/** Whether a file of the index folder is named by none of the manifests that are kept, newest first. */
export function isNeedless(name: string, kept: readonly Manifest[]): boolean {
  const k = parseJournalName(name);
  if (k !== undefined) return k < Math.min(...kept.map(({ firstJournal }) => firstJournal));
  if (parseGeneration(name, 'snapshot') !== undefined) return !kept.some(({ snapshot }) => snapshot?.file === name);
  if (parseGeneration(name, 'manifest') !== undefined) {
    return !kept.some(({ generation }) => manifestName(generation) === name);
  }
  const final = name.endsWith(temporarySuffix) ? name.slice(0, -temporarySuffix.length) : undefined;
  if (final === verifyNoteName || name === scratchName) return true;
  return final !== undefined && (generationOf(final) ?? parseJournalName(final)) !== undefined;
}

function generationOf(name: string): number | undefined {
  return parseGeneration(name, 'manifest') ?? parseGeneration(name, 'snapshot');
}
