// Makes folders that may be missing one by one: `mkdir -p` of Node never ends where the system has no room for folders, as
// below /proc.

import { lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../native';
import { systemErrorCode } from './errors';

/** Makes a folder and those above it that are missing, each durable, with the access rights `mode` less the umask. */
export async function makeFolders(path: string, mode: number): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isThere(at)); at = dirname(at)) {
    missing.push(at);
    if (dirname(at) === at) break; // a drive that is not there
  }
  for (const folder of missing.reverse()) {
    try {
      await mkdir(folder, { mode });
    } catch (error) {
      // Somebody else made it in between.
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
    await syncFolder(dirname(folder));
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
