// What is fuzzed: everything that decodes bytes which we did not write this very moment, or text that somebody typed. A
// target takes any bytes and throws when a promise is broken. Which bytes, is not its business.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { blake3 } from '../../../native';
import { dumpRows } from '../../../server/export/dump';
import { MemorySource } from '../../../server/facts/byteSource';
import { FactStore } from '../../../server/facts/factStore';
import { SegmentDamagedError } from '../../../server/facts/layout';
import { Segment } from '../../../server/facts/segment';
import { MemorySpill } from '../../../server/facts/spill';
import { segmentOfStored, storedFile } from '../../../server/facts/storedFile';
import { ByteBudgetSettingError, resolveByteBudgets } from '../../../server/model/byteBudget';
import { pathFilter } from '../../../server/query/pathFilter';
import { QueryError } from '../../../server/query/queryError';
import { parseRankedQuery } from '../../../server/query/rankedQuery';
import { findSymbols } from '../../../server/query/symbols';
import { matchText } from '../../../server/search/textMatcher';
import { StoreError } from '../../../server/store/errors';
import {
  chainAfter,
  decodeHeader,
  encodeBatch,
  encodeCommit,
  encodeHeader,
  encodeRecord,
  headerBytes,
  RecordType,
} from '../../../server/store/journalFormat';
import { BoundedMessageReader, FramingError } from '../../../server/sharing/framing';
import { readJournal } from '../../../server/store/readJournal';
import { manifestName, readManifest } from '../../../server/store/manifest';
import { bytesOf, segmentOf } from '../../support/rows';
import { sealSegment, sealStoredFile } from './sealedSegment';

export interface Target {
  /** Throws when a promise is broken. */
  run(bytes: Buffer): void | Promise<void>;
  /** Input to start from. */
  readonly seeds: readonly Buffer[];
}

const outline = 'class Alpha exported\n  function beta in=Alpha\nvariable épée';
/** Three files, one of them skipped, with all that a small segment can hold. */
export const seedSegment = bytesOf(
  { path: 'a.ts', symbols: outline, text: 'one\ntwo\n', chunks: [{ mode: 'code', startLine: 0, endLine: 1 }] },
  { path: 'b/c.py', symbols: 'function beta', language: 'python' },
  { path: 'gone', skip: 'tooLarge', detail: 'x'.repeat(300) },
);
const manifest = {
  format: 2,
  minReader: 1,
  minWriter: 1,
  generation: 1,
  indexId: '0e984725-c51c-4bf4-9960-e1c80e27aba0',
  root: { path: '/home/x', id: 'ab'.repeat(16) },
  seq: 12,
  snapshot: { file: 'snapshot-1.seg', length: 5, hash: 'cd'.repeat(32), files: 3 },
  search: { folder: 'search-0a1b', seq: 11, seal: { meta: 'ef'.repeat(32), files: [] } },
  firstJournal: 4,
  languages: [['typescript', 3]],
};
const texts = (...lines: readonly string[]): Buffer[] => lines.map((line) => Buffer.from(line));

export const targets = {
  /** A segment whose checksums hold is read, searched and merged, or refused by the only error there is for it. */
  segment: { run: runSegment, seeds: [seedSegment, bytesOf({ path: '' })] },
  /** So is what the search index stores of a file. */
  storedFile: { run: runStoredFile, seeds: storedSeeds() },
  /** A journal gives back batches in order that lie inside of it, or is refused. */
  journal: { run: runJournal, seeds: journalSeeds() },
  /** A journal of any bytes behind an intact header. */
  journalBytes: { run: runJournalBytes, seeds: [Buffer.alloc(64, 1)] },
  /** A manifest with the right hash is refused, or is one that reads the same again. */
  manifest: { run: runManifest, seeds: texts(JSON.stringify(manifest), '{}', '[]') },
  /** A query is answered, or refused as the asker's mistake. */
  query: {
    run: runQuery,
    seeds: texts(
      'lang:go "a b" -c OR',
      'sym:x path:src/** -path:*.{a,b} changed:2d',
      'a::b',
      'is:test kind:class [!a-z',
    ),
  },
  /** So is a regular expression. */
  regex: { run: runRegex, seeds: texts('(a+)+$', '\\bfoo\\w{2,9}', '(?i)[[:alpha:]]|^x*', 'a\\nb') },
  /** Messages of a peer are the same however they are cut, and after nonsense there are none. */
  messages: { run: runMessages, seeds: [framed('{"jsonrpc":"2.0","id":1}', '[]', '{"ü":"→🜨"}'), framed('null')] },
  /** Budgets are what the settings say, or an error that names the setting. */
  budgets: {
    run: runBudgets,
    seeds: texts('{"chunks":{"maxBytes":5,"overflow":"trim"}}', '{"journal":"1 MiB"}', '{"__proto__":null}'),
  },
} satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;

function runSegment(bytes: Buffer): Promise<void> {
  return useSegment(
    refused(SegmentDamagedError, () => new Segment(new MemorySource(sealSegment(bytes)))),
    bytes.length,
  );
}

function runStoredFile(bytes: Buffer): Promise<void> {
  // What is made again for each symbol takes more than the symbol itself may, where most of its columns are 0.
  return useSegment(
    refused(SegmentDamagedError, () => segmentOfStored(sealStoredFile(bytes))),
    bytes.length * 40,
  );
}

function storedSeeds(): Buffer[] {
  const segment = new Segment(new MemorySource(seedSegment));
  return [0, 1].map((file) => storedFile({ segment, file }, segment.block(file)));
}

/** Reads, searches and merges a segment that was made of so many bytes. */
async function useSegment(segment: Segment | undefined, length: number): Promise<void> {
  if (segment === undefined) return;
  const rows = Array.from({ length: segment.files }, (_, file) => ({ segment, file }));
  refused(SegmentDamagedError, () => [...dumpRows(rows)]);
  const facts = new FactStore();
  refused(SegmentDamagedError, () => {
    facts.apply(segment);
    return findSymbols(facts, 'beta');
  });
  const lease = facts.lease();
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of (await facts.merge(lease, new MemorySpill())).pieces())
      pieces.push(Uint8Array.from(piece));
    assert.ok(Buffer.concat(pieces).length <= length * 4 + 4096, 'a merge is much larger than what it was made of');
    assert.equal(new Segment(new MemorySource(Buffer.concat(pieces))).files, lease.rows.length);
  } catch (error) {
    if (!(error instanceof SegmentDamagedError)) throw error;
  } finally {
    lease.release();
  }
}

/**
 * Builds a journal whose records are intact and say what the bytes say: of each record a byte for its kind, one for its
 * seq, one for the length of its payload, then that payload.
 */
async function runJournal(bytes: Buffer): Promise<void> {
  const file = [encodeHeader(1, 0, manifest.indexId)];
  const header = decodeHeader(file[0] as Buffer, 'a journal');
  let { chain } = header;
  let links: Buffer[] = [];
  let offset = headerBytes;
  for (let at = 0; at + 3 <= bytes.length;) {
    const [kind, seq, length] = bytes.subarray(at, at + 3) as unknown as [number, number, number];
    const own = bytes.subarray(at + 3, at + 3 + length);
    at += 3 + length;
    const type = ((kind & 3) + 1) as RecordType;
    let payload: readonly Uint8Array[] = [own];
    // Most groups are whole: what lies in them is handed out then.
    if (type === RecordType.commit && kind < 192) {
      chain = chainAfter(chain, links);
      payload = [encodeCommit(links.length, chain)];
      links = [];
    } else if (type === RecordType.batch && kind < 128) payload = encodeBatch(own, [String(seq)]);
    const record = encodeRecord(header, offset, type, seq, payload);
    if (type !== RecordType.commit) links.push(record.link);
    file.push(...(record.pieces as Buffer[]));
    offset += record.totalBytes;
  }
  await checkJournal(Buffer.concat(file));
}

function runJournalBytes(bytes: Buffer): Promise<void> {
  return checkJournal(Buffer.concat([encodeHeader(1, 0, manifest.indexId), bytes]));
}

async function checkJournal(bytes: Buffer): Promise<void> {
  const path = join(scratch(), 'journal-1.log');
  writeFileSync(path, bytes);
  let last = 0;
  const end = await readJournal(path, { segments: true }, ({ seq, offset, length, segment, removed }) => {
    assert.ok(seq > last, `batch ${seq} was handed out after ${last}`);
    last = seq;
    assert.ok(offset % 8 === 0 && offset + length <= bytes.length && segment?.length === length);
    assert.ok(removed.every((name) => typeof name === 'string'));
  });
  assert.ok(end.position.offset <= bytes.length && end.cut === bytes.length - end.position.offset);
  for (const { offset, length } of end.damage) assert.ok(length > 0 && offset + length <= bytes.length);
}

function journalSeeds(): Buffer[] {
  const batch = [1, 1, 4, 9, 9, 9, 9];
  const commit = [3, 1, 0];
  return [Buffer.from([0, 0, 1, 7, ...batch, ...commit, 1, 2, 0, ...commit]), Buffer.from([129, 1, 8, 1, 0, 0, 0])];
}

async function runManifest(bytes: Buffer): Promise<void> {
  const read = async (body: Buffer): ReturnType<typeof readManifest> => {
    const start = `{"blake3":"${blake3(body).toString('hex')}",\n"manifest":`;
    writeFileSync(join(scratch(), manifestName(1)), Buffer.concat([Buffer.from(start), body, Buffer.from('}\n')]));
    return readManifest(scratch(), manifestName(1));
  };
  let found: Awaited<ReturnType<typeof read>>;
  try {
    found = await read(bytes);
  } catch (error) {
    if (error instanceof StoreError) return;
    throw error;
  }
  assert.deepEqual(await read(Buffer.from(JSON.stringify(found))), found);
}

let queried: FactStore | undefined;

function runQuery(bytes: Buffer): void {
  const query = bytes.toString('utf8');
  const file = { path: 'src/a/b.ts', language: 'go', mode: 'code', flags: 0, changedMs: 1 } as const;
  refused(QueryError, () => parseRankedQuery(query, ['go', 'typescript']).accepts(file));
  refused(QueryError, () => pathFilter([query], [])(file.path));
  if (queried === undefined) {
    queried = new FactStore();
    queried.apply(segmentOf({ path: 'a.ts', symbols: outline }));
  }
  assert.ok((refused(QueryError, () => findSymbols(queried as FactStore, query))?.length ?? 0) <= 3);
}

async function runRegex(bytes: Buffer): Promise<void> {
  const asks = { regex: true, caseSensitive: false, wholeWord: false, multiline: true, contextLines: 1 };
  const bounds = { limit: 10, perFile: 10, threads: 1, maxFileBytes: 1e6, root: '/' };
  const text = `${'a'.repeat(200)}\nfoo bar ünï x = y;\r\n\0\n`;
  try {
    const { hits } = await matchText({ ...asks, ...bounds, pattern: bytes.toString('utf8') }, 'a.ts', text);
    for (const { line } of hits) assert.ok(line < 4, `a hit in line ${line}`);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_QUERY') throw error;
  }
}

function framed(...bodies: readonly string[]): Buffer {
  return Buffer.from(bodies.map((body) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`).join(''));
}

function runMessages(bytes: Buffer): void {
  const maxBytes = 64;
  const read = (step: number): readonly unknown[] => {
    const stream = new PassThrough();
    const reader = new BoundedMessageReader(stream, maxBytes);
    const found: unknown[] = [];
    reader.onError((error) => found.push(error.constructor.name));
    reader.listen((message) => found.push(message));
    for (let at = 0; at < bytes.length && !stream.destroyed; at += step) {
      stream.emit('data', bytes.subarray(at, at + step));
    }
    assert.equal(stream.destroyed, found.at(-1) === FramingError.name, 'who sends bytes without an end is hung up on');
    return found;
  };
  const whole = read(bytes.length);
  for (const message of whole) assert.ok(Buffer.byteLength(JSON.stringify(message)) <= maxBytes * 2);
  for (const step of [1, 7]) assert.deepEqual(read(step), whole);
}

function runBudgets(bytes: Buffer): void {
  let byteBudgets: unknown;
  try {
    byteBudgets = JSON.parse(bytes.toString('utf8'));
  } catch {
    return; // an editor hands over settings that were JSON
  }
  const budgets = refused(ByteBudgetSettingError, () => resolveByteBudgets({ byteBudgets, strict: false }));
  for (const { maxBytes } of Object.values(budgets ?? {})) assert.ok(maxBytes >= 0);
}

/** What `run` gives, or undefined when it refuses by the error that is meant for it. */
function refused<T>(expected: abstract new (...args: never[]) => Error, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}

let folder: string | undefined;

/** A folder of this process, which goes with it. */
function scratch(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'almagest-fuzz-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}
