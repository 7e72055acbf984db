// Calls every entry of native until it gives an answer, and prints which errors came before it. Started by panics.test.ts
// with an environment in which each point panics once.

import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as native from '../../../native';

const folder = mkdtempSync(join(tmpdir(), 'almagest-entries-'));
const root = join(folder, 'root');
const file = join(root, 'a.ts');
mkdirSync(root);
writeFileSync(file, 'const needle = 1;\n');
const descriptor = openSync(file, 'r+');
const walkOptions = { root, excludes: [], threads: 1, maxDepth: 9, maxFiles: 9 };
const extractOptions = {
  ...{ root, threads: 1, deadlineMs: 1000, maxFileBytes: 1e6 },
  ...{ maxParseBytes: 1e6, maxLineBytes: 1e4, maxRows: 1e3 },
};
const grepOptions = {
  ...{ root, pattern: 'needle', regex: false, caseSensitive: true, wholeWord: false, multiline: false },
  ...{ limit: 9, perFile: 9, threads: 1, maxFileBytes: 1e6, contextLines: 0 },
};
const writable = { create: true, writable: true, memoryBytes: 15e6, secret: 'test' };
const names: native.NameTable = {
  nameBytes: Buffer.from('needle'),
  nameOffsets: Uint32Array.of(0, 6),
  nameLetters: new Uint32Array(1),
  nameRepeats: new Uint32Array(1),
  nameInitials: new Uint32Array(1),
};
const required: native.RequiredSets = { letters: 0, repeats: 0, initials: 0 };

let index: native.SearchIndex;
let lock: native.FileLock;
let hash: native.Blake3;
let pattern: native.NamePattern;
const open = async (): Promise<void> => void (index = await native.SearchIndex.open(join(folder, 'index'), writable));
const text = 'const needle = 1;\n';

const entry = (): native.FileEntry => ({
  ...{ path: 'a.ts', hash: Buffer.alloc(32), facts: Buffer.from('facts'), language: 'typescript', flags: 0 },
  ...{ names: Buffer.from('needle'), nameOffsets: new Uint32Array([0, 6]), symbols: new Uint32Array([0, 0]) },
  chunks: new Uint32Array(0),
});

/** In an order in which each finds what it needs. */
const calls: Readonly<Record<string, () => unknown>> = {
  languages: () => native.languages(),
  lowerPriority: () => native.lowerPriority(),
  networkFileSystem: () => native.networkFileSystem(root),
  peerUser: () => refused(() => native.peerUser(descriptor)),
  lockRange: () => native.lockRange(descriptor, 'exclusive', 0, 1),
  rangeIsLocked: () => native.rangeIsLocked(descriptor, 0, 1),
  syncFolder: () => native.syncFolder(root),
  acquireLock: async () => void (lock = await native.acquireLock(join(folder, 'LOCK'), 'test')),
  'FileLock.held': () => lock.held,
  'FileLock.release': () => lock.release(),
  blake3: () => native.blake3(Buffer.from(text)),
  'Blake3.new': () => void (hash = new native.Blake3()),
  'Blake3.update': () => hash.update(Buffer.from(text)),
  'Blake3.digest': () => hash.digest(),
  crc32c: () => native.crc32c(Buffer.from(text)),
  hashFile: () => native.hashFile(file, 0, text.length),
  hashFiles: () => native.hashFiles(root, ['a.ts'], 1e6),
  readTexts: () => native.readTexts(root, ['a.ts'], 1e6),
  walk: () => native.walk(walkOptions),
  explainPath: () => native.explainPath(walkOptions, 'a.ts'),
  extractFiles: () => native.extractFiles(extractOptions, ['a.ts'], true),
  extractText: () => native.extractText(extractOptions, 'a.ts', text),
  parseOnly: () => native.parseOnly(extractOptions, ['a.ts']),
  inFlight: () => native.inFlight(),
  releaseArrays: () => native.releaseArrays([new ArrayBuffer(8)]),
  grepFiles: () => native.grepFiles(grepOptions, ['a.ts']),
  grepText: () => native.grepText(grepOptions, 'a.ts', text),
  bestLines: () => native.bestLines(root, [{ path: 'a.ts', startLine: 0, endLine: 0 }], ['needle']),
  'NamePattern.new': () => void (pattern = new native.NamePattern(Buffer.from('nee'), Buffer.from('nee'), required)),
  'NamePattern.matches': () => pattern.matches(Buffer.from('needle')),
  'NamePattern.tiers': () => pattern.tiers(names, Uint32Array.of(0)),
  'NamePattern.find': () => pattern.find(names, 0, 1, { wordStarts: 9, substring: 9, subsequence: 9 }),
  'SearchIndex.open': open,
  'SearchIndex.apply': () => index.apply(root, 1, [entry()], []),
  'SearchIndex.commit': () => index.commit('payload'),
  'SearchIndex.payload': () => index.payload,
  'SearchIndex.search': () => index.search({ query: 'needle', limit: 9, offset: 0 }),
  'SearchIndex.storedFacts': () => index.storedFacts(undefined, 9),
  'SearchIndex.storedContents': () => index.storedContents(undefined, 9),
  'SearchIndex.merge': () => index.merge(1),
  'SearchIndex.countWords': () => index.countWords(),
  'SearchIndex.stats': () => index.stats(),
  'SearchIndex.verify': () => index.verify(),
  'SearchIndex.recount': () => index.recount(),
  'SearchIndex.files': () => index.files(),
  'SearchIndex.close': () => index.close(),
  'SearchIndex.salvage': () => native.SearchIndex.salvage(join(folder, 'index'), join(folder, 'salvaged'), '{}'),
};

/** Errors are expected of a call that cannot succeed here, but for a panic. */
function refused(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (codeOf(error) === 'ERR_PANIC') throw error;
  }
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown }).code);
}

const errors: { entry: string; code: string; message: string }[] = [];

/** Calls an entry until it answers. */
async function answered(entry: string): Promise<void> {
  while (errors.length < 200) {
    try {
      return void (await calls[entry]?.());
    } catch (error) {
      errors.push({ entry, code: codeOf(error), message: (error as Error).message });
      if (codeOf(error) !== 'ERR_INDEX_CLOSED') continue;
      // What is in memory is not trusted any more.
      await answered('SearchIndex.close');
      await answered('SearchIndex.open');
    }
  }
}

async function main(): Promise<void> {
  for (const entry of Object.keys(calls)) await answered(entry);
  process.stdout.write(JSON.stringify({ entries: Object.keys(calls), errors }));
}

void main().finally(() => rmSync(folder, { recursive: true, force: true }));
