// Real indexes for tests: real extractor, real stores, in folders that go away with the test.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dumpRows } from '../../server/export/dump';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { WorkspaceIndexes } from '../../server/pipeline/workspaceIndexes';
import { openRoot } from '../../server/workspace/roots';

/** Opens the index of `root` below `indexDir`, lets `use` work with it, and closes it whatever happens. */
export async function withIndex<T>(
  root: string,
  indexDir: string,
  use: (index: RootIndex, indexes: WorkspaceIndexes) => Promise<T>,
  options: { readonly watch?: boolean; readonly threads?: number; readonly guardCrashes?: boolean } = {},
): Promise<T> {
  const indexes = new WorkspaceIndexes({
    programs: join(process.cwd(), 'dist'),
    version: 'test',
    watch: options.watch ?? false,
    guardCrashes: options.guardCrashes ?? false,
    log: (level, line) => void (level === 'error' && console.error(line)),
    onDidChange: () => undefined,
  });
  indexes.settings = { indexDir, exclude: [], threads: options.threads ?? 2, outline: 'never' };
  try {
    const index = await indexes.add(await openRoot(pathToFileURL(root).href));
    await index.settled();
    return await use(index, indexes);
  } finally {
    await indexes.close();
  }
}

/** Every fact of an index as canonical text. */
export function dumpOf(index: RootIndex): string {
  const lease = index.facts.lease();
  try {
    return [...dumpRows(lease.rows)].join('');
  } finally {
    lease.release();
  }
}
