// Row F18: a bug in native code, or in a library of it, that panics. A panic cannot be asked for, but Tantivy has some for
// files that were written over behind its back; so a search index is, under a server that has it mapped, until one comes.

import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ServerProcess } from '../support/serverProcess';
import { manifestsIn } from './support/oracles';
import { Place } from './support/processes';
import type { Random } from './support/rows';
import { matrixRow } from './support/rows';

const files = 60;
/** Bytes at the end of a file that tell what it is: with them damaged, it is refused before it is read. */
const footerBytes = 120;
/** Of three blows one leads to a panic, the others to an error or to nothing. */
const maxBlows = 60;

describe('panics', () => {
  matrixRow({ row: 'F18', method: 'panic in native', quick: 2, soak: 40, share: 0.01 }, async ({ random, where }) => {
    const place = new Place();
    let server: ServerProcess | undefined;
    try {
      for (let i = 0; i < files; i++) {
        place.write(`f${i}.ts`, `export function name${i}(): string {\n  return 'one two'; // needle ${i}\n}\n`);
      }
      await place.succeed('index', where);
      const started = (server = await ServerProcess.start(place.root, place.indexDir));
      await started.settled();
      const asked = async (query: string): Promise<number | Error> =>
        started.search({ kind: 'ranked', query, limit: files }).then(
          ({ hits }) => hits.length,
          (error: unknown) => error as Error,
        );
      const hits = await asked('needle');
      assert.equal(typeof hits, 'number');
      const { pid } = started;
      let panicked = false;
      for (let blow = 0; blow < maxBlows && !panicked; blow++) {
        overwrite(join(place.indexFolder, manifestsIn(place.indexFolder)[0]?.search?.folder ?? ''), random);
        const said = await asked('needle OR "return one"');
        panicked = said instanceof Error && /a bug in Almagest's native part/.test(said.message);
        // After a failure it mends itself; what no question has touched yet, a repair finds.
        await started.settled();
        const found = panicked ? await asked('needle') : hits;
        assert.deepEqual([found, started.pid], [hits, pid], `${where}, blow ${blow}`);
        const { ok, message } = await started.command({ method: 'almagest/repair' });
        assert.ok(ok, `${where}: ${message}`);
        assert.deepEqual([await asked('needle'), started.pid], [hits, pid], `${where}, blow ${blow}: ${message}`);
      }
      assert.ok(panicked, `${where}: nothing panicked`);
      place.write('later.ts', 'export const later = 1;\n');
      await started.didSave('later.ts');
      await started.settled();
      assert.deepEqual(await started.symbols('later'), ['later'], where);
      assert.equal((await started.command({ method: 'almagest/verify' })).ok, true, where);
      await started.stop();
      assert.equal(await place.read(where, true), await place.freshDump(), where);
    } finally {
      await server?.kill();
      place.dispose();
    }
  });
});

/** Writes a few bytes of one file of a search index over, in place, so that whoever has it mapped sees them. */
function overwrite(folder: string, random: Random): void {
  const names = readdirSync(folder).filter((name) => /\.(idx|term|store)$/.test(name));
  const file = openSync(join(folder, random.pick(names)), 'r+');
  const end = fstatSync(file).size - footerBytes;
  for (let i = 0; i < 8 && end > 0; i++) writeSync(file, Uint8Array.of(random.below(256)), 0, 1, random.below(end));
  closeSync(file);
}
