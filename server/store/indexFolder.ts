// Where the index of a workspace root lives, and whether that place can be trusted: ours alone, local, and outside the
// workspace. Knows no file in it.

import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { blake3, networkFileSystem, syncFolder } from '../../native';
import { isDiskFull, StoreError, systemErrorCode, toStoreError } from './errors';
import { makeFolders } from './folders';
import { systemReason } from '../util/systemReason';

/** The root that an index belongs to. */
export interface RootIdentity {
  /** Real path. */
  readonly path: string;
  /** 32 hex characters, from the real path. */
  readonly id: string;
}

const remedy = 'Set almagest.index.location (command line: --index-dir) to another folder.';

/** The writer's lock file in an index folder, and the socket on which the owner listens. */
export const lockName = 'LOCK';
export const pipeName = 'pipe';

/** Throws ERR_IO or ERR_PERMISSIONS when the root cannot be found. */
export async function identifyRoot(root: string): Promise<RootIdentity> {
  try {
    const path = await realpath(root);
    return { path, id: blake3(Buffer.from(path)).toString('hex').slice(0, 32) };
  } catch (error) {
    throw toStoreError(error, `Opening the workspace folder ${root}`);
  }
}

/** The folder of all indexes when no setting names another one. */
export function defaultIndexDir(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, home: string = homedir()): string {
  const absolute = (path: string | undefined) => (path !== undefined && isAbsolute(path) ? path : undefined);
  switch (platform) {
    case 'win32':
      return join(absolute(env['LOCALAPPDATA']) ?? join(home, 'AppData', 'Local'), 'almagest');
    case 'darwin':
      return join(home, 'Library', 'Caches', 'almagest');
    default:
      return join(absolute(env['XDG_CACHE_HOME']) ?? join(home, '.cache'), 'almagest');
  }
}

/**
 * Makes (0700) or checks the folder of a root's index below `indexDir`, and returns its real path. Refuses, with a
 * typed error that names the setting, a place inside the workspace, on a network file system, or that others can write to.
 */
export async function prepareIndexFolder(root: RootIdentity, indexDir: string): Promise<string> {
  if (!isAbsolute(indexDir))
    throw new StoreError('ERR_PERMISSIONS', `The index folder ${indexDir} is not an absolute path. ${remedy}`);
  try {
    const existing = await realpath(await existingAncestor(indexDir));
    refuseUnfit(root, indexDir, existing);
    // An index is lost with any of them.
    await makeFolders(indexDir, 0o700);
    const parent = await realpath(indexDir);
    refuseIfOpenToOthers(parent, await lstat(parent));
    const folder = join(parent, root.id);
    await makePrivateFolder(folder);
    return folder;
  } catch (error) {
    const reason = error instanceof StoreError ? undefined : systemReason(error);
    if (reason === undefined || isDiskFull(error)) throw toStoreError(error, `Making the index folder in ${indexDir}`);
    throw new StoreError('ERR_PERMISSIONS', `The index folder ${indexDir} cannot be made: ${reason}. ${remedy}`, {
      cause: error,
    });
  }
}

/** Makes a folder (0700, durable), or checks that it is a real folder that only this user can write to. */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    await syncFolder(dirname(path));
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  const status = await lstat(path);
  refuseIfOpenToOthers(path, status);
  if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) await chmod(path, 0o700);
}

/** `existing` is the real path of the part of `indexDir` that is there. */
function refuseUnfit(root: RootIdentity, indexDir: string, existing: string): void {
  if (isWithin(existing, root.path)) {
    throw new StoreError(
      'ERR_INSIDE_WORKSPACE',
      `The index folder ${indexDir} lies inside the workspace ${root.path}. ${remedy}`,
    );
  }
  const network = networkFileSystem(existing);
  if (network !== undefined) {
    const why = `is on a network file system (${network}), where locks cannot be trusted`;
    throw new StoreError('ERR_NETWORK_FILE_SYSTEM', `The index folder ${indexDir} ${why}. ${remedy}`);
  }
}

/**
 * Removes an index from the disk; only for the holder of its lock. The lock file stays: two processes could hold the
 * lock of one that was removed and made again, each of its own file.
 */
export async function emptyIndexFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== lockName && name !== pipeName) await rm(join(folder, name), { recursive: true, force: true });
  }
  await syncFolder(folder);
}

function refuseIfOpenToOthers(path: string, status: Stats): void {
  const refusal = !status.isDirectory()
    ? 'is not a folder'
    : process.getuid !== undefined && status.uid !== process.getuid()
      ? 'belongs to another user'
      : process.platform !== 'win32' && (status.mode & 0o022) !== 0
        ? 'can be written to by other users'
        : undefined;
  if (refusal !== undefined) throw new StoreError('ERR_PERMISSIONS', `The index folder ${path} ${refusal}. ${remedy}`);
}

async function existingAncestor(path: string): Promise<string> {
  try {
    await lstat(path);
    return path;
  } catch (error) {
    const above = dirname(path);
    if (systemErrorCode(error) !== 'ENOENT' || above === path) throw error;
    return existingAncestor(above);
  }
}

function isWithin(path: string, folder: string): boolean {
  const between = relative(folder, path);
  return between === '' || (between !== '..' && !between.startsWith(`..${sep}`) && !isAbsolute(between));
}
