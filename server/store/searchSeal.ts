// Pins the files of a committed search index from outside: the hash of its meta.json, and of each file its length and
// the hash of its end, where Tantivy keeps the checksum of the rest. Checking it costs one small read per file.

import { join } from 'node:path';
import { blake3, crc32c } from '../../native';
import { openRegular, readFully, readSmallFile } from './durableFile';
import { StoreError } from './errors';

/** A file of a committed search index. */
export interface SealedFile {
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  /** CRC-32C of the last bytes. */
  readonly tail: number;
}

/** A committed search index, pinned. */
export interface SearchSeal {
  /** BLAKE3 of meta.json, lower-case hex. */
  readonly meta: string;
  /** meta.json itself, from which a damaged one is mended; absent where it is too long for a manifest. */
  readonly list?: string;
  readonly files: readonly SealedFile[];
}

/** Tantivy's footer, which holds the checksum of the file, ends within so many bytes. */
const tailBytes = 64;
/** A list of ten thousand files is smaller. */
const maxMetaBytes = 4 << 20;
/** Characters of a meta.json in a seal: hundreds of segments, where an index at rest has eight. */
export const maxListLength = 1 << 17;

/** Pins `files` as they are now. The caller sees to it that nothing is committed meanwhile. */
export async function sealSearch(folder: string, files: readonly string[]): Promise<SearchSeal> {
  const sealed: SealedFile[] = [];
  for (const name of files) sealed.push({ name, ...(await endOf(join(folder, name))) });
  const bytes = await readMeta(folder);
  const [meta, list] = [hashOf(bytes), bytes.toString()];
  return { meta, ...(list.length <= maxListLength ? { list } : {}), files: sealed };
}

/** The hash of the meta.json in `folder`. Rejects when there is none, or one that is no file or larger than any. */
export async function metaHash(folder: string): Promise<string> {
  return hashOf(await readMeta(folder));
}

/** The first of the pinned files that is not as it was pinned, and how it differs; undefined when each one is. */
export async function brokenSeal(folder: string, files: readonly SealedFile[]): Promise<string | undefined> {
  for (const file of files) {
    const difference = await differenceOf(folder, file);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Names of the pinned files that are not as they were pinned; a file that is in order by itself may be another one. */
export async function brokenFiles(folder: string, files: readonly SealedFile[]): Promise<string[]> {
  const broken: string[] = [];
  for (const file of files) if ((await differenceOf(folder, file)) !== undefined) broken.push(file.name);
  return broken;
}

async function differenceOf(folder: string, { name, length, tail }: SealedFile): Promise<string | undefined> {
  const now = await endOf(join(folder, name)).catch((error: NodeJS.ErrnoException) => error);
  if (now instanceof Error) return `${name} cannot be read: ${now.message}`;
  if (now.length !== length) return `${name} has ${now.length} bytes instead of ${length}`;
  return now.tail === tail ? undefined : `${name} does not end as it was committed`;
}

async function readMeta(folder: string): Promise<Buffer> {
  const path = join(folder, 'meta.json');
  const bytes = await readSmallFile(path, maxMetaBytes);
  if (bytes === undefined) throw new StoreError('ERR_DAMAGED', `${path} is missing. Repair the index.`);
  return bytes;
}

function hashOf(bytes: Buffer): string {
  return blake3(bytes).toString('hex');
}

async function endOf(path: string): Promise<{ length: number; tail: number }> {
  const handle = await openRegular(path, 'r');
  try {
    const { size } = await handle.stat();
    const end = Buffer.alloc(Math.min(tailBytes, size));
    const read = await readFully(handle, end, size - end.length);
    if (read < end.length) throw new Error(`${path} was cut while it was read`);
    return { length: size, tail: crc32c(end) };
  } finally {
    await handle.close();
  }
}
