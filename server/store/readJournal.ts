// Reads a journal in bounded memory, whatever is left of it: acknowledged batches are handed out in order, a torn tail
// is measured, damage is reported and what lies behind it is found again. Changes nothing on disk.

import type { FileHandle } from 'node:fs/promises';
import { crc32c } from '../../native';
import { openRegular, readFully } from './durableFile';
import { toStoreError } from './errors';
import {
  chainAfter,
  decodeBatchSizes,
  decodeCommit,
  decodeHead,
  decodeHeader,
  decodeRemoved,
  headerBytes,
  recordHeadBytes,
  recordLink,
  recordSeed,
  RecordType,
  segmentStart,
  type JournalHeader,
  type RecordHead,
} from './journalFormat';

export interface JournalRecord {
  readonly seq: number;
  /** Paths that are no longer indexed. */
  readonly removed: readonly string[];
  /** Undefined unless asked for. */
  readonly segment: Uint8Array | undefined;
  /** Path of the journal. */
  readonly file: string;
  /** Absolute offset of the segment's bytes in the file, a multiple of 8. */
  readonly offset: number;
  /** Of the segment, in bytes. */
  readonly length: number;
}

/** The end of a whole group, from where reading can go on. */
export interface JournalPosition {
  readonly offset: number;
  /** Of the last acknowledged batch before it. */
  readonly seq: number;
  readonly chain: Buffer;
}

/** Bytes that should be records and are not, with acknowledged records after them. */
export interface JournalDamage {
  readonly offset: number;
  readonly length: number;
  readonly reason: string;
}

export interface JournalEnd {
  readonly header: JournalHeader;
  /** Behind the last acknowledged group. */
  readonly position: JournalPosition;
  /** Bytes after it: what a crash, or a writer at work, left of a group that is not acknowledged. */
  readonly cut: number;
  /** At most 100 places. */
  readonly damage: readonly JournalDamage[];
  /** Batches handed out. */
  readonly batches: number;
}

export interface ReadJournalOptions {
  /** Batches up to this seq are checked, but not handed out. */
  readonly afterSeq?: number;
  /** Batches beyond this seq were never acknowledged (the next journal says so) and are left out. */
  readonly untilSeq?: number;
  /** Hand out the segments' bytes; otherwise only where they lie. */
  readonly segments?: boolean;
  /** Go on from here instead of the start. */
  readonly from?: JournalPosition;
}

/**
 * Hands the acknowledged batches of a journal to `visit`, in order, and returns how the journal ends. A batch counts
 * when an intact Commit follows it. Damage never ends the reading: batches behind it are handed out as well, since each
 * carries a checksum of its own. Throws ERR_DAMAGED or ERR_NEWER_FORMAT when even the header cannot be used.
 */
export async function readJournal(
  path: string,
  options: ReadJournalOptions = {},
  visit: (record: JournalRecord) => void | Promise<void> = () => undefined,
): Promise<JournalEnd> {
  let handle: FileHandle | undefined;
  try {
    handle = await openRegular(path, 'r');
    const bytes = new ByteWindow(handle, (await handle.stat()).size);
    const header = decodeHeader(Buffer.from(await bytes.read(0, headerBytes)), path);
    return await new Reading(path, bytes, header, options, visit).run();
  } catch (error) {
    throw toStoreError(error, `Reading the journal ${path}`);
  } finally {
    await handle?.close();
  }
}

const windowBytes = 1 << 20;
const maxDamageReports = 100;

/** One pass over the records of one file. */
class Reading {
  readonly #path: string;
  readonly #bytes: ByteWindow;
  readonly #header: JournalHeader;
  readonly #options: ReadJournalOptions;
  readonly #visit: (record: JournalRecord) => void | Promise<void>;
  readonly #damage: JournalDamage[] = [];
  #position: JournalPosition;
  #batches = 0;
  /** The group being read: what the next Commit will acknowledge. */
  #pending: JournalRecord[] = [];
  #links: Buffer[] = [];
  #seq: number;
  /** Damage since the last Commit, reported when one follows: the group's count and chain cannot be checked then. */
  #broken: JournalDamage[] = [];
  /** How many records of the group were read before the last damage in it. */
  #linksAtDamage = 0;

  constructor(
    path: string,
    bytes: ByteWindow,
    header: JournalHeader,
    options: ReadJournalOptions,
    visit: (record: JournalRecord) => void | Promise<void>,
  ) {
    this.#path = path;
    this.#bytes = bytes;
    this.#header = header;
    this.#options = options;
    this.#visit = visit;
    this.#position = options.from ?? { offset: headerBytes, seq: header.baseSeq, chain: header.chain };
    this.#seq = this.#position.seq;
  }

  async run(): Promise<JournalEnd> {
    const size = this.#bytes.size;
    let at = this.#position.offset;
    while (at < size) {
      const record = await this.#readRecord(at);
      if (typeof record !== 'string') {
        at += record.head.totalBytes;
        await this.#take(record, at);
        continue;
      }
      const next = await this.#findRecord(at + 8);
      this.#noteDamage({ offset: at, length: next - at, reason: record });
      at = next;
    }
    return {
      header: this.#header,
      position: this.#position,
      cut: Math.max(0, size - this.#position.offset),
      damage: this.#damage.slice(0, maxDamageReports),
      batches: this.#batches,
    };
  }

  /** The intact record at `at`, or in which way it is not intact. */
  async #readRecord(at: number): Promise<ReadRecord | string> {
    const { size } = this.#bytes;
    const headBytes = Buffer.from(await this.#bytes.read(at, recordHeadBytes));
    const head = decodeHead(this.#header, at, headBytes, size);
    if (head === undefined) return 'no record begins here';
    const wanted =
      head.type === RecordType.batch &&
      this.#options.segments === true &&
      head.seq > (this.#options.afterSeq ?? 0) &&
      head.seq <= (this.#options.untilSeq ?? Infinity);
    const owned = wanted || head.totalBytes <= windowBytes ? await this.#bytes.copy(at, head.totalBytes) : undefined;
    const body = head.totalBytes - 4;
    const seed = recordSeed(this.#header, at);
    const crc = owned ? crc32c(owned.subarray(0, body), seed) : await this.#bytes.checksum(at, body, seed);
    const closing = owned ? owned.subarray(body) : await this.#bytes.read(at + body, 4);
    const stored = closing.length === 4 ? closing.readUInt32LE(0) : undefined; // shorter when the file was just cut
    if (crc !== stored) return 'the checksum of a record does not match';
    const bytesOf = async (from: number, length: number): Promise<Buffer> =>
      owned ? owned.subarray(from, from + length) : this.#bytes.copy(at + from, length);
    return { head, offset: at, link: recordLink(headBytes, crc), bytes: bytesOf, wanted };
  }

  /** Takes an intact record; `end` is where it ends. */
  async #take(record: ReadRecord, end: number): Promise<void> {
    const { head } = record;
    if (head.type === RecordType.commit) return this.#commit(record, end);
    this.#links.push(record.link);
    if (head.type !== RecordType.batch) return;
    const batch = await decodeBatch(this.#path, record);
    // Only a writer with a bug could have written either of these under a valid checksum.
    if (batch === undefined) return this.#reject(record, 'the parts of a batch do not fit together');
    const follows = this.#broken.length === 0 ? head.seq === this.#seq + 1 : head.seq > this.#seq;
    if (!follows) return this.#reject(record, `batch ${head.seq} comes after batch ${this.#seq}`);
    this.#seq = head.seq;
    this.#pending.push(batch);
  }

  async #commit(record: ReadRecord, end: number): Promise<void> {
    const commit = decodeCommit(await record.bytes(recordHeadBytes, record.head.payloadBytes));
    if (commit === undefined) return this.#reject(record, 'a commit is not well formed');
    const chain = chainAfter(this.#position.chain, this.#links);
    const whole = commit.count === this.#links.length && commit.chain.equals(chain);
    if (!whole && this.#broken.length === 0) this.#reject(record, 'a commit does not fit the records before it');
    // A group begins only after the one before it was acknowledged. So damage before this group is damage; damage
    // inside it is a torn tail if nothing follows, since a power cut may keep the Commit of the group under way and
    // lose an earlier block of it.
    const damagedInside = !whole && commit.count > this.#links.length - this.#linksAtDamage;
    if (damagedInside && (await this.#findRecord(end)) >= this.#bytes.size) return;
    this.#damage.push(...this.#broken);
    for (const batch of this.#pending) await this.#deliver(batch);
    this.#position = { offset: end, seq: Math.max(this.#seq, record.head.seq), chain: commit.chain };
    this.#seq = this.#position.seq;
    this.#pending = [];
    this.#links = [];
    this.#broken = [];
    this.#linksAtDamage = 0;
  }

  async #deliver(batch: JournalRecord): Promise<void> {
    const { afterSeq = 0, untilSeq = Infinity } = this.#options;
    if (batch.seq <= afterSeq || batch.seq > untilSeq) return;
    this.#batches++;
    await this.#visit(batch);
  }

  #reject({ offset, head }: ReadRecord, reason: string): void {
    this.#noteDamage({ offset, length: head.totalBytes, reason });
  }

  #noteDamage(damage: JournalDamage): void {
    this.#linksAtDamage = this.#links.length;
    if (this.#broken.length < maxDamageReports) this.#broken.push(damage);
  }

  /** Where the next intact record begins at or after `from`, or the size of the file. */
  async #findRecord(from: number): Promise<number> {
    const { size } = this.#bytes;
    for (let at = from; at + recordHeadBytes <= size; at += 8) {
      const head = await this.#bytes.read(at, recordHeadBytes);
      // The two cheapest conditions first: this loop may run over a whole file.
      const type = head[4] as number;
      if (type < RecordType.begin || type > RecordType.commit) continue;
      if (decodeHead(this.#header, at, head, size) === undefined) continue;
      if (typeof (await this.#readRecord(at)) !== 'string') return at;
    }
    return size;
  }
}

interface ReadRecord {
  readonly head: RecordHead;
  readonly offset: number;
  readonly link: Buffer;
  /** Whether its segment is handed out. */
  readonly wanted: boolean;
  /** Bytes of the record, counted from its start. */
  readonly bytes: (from: number, length: number) => Promise<Buffer>;
}

async function decodeBatch(
  path: string,
  { head, offset, wanted, bytes }: ReadRecord,
): Promise<JournalRecord | undefined> {
  if (head.payloadBytes < segmentStart - recordHeadBytes) return undefined;
  const sizes = decodeBatchSizes(await bytes(recordHeadBytes, segmentStart - recordHeadBytes), head.payloadBytes);
  if (sizes === undefined) return undefined;
  const { segmentBytes, removedBytes, removedCount } = sizes;
  const removed = decodeRemoved(await bytes(segmentStart + segmentBytes, removedBytes), removedCount);
  if (removed === undefined) return undefined;
  const segment = wanted ? await bytes(segmentStart, segmentBytes) : undefined;
  return { seq: head.seq, removed, segment, file: path, offset: offset + segmentStart, length: segmentBytes };
}

/** A file through a window that moves forward: many small reads cost one call. */
class ByteWindow {
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #window = Buffer.allocUnsafeSlow(windowBytes);
  #start = 0;
  #length = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** Up to a window's worth of bytes, fewer at the end of the file; valid until the next call. */
  async read(offset: number, length: number): Promise<Buffer> {
    if (offset < this.#start || offset + length > this.#start + this.#length) {
      this.#start = offset;
      this.#length = 0;
      const wanted = Math.max(0, Math.min(windowBytes, this.size - offset));
      this.#length = await readFully(this.#handle, this.#window.subarray(0, wanted), offset);
    }
    const from = offset - this.#start;
    return this.#window.subarray(from, Math.min(from + length, this.#length));
  }

  /** A copy in memory of its own, whose start is aligned for any typed array. `length` was checked against the size. */
  async copy(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    if (length <= windowBytes) (await this.read(offset, length)).copy(bytes);
    else await readFully(this.#handle, bytes, offset);
    return bytes;
  }

  async checksum(offset: number, length: number, seed: number): Promise<number> {
    let crc = seed;
    for (let done = 0; done < length; done += windowBytes) {
      crc = crc32c(await this.read(offset + done, Math.min(windowBytes, length - done)), crc);
    }
    return crc;
  }
}
