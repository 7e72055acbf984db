// What is swept away in the folder of a database: what processes left there that died while they made one.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning } from '../../util/processes';

/** Removes what processes that have died left in the folder, and `alsoFile` with its journal. */
export async function sweepLeftovers(folder: string, alsoFile?: string): Promise<void> {
  if (alsoFile !== undefined) {
    await rm(alsoFile, { force: true });
    await rm(`${alsoFile}-journal`, { force: true });
  }
  for (const name of await readdir(folder)) {
    const pid = /^building-(\d+)/.exec(name)?.[1];
    const isLeft = pid !== undefined ? !isRunning(Number(pid)) : name.startsWith('etilqs_');
    if (isLeft) await rm(join(folder, name), { force: true });
  }
}
