// The facts and conclusions of one file, as the rows of artifacts need them: each read and computed once, when asked for.

import type { FileBlock } from '../../facts/block';
import type { RowRef } from '../../facts/merge';
import type { FileEdges } from '../../graph/edge';
import { symbolIdsOf } from '../../graph/symbolId';
import type { WorkspaceGraph } from '../../graph/workspaceGraph';
import { ChunkColumn } from '../../model/columns';
import { modes } from '../../model/mode';

const noEdges: FileEdges = { count: 0, kinds: new Uint8Array(), rows: new Uint32Array(), resolutions: [] };

export class FileView {
  readonly row: RowRef;
  readonly path: string;
  readonly graph: WorkspaceGraph;
  #block: FileBlock | undefined;
  #edges: FileEdges | undefined;
  #symbolIds: readonly string[] | undefined;
  #chunkUids: readonly string[] | undefined;

  constructor(row: RowRef, graph: WorkspaceGraph) {
    this.row = row;
    this.path = row.segment.path(row.file);
    this.graph = graph;
  }

  get isSkipped(): boolean {
    return this.row.segment.byte(this.row.file, 'skip') !== 0;
  }

  get language(): string {
    const { segment, file } = this.row;
    return segment.hot.languages[segment.byte(file, 'language')]?.[0] ?? 'unknown';
  }

  get block(): FileBlock {
    this.#block ??= this.row.segment.block(this.row.file);
    return this.#block;
  }

  get edges(): FileEdges {
    const number = this.graph.fileOf(this.path);
    this.#edges ??= number === undefined ? noEdges : this.graph.edgesOf(number, this.block);
    return this.#edges;
  }

  /** Ids of the symbols, by row. */
  get symbolIds(): readonly string[] {
    this.#symbolIds ??= symbolIdsOf(this.path, this.block);
    return this.#symbolIds;
  }

  /** The id of the symbol of a "row + 1" column. */
  symbolId(rowPlusOne: number): string | undefined {
    return rowPlusOne === 0 ? undefined : this.symbolIds[rowPlusOne - 1];
  }

  /**
   * Ids of the chunks, by row: that of the symbol they belong to, or the file's, with the mode, and `~1`, `~2` … for the
   * further ones. They survive edits elsewhere in the file.
   */
  get chunkUids(): readonly string[] {
    if (this.#chunkUids !== undefined) return this.#chunkUids;
    const seen = new Map<string, number>();
    this.#chunkUids = Array.from({ length: this.block.rows('chunks') }, (_, row) => {
      const at = (column: number): number => this.block.value('chunks', column, row);
      const base = this.symbolId(at(ChunkColumn.symbol)) ?? `${this.path}#`;
      const uid = `${base}@${modes[at(ChunkColumn.mode) - 1] ?? 'unknown'}`;
      const earlier = seen.get(uid) ?? 0;
      seen.set(uid, earlier + 1);
      return earlier === 0 ? uid : `${uid}~${earlier}`;
    });
    return this.#chunkUids;
  }

  /** The chunk that holds a line: the last to begin at or before it of those that cover the file. */
  chunkAt(line: number): string {
    const { block } = this;
    let found = -1;
    let low = 0;
    let high = block.rows('chunks');
    // Chunks are in the order of their beginnings; comments, which lie inside others, may stand anywhere among them.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (block.value('chunks', ChunkColumn.startLine, middle) <= line) low = middle + 1;
      else high = middle;
    }
    for (let row = low - 1; row >= 0 && found < 0; row--) {
      const isComment = modes[block.value('chunks', ChunkColumn.mode, row) - 1] === 'extracted-prose';
      if (!isComment) found = row;
    }
    return found < 0 ? `${this.path}#` : (this.chunkUids[found] as string);
  }
}
