// `token_postings`: each word of the texts with the files that have it. Texts are read as they were indexed; postings are
// gathered up to a bound, spilled sorted to scratch files, and merged, so that memory does not grow with the workspace.

import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RowRef } from '../../facts/merge';
import { CancellationError, type CancellationToken } from '../../util/cancellation';
import { indexedTexts } from '../../workspace/indexedTexts';

/** About 100 MiB. */
const maxPostings = 4 << 20;
/** Files and bytes read at once. */
const batchFiles = 64;
const batchBytes = 16 << 20;
/** Larger files are no text that anyone wrote. */
const maxFileBytes = 32 << 20;
/** Longer words are keys, digests and encoded data. */
const maxWordLength = 64;

export interface TokenInput {
  readonly root: string;
  /** All rows, in path order: a posting names a file by its place among them, which is its row in `file_meta`. */
  readonly rows: readonly RowRef[];
  /** Folder for scratch files, which are gone at the end. */
  readonly scratch: string;
  /** Hears of the bytes of all scratch files whenever there is one more; what it throws ends the writing. */
  readonly onSpill: (bytes: number) => void;
  readonly onFile: (done: number) => void;
  /** In memory at once, but for those of one file; as many as take about 100 MiB if absent. */
  readonly maxPostings?: number;
  readonly token: CancellationToken;
}

/** How many files had another text than the indexed one, and are not in the postings. */
export interface TokenResult {
  unread: number;
}

/** Rows `{"token","files","postings":[[file,count],…]}` by the UTF-16 code units of the token. */
export async function* tokenPostings(input: TokenInput, result: TokenResult): AsyncGenerator<string> {
  const runs: string[] = [];
  const most = input.maxPostings ?? maxPostings;
  let spilled = 0;
  try {
    let memory = new Map<string, number[]>();
    let held = 0;
    for await (const { file, words } of wordsOfFiles(input, result)) {
      for (const [word, count] of words) {
        const list = memory.get(word);
        if (list === undefined) memory.set(word, [file, count]);
        else list.push(file, count);
      }
      held += words.size;
      if (held < most) continue;
      runs.push(join(input.scratch, `token_postings.run-${runs.length}`));
      spilled += await spill(memory, runs[runs.length - 1] as string);
      input.onSpill(spilled);
      memory = new Map();
      held = 0;
    }
    const last = sortedEntries(memory);
    memory = new Map();
    const sources: AsyncIterator<Entry>[] = runs.map((run) => readRun(run));
    sources.push(last[Symbol.asyncIterator]());
    for await (const [token, postings] of merged(sources)) yield rowOf(token, postings);
  } finally {
    for (const run of runs) await rm(run, { force: true });
  }
}

type Entry = readonly [token: string, postings: readonly number[]];

async function* wordsOfFiles({ root, rows, onFile, token }: TokenInput, result: TokenResult) {
  let batch: { readonly file: number; readonly path: string; readonly hash: Buffer }[] = [];
  let bytes = 0;
  for (let file = 0; file <= rows.length; file++) {
    const row = rows[file];
    const isText = row !== undefined && row.segment.byte(row.file, 'skip') === 0;
    if (isText) {
      bytes += row.segment.hot.sizes[row.file] as number;
      batch.push({ file, path: row.segment.path(row.file), hash: row.segment.hash(row.file) });
    }
    if (batch.length < batchFiles && bytes < batchBytes && row !== undefined) continue;
    if (token.isCancellationRequested) throw new CancellationError();
    const texts = await indexedTexts(root, batch, maxFileBytes);
    for (const [index, each] of batch.entries()) {
      const text = texts[index];
      if (text === undefined) result.unread++;
      else yield { file: each.file, words: countWords(text.toString('utf8')) };
    }
    onFile(file);
    batch = [];
    bytes = 0;
  }
}

/** Words of a text in lower case, with their numbers. */
function countWords(text: string): Map<string, number> {
  const words = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}_]+/gu)) {
    if (word.length <= maxWordLength) words.set(word, (words.get(word) ?? 0) + 1);
  }
  return words;
}

async function* sortedEntries(memory: Map<string, number[]>): AsyncGenerator<Entry> {
  for (const token of [...memory.keys()].sort()) yield [token, memory.get(token) ?? []];
}

/** @returns bytes of the file */
async function spill(memory: Map<string, number[]>, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  try {
    let waiting: string[] = [];
    let length = 0;
    for await (const [token, postings] of sortedEntries(memory)) {
      const line = `${token} ${postings.join(' ')}\n`;
      waiting.push(line);
      length += line.length;
      if (length < 1 << 20) continue;
      await file.write(waiting.join(''));
      waiting = [];
      length = 0;
    }
    await file.write(waiting.join(''));
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

async function* readRun(path: string): AsyncGenerator<Entry> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    const [token = '', ...postings] = line.split(' ');
    yield [token, postings.map(Number)];
  }
}

/** Runs follow each other in the order of the files, so postings of one token are joined as they come. */
async function* merged(sources: readonly AsyncIterator<Entry>[]): AsyncGenerator<Entry> {
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let least: string | undefined;
    for (const head of heads) {
      if (head.done !== true && (least === undefined || head.value[0] < least)) least = head.value[0];
    }
    if (least === undefined) return;
    const postings: number[] = [];
    for (const [index, head] of heads.entries()) {
      if (head.done === true || head.value[0] !== least) continue;
      for (const each of head.value[1]) postings.push(each);
      heads[index] = await (sources[index] as AsyncIterator<Entry>).next();
    }
    yield [least, postings];
  }
}

function rowOf(token: string, postings: readonly number[]): string {
  const pairs: string[] = [];
  for (let i = 0; i < postings.length; i += 2) pairs.push(`[${postings[i]},${postings[i + 1]}]`);
  return `{"token":${JSON.stringify(token)},"files":${pairs.length},"postings":[${pairs.join(',')}]}`;
}
