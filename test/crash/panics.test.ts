// Row F18: a bug in native code, or in a library of it, that panics. Each entry of native and each of its threads does when
// it is asked to; Tantivy does by itself over files that were written over behind its back, so a search index is, under a
// server that has it mapped, until a panic comes.

import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ResponseError } from 'vscode-languageserver-protocol/node';
import type { RootStatus } from '../../server/protocol';
import { innerPoints, nativeEntries } from '../support/nativeEntries';
import { ServerProcess } from '../support/serverProcess';
import { manifestsIn } from './support/oracles';
import { Place } from './support/processes';
import { Server } from './support/processesServer';
import { matrixRow, type Random, type Run } from './support/rows';

const files = 60;
/** Bytes at the end of a file that tell what it is: with them damaged, it is refused before it is read. */
const footerBytes = 120;
/** Of three blows one leads to a panic, the others to an error or to nothing. */
const maxBlows = 60;

/**
 * Of a measurement, of what sets a number, where nothing panics, and of the beginning of an extractor, which would never
 * begin in this environment.
 */
const unused = /^(parseOnly|CancelFlag\..*|languages|lowerPriority)$/;
const points = [...nativeEntries().filter((entry) => !unused.test(entry)), ...innerPoints];
/** A run takes seconds. */
const patienceMs = 90_000;
const commands = ['verify', 'rebuild', 'repair'];

describe('panics', () => {
  matrixRow(
    { row: 'F18', method: 'panic at each point of native', quick: 3, soak: points.length * 3, share: 0.04 },
    panicAt,
  );

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

  for (const point of ['SearchIndex.apply', 'SearchIndex.commit']) {
    it(`leave a search index alone that fails at each ${point}, and a repair mends it`, async () => {
      const place = new Place();
      let server: Server | undefined;
      try {
        place.write('a.ts', "export const before = 'one two';\n");
        await place.succeed('index', point);
        server = Server.start(place, { ALMAGEST_PANIC_IN: `${point}:*` });
        await server.open();
        place.write('a.ts', "export const after = 'one two';\n");
        await server.seen([{ path: 'a.ts', symbol: 'after', query: 'after' }]);
        let status = await server.open();
        while (status.state !== 'corrupted') status = await server.open();
        assert.match(status.cause, /The search index failed 4 times in a row, though made anew/);
        assert.equal(await server.stop(), 'exit code 0');
        const aside = readdirSync(join(place.indexFolder, 'quarantine')).filter((name) => !name.endsWith('.txt'));
        assert.ok(aside.length <= 3, aside.join(' '));
        await place.checkWhole(point, 'repair');
      } finally {
        await server?.kill();
        place.dispose();
      }
    }).timeout(60_000);
  }
});

/** Everything that a server is for, while one point panics: it lives, and its index is right afterwards. */
async function panicAt({ number, random, where: row }: Run): Promise<number> {
  // A prime spreads a short run over all of them.
  const point = points[(number * 31) % points.length] as string;
  const panic = `${point}:${turnOf(point, Math.floor(number / points.length))}`;
  const where = `${row}: ${panic}`;
  const place = new Place();
  let server: Server | undefined;
  try {
    for (let i = 0; i < 8; i++) place.write(`f${i}.ts`, `export const name${i} = 'one two'; // needle\n`);
    if (random.below(2) === 0) await place.succeed('index', where);
    server = Server.start(place, { ALMAGEST_PANIC_IN: panic });
    const limit = setTimeout(() => void server?.kill(), patienceMs); // whoever waits for it hears that it has ended
    await opened(server);
    for (const command of commands) {
      place.write(`${command}.ts`, `export const name = '${random.below(1e9)}'; // needle\n`);
      await server.useEverything(`${command}.ts`, command);
    }
    const { state, cause } = await opened(server);
    assert.equal(state, 'ready', `${where}: ${cause}`);
    clearTimeout(limit);
    assert.equal(await server.stop(), 'exit code 0', where);
    await place.checkWhole(where);
    return server.said.includes('was asked to panic') ? 1 : 0;
  } finally {
    await server?.kill();
    place.dispose();
  }
}

/** The status of the index when it has one; a question over which something panicked is put again. */
async function opened(server: Server): Promise<RootStatus> {
  for (;;) {
    try {
      return await server.open();
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error;
    }
  }
}

/**
 * Which time a point is reached; a later one in each pass over all points. A process that is begun anew has the same
 * environment, and its first work is what the one before it died of: where extractors panicked at once, none would get on.
 */
function turnOf(point: string, pass: number): number {
  if (/^(crc32c|blake3|Blake3)/.test(point)) return 300 * (pass + 1);
  return pass + (/^(extract|inFlight|releaseArrays|a thread of an extraction)/.test(point) ? 2 : 1);
}

/** Writes a few bytes of one file of a search index over, in place, so that whoever has it mapped sees them. */
function overwrite(folder: string, random: Random): void {
  const names = readdirSync(folder).filter((name) => /\.(idx|term|store)$/.test(name));
  const file = openSync(join(folder, random.pick(names)), 'r+');
  const end = fstatSync(file).size - footerBytes;
  for (let i = 0; i < 8 && end > 0; i++) writeSync(file, Uint8Array.of(random.below(256)), 0, 1, random.below(end));
  closeSync(file);
}
