// Snapshot files: one merged segment each, opaque here, immutable, pinned by length and hash in the manifest.

import { verifyFile, writeDurableFile, type ByteSink, type FileStamp } from './durableFile';
import { snapshotName } from './manifest';

/**
 * Streams a snapshot into its file. When it returns, the file is durable and was read back through a new descriptor.
 * A crash leaves a temporary file or a snapshot that no manifest names yet: both are swept by the next writer.
 */
export function writeSnapshot(
  folder: string,
  generation: number,
  write: (sink: ByteSink) => Promise<void>,
): Promise<FileStamp> {
  return writeDurableFile(folder, snapshotName(generation), write);
}

/** Why a snapshot is not the one that was pinned; undefined when it is. */
export async function verifySnapshot(folder: string, stamp: FileStamp): Promise<Error | undefined> {
  try {
    await verifyFile(folder, stamp);
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}
