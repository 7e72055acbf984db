// The layout of a journal file, as pure functions over bytes: header, records, checksums. It reads and writes no file.
//
//   file    header (64 bytes), then records, each at a multiple of 8
//   header  magic 8 | format u32 | 0 u32 | k u64 | base seq u64 | index id 16 | salt 8 | 0 u32 | crc32c u32
//   record  len u32 | type u8 | check u24 | seq u64 | payload (len bytes) | zeros | crc32c u32
//   group   any records, then a Commit that counts them and chains their checksums to those of the groups before
//
// All numbers are little-endian. `check` is the low 24 bits of crc32c(salt ‖ k ‖ offset ‖ len ‖ type ‖ seq), so that a
// length is trusted only after its header was, and so that looking for the next record after damage takes linear time
// even in hostile bytes. The closing crc32c covers salt ‖ k ‖ offset and the record up to it: a stale or moved block
// never validates. In a Batch the segment begins 32 bytes after the record, at a multiple of 8.

import { randomBytes } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { blake3, crc32c } from '../../native';
import { StoreError } from './errors';

export const journalFormat = 1;
export const headerBytes = 64;
/** The part of a record before its payload. */
export const recordHeadBytes = 16;
/** From the start of a Batch record to its segment. */
export const segmentStart = 32;
/** A record's payload is never larger: a longer length is damage, a larger batch is refused. */
const maxPayloadBytes = 1 << 30;

export const RecordType = { begin: 1, batch: 2, snapshotCreated: 3, commit: 4 } as const;
export type RecordType = (typeof RecordType)[keyof typeof RecordType];

export interface JournalHeader {
  /** The number in the file's name. */
  readonly k: number;
  /** Last seq acknowledged before this journal; what an earlier journal holds beyond it was never acknowledged. */
  readonly baseSeq: number;
  /** Lower-case uuid of the index. */
  readonly indexId: string;
  /** Salt ‖ k, the start of every checksum of this file. */
  readonly key: Buffer;
  /** Chain hash before the first group. */
  readonly chain: Buffer;
}

/** The first 16 bytes of a record, validated by its check. */
export interface RecordHead {
  readonly type: RecordType;
  readonly seq: number;
  readonly payloadBytes: number;
  /** Of the whole record, closing checksum included: a multiple of 8. */
  readonly totalBytes: number;
}

const magic = Buffer.from('ALMJRNL\n', 'latin1');
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The bytes of a new journal's header, with a salt of its own. */
export function encodeHeader(k: number, baseSeq: number, indexId: string): Buffer {
  if (!uuidPattern.test(indexId)) throw new TypeError(`Not a lower-case uuid: "${indexId}".`);
  const bytes = Buffer.alloc(headerBytes);
  magic.copy(bytes, 0);
  bytes.writeUInt32LE(journalFormat, 8);
  writeSafeInteger(bytes, k, 16);
  writeSafeInteger(bytes, baseSeq, 24);
  bytes.write(indexId.replaceAll('-', ''), 32, 'hex');
  randomBytes(8).copy(bytes, 48);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** Reads a header; throws ERR_DAMAGED or ERR_NEWER_FORMAT naming `path`. */
export function decodeHeader(bytes: Buffer, path: string): JournalHeader {
  const damaged = (what: string) =>
    new StoreError('ERR_DAMAGED', `The journal ${path} is damaged: ${what}. Repair the index.`);
  if (bytes.length < headerBytes) throw damaged('its header is cut off');
  if (!bytes.subarray(0, 8).equals(magic)) throw damaged('it does not begin as a journal does');
  if (crc32c(bytes.subarray(0, 60)) !== bytes.readUInt32LE(60))
    throw damaged('the checksum of its header does not match');
  const format = bytes.readUInt32LE(8);
  if (format > journalFormat) {
    throw new StoreError(
      'ERR_NEWER_FORMAT',
      `The journal ${path} has format ${format}, written by a newer Almagest. Update Almagest.`,
    );
  }
  const k = readSafeInteger(bytes, 16);
  const baseSeq = readSafeInteger(bytes, 24);
  if (k === undefined || baseSeq === undefined) throw damaged('its header holds an impossible number');
  const id = bytes.toString('hex', 32, 48);
  const indexId = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
  const key = Buffer.concat([bytes.subarray(48, 56), bytes.subarray(16, 24)]);
  return { k, baseSeq, indexId, key, chain: blake3(bytes.subarray(0, headerBytes)) };
}

/** Size of the whole record around a payload of so many bytes. */
function recordBytes(payloadBytes: number): number {
  return Math.ceil((recordHeadBytes + payloadBytes + 4) / 8) * 8;
}

/**
 * A record as the pieces to write one after the other (the payload's are not copied), and its link: what the chain hash
 * takes from it.
 */
export function encodeRecord(
  header: JournalHeader,
  offset: number,
  type: RecordType,
  seq: number,
  payload: readonly Uint8Array[],
): { pieces: Uint8Array[]; totalBytes: number; link: Buffer } {
  const payloadBytes = payload.reduce((sum, piece) => sum + piece.length, 0);
  if (payloadBytes > maxPayloadBytes) {
    throw new StoreError(
      'ERR_TOO_LARGE',
      `A journal record of ${payloadBytes} bytes is over the limit of ${maxPayloadBytes}. Index in smaller batches.`,
    );
  }
  const totalBytes = recordBytes(payloadBytes);
  const head = Buffer.alloc(recordHeadBytes);
  head.writeUInt32LE(payloadBytes, 0);
  head.writeUInt8(type, 4);
  writeSafeInteger(head, seq, 8);
  head.writeUIntLE(headCheck(header, offset, head), 5, 3);
  const tail = Buffer.alloc(totalBytes - recordHeadBytes - payloadBytes);
  let crc = crc32c(head, recordSeed(header, offset));
  for (const piece of payload) crc = crc32c(piece, crc);
  crc = crc32c(tail.subarray(0, tail.length - 4), crc);
  tail.writeUInt32LE(crc, tail.length - 4);
  return { pieces: [head, ...payload, tail], totalBytes, link: recordLink(head, crc) };
}

/** The head of the record at `offset`, or undefined when these bytes are not one, or it does not end by `end`. */
export function decodeHead(header: JournalHeader, offset: number, head: Buffer, end: number): RecordHead | undefined {
  if (head.length < recordHeadBytes) return undefined;
  const type = head.readUInt8(4);
  if (type < RecordType.begin || type > RecordType.commit) return undefined;
  const payloadBytes = head.readUInt32LE(0);
  const totalBytes = recordBytes(payloadBytes);
  if (payloadBytes > maxPayloadBytes || offset + totalBytes > end) return undefined;
  const seq = readSafeInteger(head, 8);
  if (seq === undefined || head.readUIntLE(5, 3) !== headCheck(header, offset, head)) return undefined;
  return { type: type as RecordType, seq, payloadBytes, totalBytes };
}

/** Where the closing checksum of the record at `offset` starts from; then come all its bytes but the last four. */
export function recordSeed(header: JournalHeader, offset: number): number {
  const where = Buffer.alloc(8);
  writeSafeInteger(where, offset, 0);
  return crc32c(where, crc32c(header.key));
}

/** What the chain hash takes from a record. */
export function recordLink(head: Buffer, crc: number): Buffer {
  const link = Buffer.alloc(recordHeadBytes + 4);
  head.copy(link, 0, 0, recordHeadBytes);
  link.writeUInt32LE(crc, recordHeadBytes);
  return link;
}

/** The chain hash after a group. */
export function chainAfter(chain: Buffer, links: readonly Buffer[]): Buffer {
  return blake3(Buffer.concat([chain, ...links]));
}

/** The payload of a Batch as pieces: segment bytes, removed bytes, removed count, 0, then both. */
export function encodeBatch(segment: Uint8Array, removed: readonly string[]): Uint8Array[] {
  const paths = removed.map((path) => {
    const bytes = Buffer.from(path, 'utf8');
    if (bytes.toString('utf8') !== path) throw new TypeError(`Not a valid path: ${JSON.stringify(path)}.`);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const list = Buffer.concat(paths);
  const sizes = Buffer.alloc(segmentStart - recordHeadBytes);
  sizes.writeUInt32LE(segment.length, 0);
  sizes.writeUInt32LE(list.length, 4);
  sizes.writeUInt32LE(removed.length, 8);
  return [sizes, segment, list];
}

/** The sizes at the start of a Batch's payload, or undefined when they contradict the payload's own size. */
export function decodeBatchSizes(
  sizes: Buffer,
  payloadBytes: number,
): { segmentBytes: number; removedBytes: number; removedCount: number } | undefined {
  if (sizes.length < segmentStart - recordHeadBytes) return undefined;
  const segmentBytes = sizes.readUInt32LE(0);
  const removedBytes = sizes.readUInt32LE(4);
  const removedCount = sizes.readUInt32LE(8);
  if (segmentStart - recordHeadBytes + segmentBytes + removedBytes !== payloadBytes) return undefined;
  return removedCount * 4 <= removedBytes ? { segmentBytes, removedBytes, removedCount } : undefined;
}

/** The removed paths of a Batch, or undefined when the list is not well formed. */
export function decodeRemoved(list: Buffer, count: number): string[] | undefined {
  const paths: string[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > list.length) return undefined;
    const start = at + 4;
    at = start + list.readUInt32LE(at);
    if (at > list.length) return undefined;
    const bytes = list.subarray(start, at);
    if (!isUtf8(bytes)) return undefined;
    paths.push(bytes.toString('utf8'));
  }
  return at === list.length ? paths : undefined;
}

/** The payload of a Commit: records in the group, 0, chain hash after it. */
export function encodeCommit(count: number, chain: Buffer): Buffer {
  const payload = Buffer.alloc(40);
  payload.writeUInt32LE(count, 0);
  chain.copy(payload, 8);
  return payload;
}

/** Undefined when the payload is not that of a Commit. */
export function decodeCommit(payload: Buffer): { count: number; chain: Buffer } | undefined {
  if (payload.length !== 40) return undefined;
  return { count: payload.readUInt32LE(0), chain: Buffer.from(payload.subarray(8)) };
}

function headCheck(header: JournalHeader, offset: number, head: Buffer): number {
  let crc = crc32c(head.subarray(0, 5), recordSeed(header, offset));
  crc = crc32c(head.subarray(8, recordHeadBytes), crc);
  return crc & 0xffffff;
}

function writeSafeInteger(bytes: Buffer, value: number, at: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Not a number to store: ${value}.`);
  bytes.writeBigUInt64LE(BigInt(value), at);
}

function readSafeInteger(bytes: Buffer, at: number): number | undefined {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  return Number.isSafeInteger(value) ? value : undefined;
}
