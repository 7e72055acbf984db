// What a repository has checked out, read from the files of `.git`. No git is run, and nothing that these files say is
// trusted: they are small, regular files, or they are not read.

import { lstat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { BuildState } from '../../model/stageAudit';
import { readSmallFile } from '../../store/durableFile';

const smallBytes = 4096;
/** `packed-refs` of a large repository. */
const packedBytes = 16 << 20;

/** Commit and branch of the root's repository; null when the root is none, or its files say nothing that we know. */
export async function gitHead(root: string): Promise<BuildState['git']> {
  const folder = await gitFolder(root);
  const head = folder && (await text(join(folder, 'HEAD'), smallBytes));
  if (folder === undefined || head === undefined) return null;
  const ref = /^ref: (refs\/[^\s\\]+)$/.exec(head.trim())?.[1];
  if (ref === undefined) return { head: commit(head), branch: null, dirty: null };
  const branch = ref.replace(/^refs\/heads\//, '');
  if (ref.split('/').some((part) => part === '..' || part === '.' || part === '')) return null;
  // A further working tree keeps its HEAD for itself and shares the branches.
  const common = (await text(join(folder, 'commondir'), smallBytes))?.trim();
  const shared = common === undefined ? folder : resolve(folder, common);
  const loose = await text(join(shared, ref), smallBytes);
  const found =
    loose ??
    (await text(join(shared, 'packed-refs'), packedBytes))?.split('\n').find((line) => line.endsWith(` ${ref}`));
  return { head: commit(found), branch, dirty: null };
}

/** `.git`, or the folder that a file of that name points to. */
async function gitFolder(root: string): Promise<string | undefined> {
  const path = join(root, '.git');
  const status = await lstat(path).catch(() => undefined); // no repository
  if (status?.isDirectory()) return path;
  const pointer = /^gitdir: (.+)$/.exec((await text(path, smallBytes))?.trim() ?? '')?.[1];
  if (pointer === undefined) return undefined;
  return isAbsolute(pointer) ? pointer : join(dirname(path), pointer);
}

async function text(path: string, limit: number): Promise<string | undefined> {
  const status = await lstat(path).catch(() => undefined); // not there: not known
  if (!status?.isFile() || status.size > limit) return undefined;
  return (await readSmallFile(path, limit))?.toString();
}

function commit(line: string | undefined): string | null {
  return /^[0-9a-f]{40,64}/.exec(line ?? '')?.[0] ?? null;
}
