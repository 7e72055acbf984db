// The texts of files of a root, decoded as extraction decodes them. Reads below the root only, and follows no link.

import { readTexts } from '../../native';

/** The text of one file. */
export interface SourceText {
  /** UTF-8 without byte order mark: what the byte offsets of chunks count in. */
  readonly text: Buffer;
  /** BLAKE3 of the file's bytes, to be compared with that of its facts. */
  readonly hash: Buffer;
}

const unread = Buffer.alloc(32);

/** The texts of `paths`, in order; undefined for a file that is gone, unreadable, too large or not text. */
export async function sourceTexts(
  root: string,
  paths: readonly string[],
  maxFileBytes: number,
): Promise<(SourceText | undefined)[]> {
  const { text, offsets, hashes } = await readTexts(root, [...paths], maxFileBytes);
  return paths.map((_, file) => {
    const hash = hashes.subarray(file * 32, file * 32 + 32);
    return hash.equals(unread) ? undefined : { text: text.subarray(offsets[file], offsets[file + 1]), hash };
  });
}
