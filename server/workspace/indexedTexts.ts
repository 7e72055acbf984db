// Texts of files as they were when indexed: what changed on disk since is left out, so that a conclusion from a text and
// facts is one about a single state of the file.

import { readTexts } from '../../native';

/** A file with the BLAKE3 of the bytes that its facts were made from. */
export interface IndexedFile {
  readonly path: string;
  readonly hash: Buffer;
}

/** A text as UTF-8 without byte order mark; `undefined` when the file changed, is gone, or is no text. */
export async function indexedTexts(
  root: string,
  files: readonly IndexedFile[],
  maxBytes: number,
): Promise<readonly (Buffer | undefined)[]> {
  const paths = files.map(({ path }) => path);
  const { text, offsets, hashes } = await readTexts(root, paths, maxBytes);
  return files.map(({ hash }, file) =>
    hashes.subarray(file * 32, file * 32 + 32).equals(hash)
      ? text.subarray(offsets[file], offsets[file + 1])
      : undefined,
  );
}
