// The errors of the store. Each has a stable code for programs, and a message for people: what failed, where, and what
// to do.

import { systemReason } from '../util/systemReason';

/**
 * - `ERR_DISK_FULL`: no space or quota left; nothing acknowledged is lost, the store is read-only until there is space
 * - `ERR_LOCKED`: another process owns the index
 * - `ERR_NEWER_FORMAT`: written by a newer Almagest, in a format that this one cannot read
 * - `ERR_FOREIGN_INDEX`: the index of another workspace root
 * - `ERR_DAMAGED`: a checksum, length or name does not hold
 * - `ERR_PERMISSIONS`: not ours, open to others, or the operating system refused
 * - `ERR_NETWORK_FILE_SYSTEM`: on a file system where locks and fsync cannot be trusted
 * - `ERR_INSIDE_WORKSPACE`: the index would lie in the workspace that it describes
 * - `ERR_READ_ONLY`: a write to a store that was opened for reading, or that turned read-only after a failure
 * - `ERR_TOO_LARGE`: a batch larger than one record may be
 * - `ERR_IO`: the operating system reported anything else
 */
export type StoreErrorCode =
  | 'ERR_DISK_FULL'
  | 'ERR_LOCKED'
  | 'ERR_NEWER_FORMAT'
  | 'ERR_FOREIGN_INDEX'
  | 'ERR_DAMAGED'
  | 'ERR_PERMISSIONS'
  | 'ERR_NETWORK_FILE_SYSTEM'
  | 'ERR_INSIDE_WORKSPACE'
  | 'ERR_READ_ONLY'
  | 'ERR_TOO_LARGE'
  | 'ERR_IO';

/** A failure of the environment or of stored data: never a bug of ours. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * What the operating system reported while `doing` something, as a StoreError; a StoreError stays as it is, and so does
 * an error without a system code, which is a bug.
 */
export function toStoreError(error: unknown, doing: string): Error {
  if (error instanceof StoreError) return error;
  const code = systemErrorCode(error);
  if (code === undefined) return error instanceof Error ? error : new Error(String(error));
  const reason = `${doing} failed: ${systemReason(error) ?? (error as Error).message}.`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'ERR_NO_SPACE':
      return new StoreError('ERR_DISK_FULL', `${reason} Free some disk space; what was indexed so far is safe.`, {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StoreError('ERR_PERMISSIONS', `${reason} Allow this user to read and write there.`, { cause: error });
    default:
      return new StoreError('ERR_IO', `${reason} Check the disk.`, { cause: error });
  }
}

/** Whether an error says that there is no space left, or too little. */
export function isDiskFull(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ERR_DISK_FULL' || code === 'ERR_NO_SPACE' || code === 'ENOSPC' || code === 'EDQUOT';
}

/** The operating system's or native's error code ("ENOENT"), or undefined when the error carries none. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
