// Row F4: kill -9 at every call that changes the index, of each command that writes: before it, after it and, for a write,
// after half of it. Then a reader must find what was indexed before, file by file whole, and the command, run again, must
// end as a fresh index. Artifacts that are there are whole, those of before or the new ones.

import assert from 'node:assert/strict';
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { blake3 } from '../../native';
import { FileLedger, manifestsIn, quarantined } from './support/oracles';
import { Edits } from './support/edits';
import { killedAt, missingKillAt, pointsOf, type KillPoint } from './support/killAt';
import { Place } from './support/processes';
import { Server } from './support/processesServer';
import { matrixRow, Random, type Run } from './support/rows';

interface Workload {
  readonly name: string;
  readonly command: string;
  /** Brings a place from an up-to-date index to where the command begins. */
  readonly prepare: (place: Place, edit: () => void) => Promise<void>;
  /** Whether something is damaged before: what is set aside then is no false alarm. */
  readonly damaged?: boolean;
}

const workloads: readonly Workload[] = [
  { name: 'first build', command: 'index', prepare: async ({ indexDir }) => Promise.resolve(empty(indexDir)) },
  { name: 'save', command: 'index', prepare: async (_, edit) => Promise.resolve(edit()) },
  { name: 'recover', command: 'index', prepare: leaveJournal },
  { name: 'repair', command: 'repair', prepare: damageSearch, damaged: true },
  { name: 'rebuild', command: 'rebuild', prepare: async (_, edit) => Promise.resolve(edit()) },
  { name: 'export', command: 'export', prepare: exportBefore },
];

/** A place before a command, which is copied back before each kill. */
interface Stage {
  readonly workload: Workload;
  readonly place: Place;
  readonly before: string;
  readonly ledger: () => FileLedger;
  readonly fresh: string;
  readonly points: readonly KillPoint[];
}

describe('commands killed at each step', () => {
  const lanes = 2;
  const stages: Stage[][] = [];
  after(() => {
    for (const { place } of stages.flat()) place.dispose();
  });

  matrixRow(
    {
      row: 'F4',
      method: 'kill -9 at each call that changes the index',
      quick: 20,
      soak: Infinity,
      share: 0.22,
      lanes,
      missing: missingKillAt,
      total: async () => {
        for (let lane = 0; lane < lanes; lane++) stages.push(await Promise.all(workloads.map(makeStage)));
        return Math.max(...stages.map((own) => allPoints(own).length));
      },
    },
    (run) => {
      const points = allPoints(stages[run.lane] as Stage[]);
      // A prime far from the number of points spreads a short run over all of them.
      const [stage, point] = points[(run.number * 7919) % points.length] as [Stage, KillPoint];
      return killStage(stage, point, run);
    },
  );
});

async function makeStage(workload: Workload): Promise<Stage> {
  const where = `F4 ${workload.name}`;
  const place = new Place();
  const written: [path: string, text: string | undefined][] = [];
  const edits = new Edits(place.root, { write: (path, text) => void written.push([path, text]) });
  const random = new Random(4);
  for (let i = 0; i < 8; i++) edits.make(random);
  await place.succeed('index', where);
  const acknowledged = written.length;
  await workload.prepare(place, () => {
    for (let i = 0; i < 4; i++) edits.make(random);
  });
  const before = `${place.indexDir}-before`;
  copyIndexes(place.indexDir, before);
  const points = await pointsOf(place, workload.command);
  return {
    workload,
    place,
    before,
    fresh: await place.freshDump(),
    points,
    ledger: () => {
      const replayed = new FileLedger();
      for (const [i, [path, text]] of written.entries()) {
        if (i === acknowledged && workload.name !== 'first build') replayed.acknowledge();
        replayed.write(path, text);
      }
      return replayed;
    },
  };
}

function allPoints(stages: readonly Stage[]): [Stage, KillPoint][] {
  return stages.flatMap((stage) => stage.points.map((point): [Stage, KillPoint] => [stage, point]));
}

/** All but the sockets of owners that are gone. */
function copyIndexes(from: string, to: string): void {
  const filter = (path: string): boolean => !lstatSync(path).isSocket();
  cpSync(from, to, { recursive: true, preserveTimestamps: true, filter });
}

/** How often it was killed: runs differ by a call or two, so that one may not come to the last ones. */
async function killStage(stage: Stage, point: KillPoint, run: Run): Promise<number> {
  const { workload, place, before, fresh, ledger } = stage;
  const where = `${run.where}: ${workload.name}, ${point.when} ${point.call}, call ${point.at}`;
  empty(place.indexDir);
  copyIndexes(before, place.indexDir);
  const { code, err } = await place.almagest(workload.command, killedAt(place, point));
  if (code !== null && code !== 137) {
    assert.equal(code, 0, `${where}: ended with ${code}: ${err}`);
    return 0;
  }
  if (existsSync(place.indexFolder) && manifestsIn(place.indexFolder).some(({ search }) => search !== undefined)) {
    ledger().check(await place.read(where), where);
  }
  if (workload.command === 'export') {
    checkArtifacts(place.indexFolder, where);
    await place.succeed('export', where);
    checkArtifacts(place.indexFolder, where);
  }
  await place.checkWhole(where, workload.damaged === true ? 'repair' : 'index', fresh);
  const damaged =
    workload.damaged === true ? manifestsIn(join(before, basename(place.indexFolder)))[0]?.search : undefined;
  const alarms = quarantined(place.indexFolder).filter(
    ({ name, note }) => name !== damaged?.folder && !note.includes('a newer search index exists'),
  );
  assert.deepEqual(alarms, [], `${where}: O4: sound files were set aside as damaged`);
  return 1;
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}

/** A server that was killed: batches only in the journal, a torn group behind them, temporary files of a save. */
async function leaveJournal(place: Place, edit: () => void): Promise<void> {
  const server = Server.start(place);
  await server.open();
  edit();
  while ((await server.open()).seq < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await server.kill();
  const journals = readdirSync(place.indexFolder).filter((name) => name.startsWith('journal-'));
  const last = join(place.indexFolder, journals.sort().at(-1) as string);
  writeFileSync(last, Buffer.concat([readFileSync(last), Buffer.alloc(777, 0x5a)]));
  writeFileSync(join(place.indexFolder, 'snapshot-9.seg.tmp'), 'half a snapshot');
}

/** Artifacts of the files as they were before. */
async function exportBefore(place: Place, edit: () => void): Promise<void> {
  await place.succeed('export', 'F4 export');
  edit();
  await place.succeed('index', 'F4 export');
}

/** Each part of the artifacts has the hash that their manifest names. */
function checkArtifacts(indexFolder: string, where: string): void {
  const folder = join(indexFolder, 'artifacts');
  if (!existsSync(folder)) return;
  const { artifacts } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as ArtifactManifest;
  const parts = artifacts.flatMap((artifact) => artifact.parts);
  assert.notEqual(parts.length, 0, where);
  for (const { file, blake3: hash } of parts) {
    assert.equal(blake3(readFileSync(join(folder, file))).toString('hex'), hash, `${where}: ${file}`);
  }
}

interface ArtifactManifest {
  readonly artifacts: readonly { readonly parts: readonly { readonly file: string; readonly blake3: string }[] }[];
}

async function damageSearch(place: Place, edit: () => void): Promise<void> {
  edit();
  await place.succeed('index', 'F4 repair');
  const [search = ''] = readdirSync(place.indexFolder).filter((name) => name.startsWith('search-'));
  const [store = ''] = readdirSync(join(place.indexFolder, search)).filter((name) => name.endsWith('.store'));
  const path = join(place.indexFolder, search, store);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 0x10;
  writeFileSync(path, bytes);
}
