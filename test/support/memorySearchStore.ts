// A search store in memory: the smallest thing that keeps the promises of `SearchStore`, to hold the real one against.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowRef } from '../../server/facts/merge';
import { storedFile } from '../../server/facts/storedFile';
import { ChunkColumn } from '../../server/model/columns';
import { modeOf, modes, type Mode } from '../../server/model/mode';
import {
  contentBytes,
  type RankedHit,
  type SearchOptions,
  type SearchStats,
  type SearchStore,
  type SearchWatermark,
  type StoredContents,
  type StoredFacts,
  type WordCounts,
} from '../../server/search/searchStore';
import { comparePaths } from '../../server/util/pathOrder';

interface Entry {
  readonly seq: number;
  readonly hash: Buffer;
  readonly facts: Buffer;
  /** `list` has every word as often as the chunk. */
  readonly chunks: readonly { readonly hit: RankedHit; readonly list: readonly string[] }[];
}

export class MemorySearchStore implements SearchStore {
  readonly #visible = new Map<string, Entry>();
  readonly #pending = new Map<string, Entry | undefined>();
  #watermark: SearchWatermark | undefined;

  get watermark(): SearchWatermark | undefined {
    return this.#watermark;
  }

  apply(root: string, seq: number, rows: readonly RowRef[], removed: readonly string[]): Promise<readonly string[]> {
    for (const path of removed) this.#pending.set(path, undefined);
    for (const row of rows) this.#pending.set(row.segment.path(row.file), entryOf(root, seq, row));
    return Promise.resolve([]);
  }

  commit(watermark: SearchWatermark): Promise<void> {
    for (const [path, entry] of this.#pending) {
      if (entry === undefined) this.#visible.delete(path);
      else this.#visible.set(path, entry);
    }
    this.#pending.clear();
    this.#watermark = watermark;
    return Promise.resolve();
  }

  search({ query, limit, offset }: SearchOptions): Promise<{ hits: RankedHit[]; total: number }> {
    const words = wordsOf(query);
    const hits = [...this.#visible.values()]
      .flatMap(({ chunks }) => chunks)
      .filter((chunk) => words.every((word) => chunk.list.includes(word)))
      .map(({ hit }) => hit);
    return Promise.resolve({ hits: hits.slice(offset, offset + limit), total: hits.length });
  }

  storedFacts(after: string | undefined, limit: number): Promise<readonly StoredFacts[]> {
    return Promise.resolve(this.#page(after, limit).map(([path, { seq, facts }]) => ({ path, seq, facts })));
  }

  storedContents(after: string | undefined, limit: number): Promise<StoredContents> {
    const page = this.#page(after, limit);
    const hashes = page.map(([, { hash }]) => hash.subarray(0, contentBytes));
    return Promise.resolve({ paths: page.map(([path]) => path), hashes: Buffer.concat(hashes) });
  }

  get files(): readonly string[] {
    return [];
  }

  recount(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  merge(): Promise<void> {
    return Promise.resolve();
  }

  countWords(): Promise<ReadonlyMap<Mode, WordCounts>> {
    const chunks = [...this.#visible.values()].flatMap((entry) => entry.chunks);
    const ofMode = (mode: Mode): WordCounts => {
      const lists = chunks.filter(({ hit }) => modeOf(hit.mode) === mode).map(({ list }) => list);
      const postings = lists.reduce((sum, list) => sum + new Set(list).size, 0);
      return { tokens: lists.flat().length, postings, vocabulary: new Set(lists.flat()).size };
    };
    const used = modes.filter((mode) => ofMode(mode).tokens > 0);
    return Promise.resolve(new Map(used.map((mode) => [mode, ofMode(mode)])));
  }

  stats(): SearchStats {
    return { segments: 1, documents: this.#visible.size, deleted: 0, bytes: 0 };
  }

  verify(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #page(after: string | undefined, limit: number): [string, Entry][] {
    return [...this.#visible]
      .filter(([path]) => after === undefined || comparePaths(path, after) > 0)
      .sort((a, b) => comparePaths(a[0], b[0]))
      .slice(0, limit);
  }
}

function entryOf(root: string, seq: number, row: RowRef): Entry {
  const path = row.segment.path(row.file);
  const block = row.segment.block(row.file);
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  const chunks = Array.from({ length: block.rows('chunks') }, (_, chunk) => {
    const at = (column: number): number => block.value('chunks', column, chunk);
    const [startLine, endLine] = [at(ChunkColumn.startLine), at(ChunkColumn.endLine)];
    const text = lines.slice(startLine, endLine + 1).join('\n');
    const hit = { path, mode: at(ChunkColumn.mode), startLine, endLine, score: 1 };
    return { hit, list: wordsOf(text) };
  });
  return { seq, hash: row.segment.hash(row.file), facts: storedFile(row, block), chunks };
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
