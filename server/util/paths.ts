// Root-relative paths: `/`-separated, '' is the root itself. Compared by whole components, never by string prefix.

/** Whether `path` is `folder` or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  if (folder === '') return true;
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/');
}

/** The folder that holds a path; '' for an entry of the root, and for the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The last component of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The path of an entry of a folder. */
export function childOf(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
