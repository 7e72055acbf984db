// The writer lock of an index: a kernel lock, so that it is free at once when its holder dies, however it dies.

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock, type FileLock } from '../../native';
import { StoreError, systemErrorCode, toStoreError } from './errors';
import { lockName } from './indexFolder';

export type { FileLock };

/** The writer lock as the store uses it. */
export interface WriterLock {
  release(): void;
}

/** The lock for one that opens and closes the store within the time that its owner holds it. */
export function lend(lock: FileLock): WriterLock {
  if (!lock.held) throw new Error('A lock that is not held cannot be lent.');
  return { release: () => undefined };
}

/**
 * Takes the writer lock of an index folder. When somebody else has it, the result is an ERR_LOCKED error to show or to
 * throw, which names the holder.
 */
export async function takeWriterLock(folder: string): Promise<FileLock | StoreError> {
  const path = join(folder, lockName);
  try {
    return await acquireLock(path, `process ${process.pid} since ${new Date().toISOString()}`);
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_LOCKED') {
      if ((await lstat(path).catch(() => undefined))?.isFile() !== false) throw toStoreError(error, `Locking ${path}`);
      throw new StoreError('ERR_PERMISSIONS', `${path} is no file, so the index cannot be locked. Move it away.`);
    }
    const message = `Another process owns the index: ${(error as Error).message}.`;
    return new StoreError('ERR_LOCKED', message, { cause: error });
  }
}
