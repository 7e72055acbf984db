// Remembers on disk how the last verification of an index ended, for people to see after a restart. A hint: nothing
// depends on it, and one that is lost or damaged counts as none.

import { join } from 'node:path';
import { readSmallFile, writeDurableFile } from './durableFile';
import { systemErrorCode } from './errors';

/** How a verification ended. */
export interface VerifyNote {
  /** When, ms since the epoch. */
  readonly at: number;
  readonly ok: boolean;
  /** One sentence. */
  readonly summary: string;
}

export const verifyNoteName = 'verify.json';
const maxBytes = 4096;

/** Undefined when there is none, or none that can be read. */
export async function readVerifyNote(folder: string): Promise<VerifyNote | undefined> {
  try {
    const bytes = await readSmallFile(join(folder, verifyNoteName), maxBytes);
    if (bytes === undefined) return undefined;
    const { at, ok, summary } = JSON.parse(bytes.toString('utf8')) as Partial<VerifyNote>;
    const isNote = Number.isSafeInteger(at) && typeof ok === 'boolean' && typeof summary === 'string';
    return isNote ? { at: at as number, ok, summary } : undefined;
  } catch (error) {
    const isExpected =
      error instanceof SyntaxError || error instanceof TypeError || systemErrorCode(error) !== undefined;
    if (isExpected) return undefined;
    throw error;
  }
}

/**
 * Replaces the note; a crash leaves the old one or the new one. For the owner of the lock. Throws a StoreError when the
 * disk refuses.
 */
export async function writeVerifyNote(folder: string, note: VerifyNote): Promise<void> {
  await writeDurableFile(folder, verifyNoteName, (sink) => sink.write(Buffer.from(JSON.stringify(note))));
}
