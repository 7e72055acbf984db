// Files that are either there whole or not at all: temporary name, fsync, read back through a new descriptor, rename,
// fsync of the folder. Knows nothing of what is in them.
//
// A call of fsync that failed is never repeated on its descriptor: the kernel may have dropped the pages and would then
// report success. The temporary file is removed, and the caller writes everything again under a new name.

import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Blake3, hashFile, syncFolder } from '../../native';
import { StoreError, systemErrorCode, toStoreError } from './errors';
import { patientRename } from './patientRename';

/** End of the names of files that are being written; whatever has it after a crash is garbage. */
export const temporarySuffix = '.tmp';

/** A file's bytes, pinned. */
export interface FileStamp {
  readonly file: string; // name in its folder
  readonly length: number; // bytes
  readonly hash: string; // BLAKE3, lower-case hex
}

/** Where the content of a new file goes, in order. Each call returns when the bytes are with the operating system. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Writes `name` in `folder`, mode 0600, in place of any file of that name. When it returns, the file is durable, and
 * was read back and found to be what was written.
 *
 * A crash before the rename leaves a temporary file, which the next writer sweeps, and the former `name` untouched;
 * between rename and fsync of the folder either of the two, each whole; after it the new one.
 */
export async function writeDurableFile(
  folder: string,
  name: string,
  fill: (sink: ByteSink) => Promise<void>,
): Promise<FileStamp> {
  const path = join(folder, name);
  const temporary = path + temporarySuffix;
  try {
    // Only the owner of the lock writes here, so that a file in the way is what a crash left.
    await rm(temporary, { force: true });
    const stamp = await writeNew(temporary, name, fill);
    await verifyFile(folder, { ...stamp, file: name + temporarySuffix });
    await patientRename(temporary, path);
    await syncFolder(folder);
    return stamp;
  } catch (error) {
    await removeLeftover(temporary);
    throw toStoreError(error, `Writing ${path}`);
  }
}

/**
 * Makes a finished file durable and puts it in the place of whatever `name` in `folder` is. For files that need not be
 * read back, as they are checked whenever they are used.
 */
export async function installFile(finished: string, folder: string, name: string): Promise<void> {
  try {
    const handle = await openRegular(finished, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await patientRename(finished, join(folder, name));
    await syncFolder(folder);
  } catch (error) {
    throw toStoreError(error, `Putting ${name} in its place in ${folder}`);
  }
}

/**
 * Gives a folder its name when all of it is there and durable, which `make` sees to. When that has nothing to put into
 * it, or fails, there is no folder. A crash leaves one with a temporary name, which the next writer sweeps.
 * @returns whether it was made
 */
export async function makeDurableFolder(path: string, make: (path: string) => Promise<boolean>): Promise<boolean> {
  const temporary = path + temporarySuffix;
  try {
    if (!(await make(temporary))) return false;
    await patientRename(temporary, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Removes a folder that may be missing. A crash leaves all of it, or parts with a temporary name, which are swept. */
export async function removeFolder(path: string): Promise<void> {
  const temporary = path + temporarySuffix;
  try {
    await patientRename(path, temporary);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  await rm(temporary, { recursive: true, force: true });
}

/**
 * Writes a file that only the running process needs, in place of any file of that name. It is neither made durable nor
 * read back: after a crash it is garbage, and its name says so.
 */
export async function writeScratchFile(path: string, fill: (sink: ByteSink) => Promise<void>): Promise<void> {
  try {
    await rm(path, { force: true });
    await writeNew(path, path, fill, false);
  } catch (error) {
    throw toStoreError(error, `Writing ${path}`);
  }
}

/** Throws ERR_DAMAGED, saying what differs, unless the file has exactly the length and hash of its stamp. */
export async function verifyFile(folder: string, stamp: FileStamp): Promise<void> {
  const path = join(folder, stamp.file);
  const size = await sizeOf(path);
  if (size === undefined) throw new StoreError('ERR_DAMAGED', `${path} is missing. Repair the index.`);
  if (size !== stamp.length) {
    throw new StoreError('ERR_DAMAGED', `${path} has ${size} bytes instead of ${stamp.length}. Repair the index.`);
  }
  const hash = (await hashFile(path, 0, size)).toString('hex');
  if (hash !== stamp.hash) {
    throw new StoreError(
      'ERR_DAMAGED',
      `The content of ${path} does not have the hash it was written with. Repair the index.`,
    );
  }
}

/** All bytes at `position`, whatever the number of calls it takes. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const result = await handle.write(bytes, written, bytes.length - written, position + written);
    if (result.bytesWritten === 0) throw new StoreError('ERR_IO', 'The disk took no more bytes and gave no reason.');
    written += result.bytesWritten;
  }
}

/** Fills `into` from `position`; the number of bytes is smaller only when the file ends before. */
export async function readFully(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let read = 0;
  while (read < into.length) {
    const { bytesRead } = await handle.read(into, read, into.length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return read;
}

/**
 * A regular file opened without following a symbolic link, and without waiting for the other end of a pipe. Throws
 * ERR_DAMAGED when something else has its name.
 */
export async function openRegular(path: string, flags: 'r' | 'r+'): Promise<FileHandle> {
  const handle = await openAsItIs(path, (flags === 'r' ? constants.O_RDONLY : constants.O_RDWR) | noFollow | noWait);
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw notRegular(path);
}

/** Content of a file of at most `limit` bytes; undefined when there is none. Throws ERR_DAMAGED when it is larger. */
export async function readSmallFile(path: string, limit: number): Promise<Buffer | undefined> {
  const handle = await openIfThere(path);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > limit)
      throw new StoreError('ERR_DAMAGED', `${path} has ${size} bytes, more than the ${limit} it may have.`);
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, await readFully(handle, bytes, 0));
  } finally {
    await handle.close();
  }
}

// Neither is defined on Windows.
const noFollow = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const noWait = (constants.O_NONBLOCK as number | undefined) ?? 0;

/** What cannot be opened because it is no regular file: a link, a folder, a pipe without a reader, a socket. */
const kindErrors: ReadonlySet<string | undefined> = new Set(['ELOOP', 'EISDIR', 'ENXIO']);

async function openAsItIs(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (error) {
    throw kindErrors.has(systemErrorCode(error)) ? notRegular(path) : error;
  }
}

function notRegular(path: string): StoreError {
  return new StoreError('ERR_DAMAGED', `${path} is not a regular file. Repair the index.`);
}

async function writeNew(
  path: string,
  name: string,
  fill: (sink: ByteSink) => Promise<void>,
  durable = true,
): Promise<FileStamp> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600);
  try {
    const hash = new Blake3();
    let length = 0;
    await fill({
      write: async (bytes) => {
        await writeFully(handle, bytes, length);
        hash.update(bytes);
        length += bytes.length;
      },
    });
    if (durable) await handle.sync();
    return { file: name, length, hash: hash.digest().toString('hex') };
  } finally {
    await handle.close();
  }
}

/** The write's own error is the one to report, not that its leftover stays until the next writer sweeps it. */
async function removeLeftover(temporary: string): Promise<void> {
  try {
    await rm(temporary, { force: true });
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  const handle = await openIfThere(path);
  try {
    return (await handle?.stat())?.size;
  } finally {
    await handle?.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await openRegular(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw toStoreError(error, `Opening ${path}`);
  }
}
