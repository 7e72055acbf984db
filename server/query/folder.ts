// The entries of a folder of the index with what lies below them. Nothing is kept between calls: files are in path order
// in each segment, so a folder is a range of rows, and counting one costs a few nanoseconds a file.

import type { Facts, LiveSegment } from '../facts/factStore';
import { fileByteColumns } from '../facts/layout';
import type { FolderEntry } from '../protocol';
import { comparePaths } from '../util/pathOrder';
import { filesBelow } from './fileRange';

const skipColumn = fileByteColumns.indexOf('skip');

interface Count {
  readonly type: FolderEntry['type'];
  files: number;
  symbols: number;
}

/** The indexed files and folders right below a folder ('' is the root), folders first, each group in path order. */
export function folderEntries(facts: Facts, path: string, toUri: (path: string) => string): FolderEntry[] {
  const counts = new Map<string, Count>();
  for (const entry of facts.segments()) countBelow(entry, path, counts);
  return [...counts]
    .map(([name, count]) => {
      const child = path === '' ? name : `${path}/${name}`;
      return { name, path: child, uri: toUri(child), ...count };
    })
    .sort((a, b) => (a.type === b.type ? comparePaths(a.name, b.name) : a.type === 'folder' ? -1 : 1));
}

function countBelow({ segment, alive }: LiveSegment, folder: string, counts: Map<string, Count>): void {
  const { fileBytes } = segment.hot;
  const [from, to] = filesBelow(segment, folder);
  const start = folder === '' ? 0 : folder.length + 1;
  for (let file = from; file < to;) {
    const path = segment.path(file);
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? file + 1 : filesBelow(segment, path.slice(0, slash))[1];
    let files = 0;
    let symbols = 0;
    for (let at = file; at < end; at++) {
      if (alive[at] !== 1 || fileBytes[at * fileByteColumns.length + skipColumn] !== 0) continue;
      files++;
      symbols += segment.firstSymbol(at + 1) - segment.firstSymbol(at);
    }
    if (files > 0) {
      const name = slash < 0 ? path.slice(start) : path.slice(start, slash);
      const count = counts.get(name) ?? {
        type: slash < 0 ? ('file' as const) : ('folder' as const),
        files: 0,
        symbols: 0,
      };
      counts.set(name, count);
      count.files += files;
      count.symbols += symbols;
    }
    file = end;
  }
}
