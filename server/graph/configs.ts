// The files that say where modules are (`go.mod`, `tsconfig.json` …), read from disk where they are still what was indexed.

import type { RowRef } from '../facts/merge';
import { nameOf } from '../util/paths';
import { indexedTexts } from '../workspace/indexedTexts';
import { configNames } from './modules/module';

/** Larger ones are written by no one for this purpose. */
const maxConfigBytes = 1 << 20;
/** Read at once. */
const batchFiles = 256;

/** Their texts by path. */
export async function readConfigs(root: string, rows: readonly RowRef[]): Promise<ReadonlyMap<string, string>> {
  const wanted = rows
    .filter(({ segment, file }) => segment.byte(file, 'skip') === 0)
    .map(({ segment, file }) => ({ path: segment.path(file), hash: segment.hash(file) }))
    .filter(({ path }) => configNames.includes(nameOf(path)));
  const configs = new Map<string, string>();
  for (let first = 0; first < wanted.length; first += batchFiles) {
    const batch = wanted.slice(first, first + batchFiles);
    const texts = await indexedTexts(root, batch, maxConfigBytes);
    batch.forEach(({ path }, index) => {
      const text = texts[index];
      if (text !== undefined) configs.set(path, text.toString('utf8'));
    });
  }
  return configs;
}
