// The write-ahead journal, writing side: groups of batches, each group durable with one fdatasync. Reading is in
// readJournal.ts, the layout in journalFormat.ts. It neither decodes segments nor decides when to start a new file.

import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegular, writeDurableFile, writeFully } from './durableFile';
import { StoreError, systemErrorCode, toStoreError } from './errors';
import {
  chainAfter,
  decodeHeader,
  encodeBatch,
  encodeCommit,
  encodeHeader,
  encodeRecord,
  RecordType,
  segmentStart,
  type JournalHeader,
} from './journalFormat';
import { readJournal, type JournalEnd } from './readJournal';

/** What one batch changes: a segment with the facts of its files (opaque here), and paths no longer indexed. */
export interface Batch {
  readonly segment: Uint8Array;
  readonly removed: readonly string[];
}

/** Where an acknowledged batch lies. */
export interface BatchPlace {
  readonly seq: number;
  /** Path of the journal. */
  readonly file: string;
  /** Absolute offset of the segment's bytes in the file, a multiple of 8. */
  readonly offset: number;
  /** Of the segment, in bytes. */
  readonly length: number;
}

/** Groups up to this size are copied together, so that a save costs one write. */
const coalesceBytes = 1 << 20;

export function journalName(k: number): string {
  return `journal-${k}.log`;
}

/** The number in a journal's name; undefined for other names. */
export function parseJournalName(name: string): number | undefined {
  const digits = /^journal-(0|[1-9]\d{0,14})\.log$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export class Journal {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #header: JournalHeader;
  #size: number;
  #seq: number;
  #chain: Buffer;
  #failure: Error | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, handle: FileHandle, header: JournalHeader, end: Pick<JournalEnd, 'position'>) {
    this.path = path;
    this.#handle = handle;
    this.#header = header;
    this.#size = end.position.offset;
    this.#seq = end.position.seq;
    this.#chain = end.position.chain;
  }

  /**
   * Starts journal `k`; `baseSeq` is the last acknowledged seq. A crash leaves either no journal `k` or an empty one,
   * both of which mean the same.
   */
  static async create(folder: string, k: number, baseSeq: number, indexId: string): Promise<Journal> {
    const bytes = encodeHeader(k, baseSeq, indexId);
    const { file } = await writeDurableFile(folder, journalName(k), (sink) => sink.write(bytes));
    const path = join(folder, file);
    const header = decodeHeader(bytes, path);
    const handle = await openRegular(path, 'r+');
    return new Journal(path, handle, header, { position: { offset: bytes.length, seq: baseSeq, chain: header.chain } });
  }

  /**
   * Opens a journal to append to it, cutting its torn tail: what a crash left of a group that was never acknowledged.
   * `end` is what reading it returned. Throws ERR_DAMAGED for a journal with damage, to which nothing is appended.
   * A crash before or after the cut leaves the same batches.
   */
  static async open(path: string, end?: JournalEnd): Promise<Journal> {
    const found = end ?? (await readJournal(path));
    if (found.damage.length > 0) {
      throw new StoreError(
        'ERR_DAMAGED',
        `The journal ${path} is damaged, so that nothing is appended to it. Repair the index.`,
      );
    }
    const handle = await openRegular(path, 'r+');
    try {
      if (found.cut > 0) await handle.truncate(found.position.offset);
      // What was read may be in the system's cache only; from here on it is built upon.
      await handle.datasync();
      return new Journal(path, handle, found.header, found);
    } catch (error) {
      await handle.close();
      throw toStoreError(error, `Opening the journal ${path}`);
    }
  }

  get k(): number {
    return this.#header.k;
  }

  /** Last seq acknowledged before this journal. */
  get baseSeq(): number {
    return this.#header.baseSeq;
  }

  /** Bytes of the file that are acknowledged. */
  get size(): number {
    return this.#size;
  }

  /** Seq of the last acknowledged batch, in this journal or before it. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** Why nothing can be appended any more; undefined while it can. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * Appends batches as one group with one fdatasync; when it returns, all of them are acknowledged, numbered from
   * `lastSeq + 1`. Calls are carried out in their order. After an error nothing of the group counts; after one of the
   * disk the journal takes no more, and every further call throws the same error. A crash before the fdatasync
   * returned leaves a torn tail, or the whole group.
   */
  async append(batches: readonly Batch[], cause?: string): Promise<BatchPlace[]> {
    const entries: Entry[] = batches.map(({ segment, removed }, i) => ({
      type: RecordType.batch,
      seqAhead: i + 1,
      payload: encodeBatch(segment, removed),
    }));
    if (cause !== undefined) entries.unshift({ type: RecordType.begin, seqAhead: 1, payload: [Buffer.from(cause)] });
    const { offsets, seq } = await this.#enqueue(entries);
    return batches.map(({ segment }, i) => {
      const record = offsets[i + entries.length - batches.length] as number;
      return { seq: seq + i + 1, file: this.path, offset: record + segmentStart, length: segment.length };
    });
  }

  /** Notes that a snapshot of everything up to `lastSeq` exists: a trace for people, nothing depends on it. */
  async noteSnapshot(generation: number, hash: string): Promise<void> {
    const payload = Buffer.from(JSON.stringify({ generation, hash }));
    await this.#enqueue([{ type: RecordType.snapshotCreated, seqAhead: 0, payload: [payload] }]);
  }

  /** Takes no more from now on: further appends throw `reason`. */
  seal(reason: Error): void {
    this.#failure ??= reason;
  }

  /** Waits for appends under way, then closes the file. Further appends throw. */
  async close(): Promise<void> {
    const closed = new StoreError('ERR_READ_ONLY', `The journal ${this.path} is closed.`);
    await this.#last;
    const failed = this.#failure !== undefined;
    this.#failure ??= closed;
    try {
      if (failed) await this.#cutTail();
    } finally {
      await this.#handle.close();
    }
  }

  /**
   * Bytes whose fsync failed may be read back now and be gone after a power cut, so the next start should not find them.
   * Where they cannot be cut off they stay what a crash leaves: a torn tail, or the whole group.
   */
  async #cutTail(): Promise<void> {
    try {
      await this.#handle.truncate(this.#size);
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
    }
  }

  #enqueue(entries: readonly Entry[]): Promise<Group> {
    const group = this.#last.then(() => this.#write(entries));
    this.#last = group.catch(() => undefined); // the caller gets the error; what follows sees #failure
    return group;
  }

  async #write(entries: readonly Entry[]): Promise<Group> {
    if (this.#failure) throw this.#failure;
    const seq = this.#seq;
    const pieces: Uint8Array[] = [];
    const links: Buffer[] = [];
    const offsets: number[] = [];
    let at = this.#size;
    const add = (type: RecordType, recordSeq: number, payload: readonly Uint8Array[]) => {
      const record = encodeRecord(this.#header, at, type, recordSeq, payload);
      pieces.push(...record.pieces);
      links.push(record.link);
      offsets.push(at);
      at += record.totalBytes;
    };
    for (const { type, seqAhead, payload } of entries) add(type, seq + seqAhead, payload);
    const lastSeq = seq + (entries.at(-1)?.seqAhead ?? 0);
    const chain = chainAfter(this.#chain, links);
    add(RecordType.commit, lastSeq, [encodeCommit(entries.length, chain)]);
    try {
      await this.#writePieces(pieces, at - this.#size);
      await this.#handle.datasync();
    } catch (error) {
      this.#failure = toStoreError(error, `Writing the journal ${this.path}`);
      throw this.#failure;
    }
    this.#size = at;
    this.#seq = lastSeq;
    this.#chain = chain;
    return { offsets, seq };
  }

  async #writePieces(pieces: readonly Uint8Array[], bytes: number): Promise<void> {
    let at = this.#size;
    for (const piece of bytes <= coalesceBytes ? [Buffer.concat(pieces)] : pieces) {
      await writeFully(this.#handle, piece, at);
      at += piece.length;
    }
  }
}

interface Entry {
  readonly type: RecordType;
  /** Its seq, counted from the last acknowledged one. */
  readonly seqAhead: number;
  readonly payload: readonly Uint8Array[];
}

interface Group {
  /** Of its records. */
  readonly offsets: readonly number[];
  /** Last seq before the group. */
  readonly seq: number;
}
