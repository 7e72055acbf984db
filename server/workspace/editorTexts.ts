// The texts of one client's open editors, by root-relative path. Knows which of them differ from what is indexed.

import { blake3 } from '../../native';

interface EditorText {
  readonly text: string;
  /** BLAKE3 of the text as UTF-8, computed when first asked for. */
  hash?: Buffer;
}

export class EditorTexts {
  readonly #hashOnDisk: (path: string) => Uint8Array | undefined;
  readonly #texts = new Map<string, EditorText>();

  /** @param hashOnDisk BLAKE3 of the file's bytes as indexed; undefined when there is no such file */
  constructor(hashOnDisk: (path: string) => Uint8Array | undefined) {
    this.#hashOnDisk = hashOnDisk;
  }

  set(path: string, text: string | undefined): void {
    this.#texts.delete(path); // so that it stands last
    if (text !== undefined) this.#texts.set(path, { text });
  }

  /** The one opened or edited last stands last. */
  paths(): string[] {
    return [...this.#texts.keys()];
  }

  /**
   * The text of an open editor; undefined when it is closed, or its text is what is indexed. A file that is not plain
   * UTF-8 always counts as different, which costs work but gives the same facts.
   */
  changed(path: string): string | undefined {
    const open = this.#texts.get(path);
    if (open === undefined) return undefined;
    const hash = this.#hashOnDisk(path);
    if (hash === undefined) return open.text;
    open.hash ??= blake3(Buffer.from(open.text));
    return open.hash.equals(hash) ? undefined : open.text;
  }
}
