// Paths in as little memory as a string can take. A process that keeps several for each of many thousand folders is
// mostly made of them.

import path from 'node:path';

/**
 * Makes `path.resolve` of this process give strings of one piece, and a path that is absolute already as it is. By itself,
 * it makes each anew, and V8 keeps what was put together from components as a tree of some twenty objects; chokidar holds
 * three of these for each folder.
 */
export function keepPathsFlat(): void {
  const resolve = path.resolve.bind(path);
  path.resolve = (...parts) => {
    const resolved = resolve(...parts);
    if (resolved === parts[0]) return parts[0];
    // Reading a string as a number needs all of its characters in a row, and V8 leaves them so.
    Number(resolved);
    return resolved;
  };
}
