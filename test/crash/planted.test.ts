// Does the suite bite? Bugs of the kind that cost other indexes their data are planted in the product, one at a time, in
// a bundle of their own, and a row of the suite has to find each. A plant that fits nowhere any more is a failure too.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type * as Esbuild from 'esbuild';
import { withTemporaryFolder } from '../support/temporaryFolder';
import type { Programs, RowName, rows as rowsOf } from './support/plantRows';

interface Plant {
  readonly bug: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly row: RowName;
}

const plants: readonly Plant[] = [
  {
    bug: 'the journal is not synced',
    file: 'store/journal.ts',
    from: 'await this.#writePieces(pieces, at - this.#size);\n      await this.#handle.datasync();',
    to: 'await this.#writePieces(pieces, at - this.#size);',
    row: 'F3 power cuts, saves',
  },
  {
    bug: 'folders are not synced',
    file: 'store/durableFile.ts',
    from: 'await patientRename(temporary, path);\n    await syncFolder(folder);',
    to: 'await patientRename(temporary, path);',
    row: 'F3 power cuts, first start',
  },
  {
    bug: 'what a write did not take is not written again',
    file: 'store/durableFile.ts',
    from: 'while (written < bytes.length) {',
    to: 'if (bytes.length > 0) {',
    row: 'F2 short writes',
  },
  {
    bug: 'a torn tail is not cut',
    file: 'store/journal.ts',
    from: 'if (found.cut > 0) await handle.truncate(found.position.offset);',
    to: '',
    row: 'F3 power cuts, torn tail',
  },
  {
    bug: 'a failed fsync is tried again',
    file: 'store/journal.ts',
    from: 'await this.#writePieces(pieces, at - this.#size);\n      await this.#handle.datasync();',
    to: 'await this.#writePieces(pieces, at - this.#size);\n      await this.#handle.datasync().catch(() => this.#handle.datasync());',
    row: 'F1 errors',
  },
  {
    bug: 'journals go before the manifest that makes them needless is there',
    file: 'store/indexStore.ts',
    from: 'await writeManifest(this.folder, manifest);\n    this.#manifest = manifest;',
    to: 'await this.#trim(writer, [manifest]);\n    await writeManifest(this.folder, manifest);\n    this.#manifest = manifest;',
    row: 'F3 power cuts, generations',
  },
  {
    bug: 'the search index is not asked whose it is',
    file: 'pipeline/searchOpening.ts',
    from: 'if (indexId !== store.indexId) return',
    to: 'if (indexId === "") return',
    row: 'F12 foreign search index',
  },
  {
    bug: 'hashes are not compared',
    file: 'store/durableFile.ts',
    from: 'if (hash !== stamp.hash) {',
    to: "if (hash === '') {",
    row: 'F9 bit flips',
  },
  {
    bug: 'files are written in place',
    file: 'store/durableFile.ts',
    from: "export const temporarySuffix = '.tmp';",
    to: "export const temporarySuffix = '';",
    row: 'F3 power cuts, first start',
  },
  {
    bug: 'a watermark is one too high',
    file: 'store/recovery.ts',
    from: 'const afterSeq = snapshot?.seq ?? 0;',
    to: 'const afterSeq = snapshot === undefined ? 0 : snapshot.seq + 1;',
    row: 'F3 power cuts, generations',
  },
  {
    bug: 'there is no lock',
    file: 'store/lock.ts',
    from: 'return await acquireLock(',
    to: 'return await ((..._: unknown[]) => Promise.resolve({ held: true, release() {} } as FileLock))(',
    row: 'F14 two writers',
  },
  {
    bug: 'an overflow of the watcher is ignored',
    file: 'workspace/watcherProcess.ts',
    from: 'if (this.#burst > burstEvents) {',
    to: 'if (this.#burst > Infinity) {',
    row: 'F20 watcher overflow',
  },
  {
    bug: 'symbolic links are followed',
    file: 'store/durableFile.ts',
    from: 'const noFollow = (constants.O_NOFOLLOW as number | undefined) ?? 0;',
    to: 'const noFollow = 0;',
    row: 'F11 replaced files',
  },
  {
    bug: 'equal metadata is trusted at any time',
    file: 'workspace/scan.ts',
    from: "if (result.changedMs(index) + racyMs >= file.checkedAtMs) return 'racy';",
    to: '',
    row: 'F21 racy edits',
  },
];

const load = createRequire(__filename);

describe('planted bugs', function () {
  this.timeout(300_000);
  const caught: string[] = [];

  for (const plant of plants) {
    it(`${plant.bug}: caught`, () =>
      withTemporaryFolder(async (folder) => {
        const { rows, programs } = await bundleWith(plant, folder);
        const failure = await rows[plant.row](programs).then(
          () => undefined,
          (error: unknown) => error as Error,
        );
        assert.ok(failure, `${plant.row} did not notice`);
        // Not by an accident of the plant: it has to run.
        assert.doesNotMatch(failure.message, /is not defined|is not a function|Cannot find/);
        caught.push(`    ${plant.bug.padEnd(66)} ${plant.row}`);
      }));
  }

  for (const row of [
    'F12 foreign search index',
    'F14 two writers',
    'F20 watcher overflow',
    'F21 racy edits',
  ] as const) {
    it(`without a bug ${row} passes`, () =>
      withTemporaryFolder(async (folder) => {
        const { rows, programs } = await bundleWith(undefined, folder);
        await rows[row](programs);
      }));
  }

  after(() => {
    console.log([...caught, `    ${caught.length} of ${plants.length} planted bugs caught`].join('\n'));
  });
});

/** Bundles the rows, and the programs that they start, with the bug in its place. */
async function bundleWith(
  plant: Plant | undefined,
  folder: string,
): Promise<{ rows: typeof rowsOf; programs: Programs }> {
  const { build } = load('esbuild') as typeof Esbuild;
  const script = join(process.cwd(), '.build/bundle.mjs');
  const { nodeOptions } = (await import(script)) as { nodeOptions: (native: string) => Esbuild.BuildOptions };
  const options = nodeOptions(resolve('native/index.js'));
  const patched = new Set<string>();
  const patch: Esbuild.Plugin = {
    name: 'plant',
    setup: (building) => {
      building.onLoad({ filter: /[\\/]server[\\/].*\.ts$/ }, ({ path }) => {
        if (plant === undefined || path !== resolve('server', plant.file)) return undefined;
        const pieces = readFileSync(path, 'utf8').split(plant.from);
        assert.equal(pieces.length, 2, `the bug "${plant.bug}" fits server/${plant.file} no more: adapt it`);
        patched.add(path);
        return { contents: pieces.join(plant.to), loader: 'ts' };
      });
    },
  };
  await build({
    ...options,
    sourcemap: false,
    logLevel: 'silent',
    plugins: [patch, ...(options.plugins ?? [])],
    entryPoints: { rows: 'test/crash/support/plantRows.ts', watcher: 'server/workspace/watcherProcess.ts' },
    outdir: folder,
  });
  assert.equal(patched.size, plant === undefined ? 0 : 1, 'the file with the bug is not part of the rows');
  const { rows } = load(join(folder, 'rows.js')) as { rows: typeof rowsOf };
  return { rows, programs: { watcher: join(folder, 'watcher.js') } };
}
