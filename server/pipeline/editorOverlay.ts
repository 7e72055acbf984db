// Facts of open editors over those of the files: extracted from the text that the editor shows, kept in memory only.

import type { ExtractorPool } from '../extraction/pool';
import { MemorySource } from '../facts/byteSource';
import type { OverlaidFacts } from '../facts/overlaidFacts';
import { Segment } from '../facts/segment';

export class EditorOverlay {
  readonly #pool: ExtractorPool;
  readonly #turns = new Map<string, number>();

  constructor(pool: ExtractorPool) {
    this.#pool = pool;
  }

  /**
   * Lays a text over the file at `path` below `root`; `undefined` takes it away. A text that is overtaken by a newer
   * one, or by the closing of its editor, while it is parsed is dropped.
   */
  async set(facts: OverlaidFacts, root: string, path: string, text: string | undefined): Promise<void> {
    const turn = (this.#turns.get(path) ?? 0) + 1;
    this.#turns.set(path, turn);
    if (text === undefined) {
      facts.setOverlay(path, undefined);
      return;
    }
    const piece = await this.#pool.extractText(root, path, text);
    if (this.#turns.get(path) === turn) facts.setOverlay(path, new Segment(new MemorySource(piece.segment)));
  }
}
