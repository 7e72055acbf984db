// Symbol queries for the benchmark, made from the names that an index holds: the same for the same index.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WorkspaceIndexes } from '../../server/pipeline/workspaceIndexes';
import { openRoot } from '../../server/workspace/roots';

/** Prefixes, humps, scattered letters and misses, in turn, of names taken evenly from the dictionary. */
export async function symbolQueries(folder: string, indexDir: string, count: number): Promise<string[]> {
  const indexes = new WorkspaceIndexes({
    programs: join(process.cwd(), 'dist'),
    version: 'bench',
    watch: false,
    log: () => undefined,
    onDidChange: () => undefined,
  });
  indexes.settings = { indexDir, exclude: [], threads: 2, outline: 'never' };
  const index = await indexes.add(await openRoot(pathToFileURL(folder).href));
  const segment = index.facts.segments().reduce((a, b) => (b.segment.names > a.segment.names ? b : a)).segment;
  const step = Math.max(1, Math.floor(segment.names / count));
  const queries = Array.from({ length: count }, (_, i) => shape(segment.name((i * step) % segment.names), i % 4));
  await indexes.close();
  return queries.filter((query) => query !== '');
}

function shape(name: string, how: number): string {
  const letters = name.replace(/[^A-Za-z0-9_]/g, '');
  if (how === 0) return letters.slice(0, 6);
  if (how === 1)
    return (letters.match(/(^|_)[a-z0-9]|[A-Z]/gi) ?? []).join('').replaceAll('_', '').slice(0, 5) || letters;
  if (how === 2)
    return [...letters]
      .filter((_, i) => i % 2 === 0)
      .join('')
      .slice(0, 8);
  return `${letters.slice(0, 3)}qzx`;
}
