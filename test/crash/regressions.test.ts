// What the rows of the fault matrix have found once, each made to happen on purpose.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ExtractorPool } from '../../server/extraction/pool';
import { OpenIndex } from '../../server/pipeline/openIndex';
import { ProgressMeter } from '../../server/pipeline/progress';
import { normalTokens, Scheduler } from '../../server/pipeline/scheduler';
import { limits } from '../../server/pipeline/workspaceIndexes';
import { Place, programs } from './support/processes';

describe('found by the crash suite', function () {
  this.timeout(60_000);
  let place: Place;
  beforeEach(() => (place = new Place()));
  afterEach(() => place.dispose());

  // Its watermark said that all batches were in it, so that a start preferred it to the whole one before it.
  it('a search index that a rebuild had half filled is not taken for a whole one', async () => {
    for (const name of ['a', 'b', 'c']) place.write(`${name}.ts`, `export function ${name}(): void {}\n`);
    await place.succeed('index', 'regression');
    await leaveHalfRebuilt(place, 'a.ts');
    await place.checkWhole('regression');
    const names = readdirSync(place.indexFolder);
    assert.deepEqual(
      [names.filter((name) => name.startsWith('search-')).length, names.includes('quarantine')],
      [1, false],
    );
  });
});

/** What a kill leaves of a rebuild that has committed one file. */
async function leaveHalfRebuilt({ root, indexDir }: Place, path: string): Promise<void> {
  const log = (line: string): void => console.error(line);
  const pool = new ExtractorPool({ entry: join(programs, 'extractor.js'), limits: { ...limits, threads: 1 }, log });
  const nothing = (): void => undefined;
  const index = await OpenIndex.load({
    root,
    indexDir,
    maxFileBytes: limits.maxFileBytes,
    guardCrashes: false,
    pool,
    scheduler: new Scheduler({ tokens: normalTokens }),
    warn: log,
    onChanged: nothing,
    onApplied: nothing,
    onSearchFailure: nothing,
    onProgress: nothing,
  });
  await index.beginSearch();
  const plan = { files: [{ path, size: 1 }], removed: [], unchanged: 0 };
  await index.indexer.apply(plan, new ProgressMeter('extracting', 1));
  await index.feeder.flush();
  await index.close();
  await pool.dispose();
}
