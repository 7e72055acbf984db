// Real indexes for tests: real extractor, real stores, in folders that go away with the test.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dumpRows } from '../../server/export/dump';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { WorkspaceIndexes, type WorkspaceOptions } from '../../server/pipeline/workspaceIndexes';
import { openRoot } from '../../server/workspace/roots';

/** Opens the index of `root` below `indexDir`, lets `use` work with it, and closes it whatever happens. */
export async function withIndex<T>(
  root: string,
  indexDir: string,
  use: (index: RootIndex, indexes: WorkspaceIndexes) => Promise<T>,
  options: Partial<Pick<WorkspaceOptions, 'watch' | 'guardCrashes' | 'laterStages' | 'maxFiles'>> & {
    readonly threads?: number;
    readonly byteBudgets?: unknown;
    readonly onDidChange?: () => void;
    /** Hears of the index before it is open. */
    readonly onDidCreate?: (index: RootIndex) => void;
    /** A reader reads what is on the disk, and changes nothing. */
    readonly mode?: 'writer' | 'reader';
  } = {},
): Promise<T> {
  const indexes = new WorkspaceIndexes({
    programs: join(process.cwd(), 'dist'),
    version: 'test',
    watch: options.watch ?? false,
    guardCrashes: options.guardCrashes ?? false,
    ...(options.laterStages === undefined ? {} : { laterStages: options.laterStages }),
    ...(options.maxFiles === undefined ? {} : { maxFiles: options.maxFiles }),
    log: (level, line) => void (level === 'error' && console.error(line)),
    onDidChange: () => options.onDidChange?.(),
  });
  const { threads = 2, byteBudgets, mode = 'writer' } = options;
  indexes.settings = { indexDir, exclude: [], threads, outline: 'never', byteBudgets };
  try {
    const index = indexes.create(await openRoot(pathToFileURL(root).href), { mode });
    options.onDidCreate?.(index);
    await indexes.open(index);
    if (mode === 'writer') await index.settled();
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
