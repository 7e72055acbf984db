// Makes hits out of lines that were found: which symbol they lie in, and in which mode, from the facts.

import type { FileBlock } from '../facts/block';
import type { Facts } from '../facts/factStore';
import { ChunkColumn } from '../model/columns';
import { modeNumber, modeOf, modes, type Mode } from '../model/mode';
import type { SearchHit } from '../protocol';
import type { GrepHit } from '../search/textMatcher';
import { containerOf, nameOf, symbolAround } from './symbolRows';

interface FileFacts {
  readonly block: FileBlock | undefined;
  readonly mode: Mode;
}

/** Knows the files of one answer; reads the block of each once. */
export class HitMaker {
  readonly #facts: Facts;
  readonly #toUri: (path: string) => string;
  readonly #files = new Map<string, FileFacts>();

  constructor(facts: Facts, toUri: (path: string) => string) {
    this.#facts = facts;
    this.#toUri = toUri;
  }

  hit({ path, line, text, ranges, before, after }: GrepHit, score?: number): SearchHit {
    const pairs: [number, number][] = [];
    for (let i = 0; i + 1 < ranges.length; i += 2) {
      const start = ranges[i] as number;
      // Long lines come cut, with the places of all their matches.
      if (start < text.length) pairs.push([start, Math.min(ranges[i + 1] as number, text.length)]);
    }
    const symbol = this.#symbolAt(path, line);
    return {
      uri: this.#toUri(path),
      path,
      line,
      text,
      ranges: pairs,
      before,
      after,
      mode: this.modeAt(path, line),
      ...(symbol === undefined ? {} : { symbol }),
      ...(score === undefined ? {} : { score }),
    };
  }

  /** The mode of a line: that of its chunk, where comments within code are chunks of their own. */
  modeAt(path: string, line: number): Mode {
    const { block, mode } = this.#file(path);
    if (block === undefined) return mode;
    let found = mode;
    const rows = block.rows('chunks');
    for (let row = 0; row < rows; row++) {
      if (block.value('chunks', ChunkColumn.startLine, row) > line) continue;
      if (block.value('chunks', ChunkColumn.endLine, row) < line) continue;
      const chunk = block.value('chunks', ChunkColumn.mode, row);
      if (chunk === extractedProse) return 'extracted-prose';
      found = modes[chunk - 1] ?? found;
    }
    return found;
  }

  #symbolAt(path: string, line: number): string | undefined {
    const { block } = this.#file(path);
    if (block === undefined) return undefined;
    const row = symbolAround(block, line);
    if (row === undefined) return undefined;
    const container = containerOf(block, row);
    return container === undefined ? nameOf(block, row) : `${container}.${nameOf(block, row)}`;
  }

  #file(path: string): FileFacts {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const row = this.#facts.find(path);
    const file: FileFacts =
      row === undefined || row.segment.byte(row.file, 'mode') === 0
        ? { block: undefined, mode: 'prose' } // removed since it was found
        : { block: row.segment.block(row.file), mode: modeOf(row.segment.byte(row.file, 'mode')) };
    this.#files.set(path, file);
    return file;
  }
}

const extractedProse = modeNumber('extracted-prose');
