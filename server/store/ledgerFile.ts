// When each file of an index took the steps of its way into it, for people to read. A log beside the stores, on which
// nothing depends: it is not made durable, and what a crash or damage takes of it is not known any more. It grows by
// what a batch holds, and is written anew with a snapshot when most of it is out of date.
//
//   group   "ALML" | crc32c u32 of the rest | files u32 | 0 u32 | seq f64 | when found, read, journaled, searchable: f64,
//           ms since the epoch, 0 where it is not known | an entry per file of a batch
//   entry   crc32c of the path u32 | microseconds u32 | the first 8 bytes of the hash of the content
//
// A group without entries says since when every batch up to its seq is searchable. Numbers are little-endian.

import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from '../../native';
import { counted } from '../util/counted';
import { messageOf } from '../util/messageOf';
import { Slicer } from '../util/yielding';
import { openRegular, readSmallFile, writeDurableFile } from './durableFile';
import { systemErrorCode } from './errors';

/** A file with the content that it was indexed with. */
export interface LedgerKey {
  /** Root-relative, UTF-8. */
  readonly path: Uint8Array;
  /** BLAKE3 of the content. */
  readonly hash: Uint8Array;
}

/** When a file took which step, ms since the epoch. */
export interface FileTimes {
  /** A scan or a hint led to it. */
  readonly foundMs: number;
  /** The batch that it was extracted with began to be read. */
  readonly readMs: number;
  /** Time to read, hash, parse and extract it, microseconds. */
  readonly micros: number;
  /** Its facts were durable. */
  readonly journaledMs: number;
  /** Its text was in the search index; undefined before that, or where it is not known. */
  readonly searchableMs: number | undefined;
}

/** Files that became durable together. */
export interface LedgerGroup extends Pick<FileTimes, 'foundMs' | 'readMs' | 'journaledMs'> {
  /** Of their batch. */
  readonly seq: number;
  readonly files: readonly (LedgerKey & Pick<FileTimes, 'micros'>)[];
}

export const ledgerName = 'ledger.log';

const magic = 0x4c4d4c41;
const headBytes = 56;
const entryBytes = 16;
/** Larger than this it is not read, and not written to. */
const maxBytes = 128 << 20;
/** The last moment that a date can name. */
const maxTimeMs = 8.64e15;
/** So many bytes per indexed file, and as many more at least, before it is written anew: twice what files can take. */
const wornBytes = { perFile: 2 * (headBytes + entryBytes), atLeast: 64 << 10 };

export class LedgerFile {
  readonly #folder: string;
  readonly #warn: (line: string) => void;
  #bytes: number | undefined;
  #warned = false;
  #last: Promise<void> = Promise.resolve();

  /** @param warn hears once that it cannot be written */
  constructor(folder: string, warn: (line: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
  }

  /** Notes files that became durable. Only for the owner of the lock, like all that writes. */
  add(groups: readonly LedgerGroup[]): void {
    const bytes = groups.map(encodeGroup);
    this.#write(() => this.#append(bytes));
  }

  /** Notes that every batch up to `seq` is searchable from now on. */
  noteSearchable(seq: number): void {
    const mark = encodeHead(0, { seq, foundMs: 0, readMs: 0, journaledMs: 0, searchableMs: Date.now() });
    this.#write(() => this.#append([sealed(mark)]));
  }

  /** The times of a file with this content, the newest; undefined where they are not known. */
  async find(key: LedgerKey): Promise<FileTimes | undefined> {
    await this.#last;
    const bytes = await this.#read();
    const wanted = encodeEntry({ ...key, micros: 0 });
    for (const group of groupsIn(bytes).reverse()) {
      for (let at = group.start; at < group.end; at += entryBytes) {
        if (bytes.compare(wanted, 0, 4, at, at + 4) !== 0 || bytes.compare(wanted, 8, 16, at + 8, at + 16) !== 0)
          continue;
        const { foundMs, readMs, journaledMs, searchableMs } = group;
        const micros = bytes.readUInt32LE(at + 4);
        return { foundMs, readMs, micros, journaledMs, searchableMs: searchableMs === 0 ? undefined : searchableMs };
      }
    }
    return undefined;
  }

  /** Whether most of it is out of date, with so many files in the index. */
  isWorn(files: number): boolean {
    return (this.#bytes ?? 0) > wornBytes.atLeast + wornBytes.perFile * files;
  }

  /** Drops what is not of `live`, the files as they are after batch `seq`; later batches stay. Beside other work. */
  async compact(live: Iterable<LedgerKey>, seq: number): Promise<void> {
    const slicer = new Slicer();
    const wanted = new Set<number>();
    for (const key of live) {
      wanted.add(numberOf(encodeEntry({ ...key, micros: 0 }), 0));
      if (slicer.due) await slicer.pause();
    }
    this.#write(() => this.#rewrite(wanted, seq));
    await this.#last;
  }

  /** Waits until everything noted is written. */
  async close(): Promise<void> {
    await this.#last;
  }

  #write(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      if (!this.#warned) this.#warn(`when files were indexed is not noted: ${messageOf(error)}`);
      this.#warned = true;
    });
  }

  async #append(groups: readonly Buffer[]): Promise<void> {
    const path = join(this.#folder, ledgerName);
    this.#bytes ??= await sizeOf(path);
    // Behind a torn end groups begin at a multiple of 8 again, where they are looked for.
    const padding = Buffer.alloc((8 - (this.#bytes % 8)) % 8);
    const bytes = Buffer.concat([padding, ...groups]);
    if (this.#bytes + bytes.length > maxBytes) throw new Error(`${path} has ${counted(this.#bytes, 'byte')}`);
    await appendFile(path, bytes, { mode: 0o600 });
    this.#bytes += bytes.length;
  }

  async #rewrite(wanted: Set<number>, seq: number): Promise<void> {
    const bytes = await this.#read();
    const kept: Buffer[] = [];
    for (const group of groupsIn(bytes).reverse()) {
      const entries: Buffer[] = [];
      for (let at = group.start; at < group.end; at += entryBytes) {
        const isLive = group.seq > seq || wanted.delete(numberOf(bytes, at));
        if (isLive) entries.push(bytes.subarray(at, at + entryBytes));
      }
      if (entries.length > 0) kept.push(sealed(Buffer.concat([encodeHead(entries.length, group), ...entries])));
    }
    const stamp = await writeDurableFile(this.#folder, ledgerName, async (sink) => {
      for (const group of kept.reverse()) await sink.write(group);
    });
    this.#bytes = stamp.length;
  }

  /** What is too large, or no file, counts as empty. */
  async #read(): Promise<Buffer> {
    try {
      return (await readSmallFile(join(this.#folder, ledgerName), maxBytes)) ?? Buffer.alloc(0);
    } catch (error) {
      if (systemErrorCode(error) !== 'ERR_DAMAGED') throw error;
      return Buffer.alloc(0);
    }
  }
}

interface Head extends Pick<LedgerGroup, 'seq' | 'foundMs' | 'readMs' | 'journaledMs'> {
  /** 0 where it is not known. */
  searchableMs: number;
}

/** A group in the bytes of the file; its entries are `[start, end)`. */
interface GroupPlace extends Head {
  readonly start: number;
  readonly end: number;
}

function encodeGroup(group: LedgerGroup): Buffer {
  return sealed(
    Buffer.concat([encodeHead(group.files.length, { ...group, searchableMs: 0 }), ...group.files.map(encodeEntry)]),
  );
}

function encodeHead(files: number, { seq, foundMs, readMs, journaledMs, searchableMs }: Head): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(files, 8);
  [seq, foundMs, readMs, journaledMs, searchableMs].forEach((value, index) =>
    head.writeDoubleLE(value, 16 + index * 8),
  );
  return head;
}

function encodeEntry({ path, hash, micros }: LedgerGroup['files'][number]): Buffer {
  const entry = Buffer.alloc(entryBytes);
  entry.writeUInt32LE(crc32c(path), 0);
  entry.writeUInt32LE(micros, 4);
  entry.set(hash.subarray(0, 8), 8);
  return entry;
}

function sealed(group: Buffer): Buffer {
  group.writeUInt32LE(crc32c(group.subarray(8)), 4);
  return group;
}

/** An entry's path and content as a number: as many bits of both as one has. */
function numberOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) * 2 ** 21 + (bytes.readUInt32LE(at + 8) >>> 11);
}

/** The groups with entries, oldest first, each with the time at which it became searchable; what is damaged is left out. */
function groupsIn(bytes: Buffer): GroupPlace[] {
  const groups: GroupPlace[] = [];
  let waiting: GroupPlace[] = [];
  for (let at = 0; at + headBytes <= bytes.length;) {
    const group = groupAt(bytes, at);
    if (group === undefined) {
      at += 8;
      continue;
    }
    at = group.end;
    if (group.end > group.start) {
      groups.push(group);
      if (group.searchableMs === 0) waiting.push(group);
      continue;
    }
    for (const each of waiting) if (each.seq <= group.seq) each.searchableMs = group.searchableMs;
    waiting = waiting.filter(({ searchableMs }) => searchableMs === 0);
  }
  return groups;
}

function groupAt(bytes: Buffer, at: number): GroupPlace | undefined {
  if (bytes.readUInt32LE(at) !== magic) return undefined;
  const start = at + headBytes;
  const end = start + bytes.readUInt32LE(at + 8) * entryBytes;
  if (end > bytes.length || crc32c(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) return undefined;
  const number = (index: number): number => bytes.readDoubleLE(at + 16 + index * 8);
  const times = { foundMs: number(1), readMs: number(2), journaledMs: number(3), searchableMs: number(4) };
  // No time that somebody put there under a valid checksum may be one that has no date.
  if (!Object.values(times).every((time) => time >= 0 && time <= maxTimeMs)) return undefined;
  return { seq: number(0), ...times, start, end };
}

/** 0 when there is none. @throws ERR_DAMAGED when something else has its name */
async function sizeOf(path: string): Promise<number> {
  try {
    const handle = await openRegular(path, 'r');
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
