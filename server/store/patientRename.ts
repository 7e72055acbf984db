// Renames that wait a moment on Windows, where one fails while a virus scanner or a search service has either file open.
// Elsewhere the first answer counts.

import { rename } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { systemErrorCode } from './errors';

/** What a rename needs of the system. */
export interface RenameSystem {
  readonly platform: NodeJS.Platform;
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Resolves after so many ms. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** What Windows says of a file that somebody has open, and of one that nobody may touch, too: hence the limit. */
const passing: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EBUSY']);
/** Pauses of 10, 20 … 100 ms, then of 100: two seconds in all. A scanner is done with a file in less. */
const maxTries = 26;
const stepMs = 10;
const maxPauseMs = 100;

const real: RenameSystem = { platform: process.platform, rename: (from, to) => rename(from, to), pause };

/** Renames a file or a folder. Rejects with the error of the last try. */
export async function patientRename(from: string, to: string, system = real): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await system.rename(from, to);
    } catch (error) {
      if (system.platform !== 'win32' || tries === maxTries || !passing.has(systemErrorCode(error))) throw error;
      await system.pause(Math.min(maxPauseMs, tries * stepMs));
    }
  }
}
