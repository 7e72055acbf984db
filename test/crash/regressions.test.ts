// What the rows of the fault matrix have found once, each made to happen on purpose.

import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExtractorPool } from '../../server/extraction/pool';
import { OpenIndex } from '../../server/pipeline/openIndex';
import { ProgressMeter } from '../../server/pipeline/progress';
import { normalTokens, Scheduler } from '../../server/pipeline/scheduler';
import { limits } from '../../server/pipeline/workspaceIndexes';
import { scratchName } from '../../server/store/scratchFile';
import { quarantinedNames } from './support/oracles';
import { missingStrace, Place, programs, underStrace } from './support/processes';

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

  // It was half a search index, which the next start took for a damaged one and set aside.
  it('what a kill leaves of taking over the sound parts of a search index is swept', async function () {
    const missing = missingStrace();
    if (missing !== undefined) {
      console.log(`      skipped: ${missing}`);
      this.skip();
    }
    for (const name of ['a', 'b', 'c']) place.write(`${name}.ts`, `export function ${name}(): void {}\n`);
    await place.succeed('index', 'regression');
    const [search = ''] = readdirSync(place.indexFolder).filter((name) => name.startsWith('search-'));
    const list = join(place.indexFolder, search, 'meta.json');
    writeFileSync(list, readFileSync(list, 'utf8').replace('{', '['));
    for (const k of [1, 5]) {
      const kill = ['-e', 'trace=linkat', '-e', `inject=linkat:signal=KILL:when=${k}`];
      await place.almagest('index', underStrace('-o', '/dev/null', ...kill));
      const left = readdirSync(place.indexFolder).filter((name) => /^search-\w+\.tmp$/.test(name));
      assert.equal(left.length, 1, `killed at link ${k}`);
    }
    await place.checkWhole('regression');
    assert.deepEqual(quarantinedNames(place.indexFolder), [search]);
  });

  it('a scratch file that a kill left with its name is swept', async () => {
    place.write('a.ts', 'export function a(): void {}\n');
    await place.succeed('index', 'regression');
    writeFileSync(join(place.indexFolder, scratchName), 'left');
    await place.checkWhole('regression');
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
    quarantineBytes: 1 << 20,
    pool,
    scheduler: new Scheduler({ tokens: normalTokens }),
    warn: log,
    onChanged: nothing,
    onApplied: nothing,
    onSearchFailure: nothing,
    onProgress: nothing,
  });
  await index.searchIndex.beginRebuild();
  const plan = { files: [{ path, size: 1 }], removed: [], unchanged: 0, foundMs: Date.now() };
  await index.indexer.apply(plan, new ProgressMeter('extracting', 1));
  await index.feeder.flush();
  const { folder } = index.store;
  cpSync(folder, `${folder}.killed`, { recursive: true });
  await index.close();
  await pool.dispose();
  rmSync(folder, { recursive: true });
  renameSync(`${folder}.killed`, folder);
}
