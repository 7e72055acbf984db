// Workspace roots, and the way between URIs and root-relative paths. Containment is decided by whole path components of
// real paths; nothing here says whether a file exists or is indexed.

import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { URI } from 'vscode-uri';
import { messageOf } from '../util/messageOf';
import { childOf } from '../util/paths';
import { systemReason } from '../util/systemReason';

/** A workspace folder that has an index. */
export interface Root {
  /** Folder URI as the client wrote it. */
  readonly uri: string;
  readonly name: string;
  /** Absolute path with symbolic links resolved, in the system's notation. */
  readonly path: string;
  /** Absolute path as the client wrote it, which may lead through symbolic links. */
  readonly givenPath: string;
}

/** A place in a root: `path` is root-relative, '' is the root. */
export interface Located {
  readonly root: Root;
  readonly path: string;
}

/** Resolves a workspace folder. Throws when it is no local folder, or cannot be reached. */
export async function openRoot(uri: string, name?: string): Promise<Root> {
  const givenPath = filePathOf(uri);
  if (givenPath === undefined) throw new Error(`${uri} is not a local folder; only file: URIs can be indexed.`);
  const path = await realpath(givenPath).catch((error: unknown) => {
    const why = systemReason(error) ?? messageOf(error);
    throw new Error(`The folder ${givenPath} cannot be opened: ${why}.`, { cause: error });
  });
  return { uri, name: name ?? basename(path), path, givenPath };
}

/** The URI of a root-relative path, spelled below the root as the client wrote it. */
export function uriOf(root: Root, path: string): string {
  return URI.file(join(root.givenPath, ...path.split('/'))).toString();
}

/**
 * The root that a URI lies in, the innermost where roots are nested, and its path there; undefined when it lies in
 * none. Looks at the spelling only, so it costs no system call; see `locateReal`.
 */
export function locate(roots: readonly Root[], uri: string): Located | undefined {
  const path = filePathOf(uri);
  return path === undefined ? undefined : locatePath(roots, path);
}

/** The same for a URI that may be spelled through symbolic links elsewhere: resolves its folder first. */
export async function locateReal(roots: readonly Root[], uri: string): Promise<Located | undefined> {
  const path = filePathOf(uri);
  if (path === undefined) return undefined;
  const found = locatePath(roots, path);
  if (found !== undefined) return found;
  // The last component stays as it is: a link is a file of its own to the index, and a new file has no real path yet.
  const folder = await realpath(dirname(path)).catch(() => undefined);
  return folder === undefined ? undefined : locatePath(roots, join(folder, basename(path)));
}

function locatePath(roots: readonly Root[], path: string): Located | undefined {
  const components = componentsOf(path);
  let innermost: Located | undefined;
  let depth = -1;
  for (const root of roots) {
    for (const rootPath of new Set([root.path, root.givenPath])) {
      const prefix = componentsOf(rootPath);
      if (prefix.length <= depth || !startsWith(components, prefix)) continue;
      depth = prefix.length;
      innermost = { root, path: components.slice(depth).reduce(childOf, '') };
    }
  }
  return innermost;
}

/** The path of a local file's URI, without `.` and `..`; undefined for other schemes and other machines. */
function filePathOf(uri: string): string | undefined {
  try {
    const parsed = URI.parse(uri, true);
    if (parsed.scheme !== 'file' || (parsed.authority !== '' && process.platform !== 'win32')) return undefined;
    return parsed.fsPath.includes('\0') ? undefined : join(parsed.fsPath);
  } catch {
    // Not a URI: nothing of ours.
    return undefined;
  }
}

function componentsOf(path: string): string[] {
  return path.split(process.platform === 'win32' ? /[\\/]/ : '/').filter((component) => component !== '');
}

function startsWith(components: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((component, i) => isSame(component, components[i]));
}

/** Windows compares names without case; its drive letters come in both. */
function isSame(a: string, b: string | undefined): boolean {
  return process.platform === 'win32' ? a.toLowerCase() === b?.toLowerCase() : a === b;
}
