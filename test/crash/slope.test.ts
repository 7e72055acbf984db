// Row F25: edits for as long as there is time, with snapshots, merges and rebuilds between them, on one server that is never
// started again. What it has in memory, open and on disk may not grow with their number.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Edits } from './support/edits';
import { Place } from './support/processes';
import { Server } from './support/processesServer';
import { matrixRow, Random } from './support/rows';

/** What one server has, at the end of a round. */
interface Sample {
  readonly edits: number;
  readonly memory: number;
  readonly watcherMemory: number;
  readonly handles: number;
  readonly threads: number;
  readonly journal: number;
  readonly stores: number;
  readonly folder: number;
}

type Measure = Exclude<keyof Sample, 'edits'>;

const MiB = 2 ** 20;
const roundEdits = 75;
/** Snapshots come between the rebuilds, too. */
const snapshotFiles = 40;
/** Rounds before anything is compared: heaps, caches and pools have their size by then. */
const warmUp = 4;
/** Round in which the index is compared with a fresh one, of so many. */
const comparedEvery = 20;
const comparedAt = 7;
/**
 * How much a measure may differ between the first and the last round, by the line through all rounds after the warm-up. A
 * round ends with a rebuild, so the stores are alike. A leak of 200 KiB for each edit fails a short run, one of 6 KiB the
 * part that the row has of a soak of an hour.
 */
const tolerance: Readonly<Record<Measure, number>> = {
  memory: 40 * MiB,
  watcherMemory: 20 * MiB,
  handles: 3,
  threads: 3,
  journal: MiB,
  stores: 4 * MiB,
  folder: 4 * MiB,
};

describe('a server for hours', () => {
  const samples: Sample[] = [];
  const random = new Random(25);
  let place: Place | undefined;
  let server: Server | undefined;
  let edits: Edits;

  before(() => (place = new Place()));

  after(async () => {
    await server?.kill();
    place?.dispose();
    for (const line of figures(samples)) console.log(`      ${line}`);
  });

  matrixRow(
    {
      row: 'F25',
      method: 'growth under edits',
      quick: 8 * roundEdits,
      soak: Infinity,
      share: 0.05,
      missing: missingProc,
    },
    async ({ number, where }) => {
      const { root, indexFolder } = place as Place;
      if (server === undefined) {
        edits = new Edits(root, { write: () => undefined });
        (place as Place).write('README.md', '# Here\n');
        server = Server.start(place as Place);
        await server.open();
        await server.configure({ snapshotFiles });
      }
      let made = 0;
      while (made < roundEdits) {
        const batch = Array.from({ length: 5 }, () => edits.make(random)).flat();
        await server.seen(batch);
        made += batch.length;
      }
      for (const command of ['repair', 'rebuild'] as const) {
        const { ok, message } = await server.run(command, root);
        assert.ok(ok, `${where}: ${message}`);
      }
      if (number % comparedEvery === comparedAt) {
        assert.equal(await (place as Place).dump(where), await (place as Place).freshDump(), `${where}: O3`);
      }
      await server.open();
      samples.push(sampleOf(server, indexFolder, (samples.at(-1)?.edits ?? 0) + made));
      for (const measure of Object.keys(tolerance) as Measure[]) {
        const grown = growth(samples, measure);
        assert.ok(grown <= tolerance[measure], `${where}: ${figures(samples).join('\n')}`);
      }
      return made;
    },
  );
});

function sampleOf(server: Server, indexFolder: string, edits: number): Sample {
  const [watcher = 0] = server.children('watcher.js');
  const files = filesIn(indexFolder);
  const bytesOf = (chosen: (name: string) => boolean): number =>
    files.filter(([name]) => chosen(name)).reduce((sum, [, bytes]) => sum + bytes, 0);
  return {
    edits,
    memory: statusOf(server.pid, 'VmRSS') * 1024,
    watcherMemory: statusOf(watcher, 'VmRSS') * 1024,
    handles: readdirSync(`/proc/${server.pid}/fd`).length,
    threads: statusOf(server.pid, 'Threads'),
    journal: bytesOf((name) => name.startsWith('journal-')),
    stores: bytesOf((name) => /^(snapshot-|search-|manifest-)/.test(name)),
    // The last ten builds are kept, however many there were.
    folder: bytesOf((name) => !name.startsWith('builds/')),
  };
}

/** Paths and sizes of all files below a folder. What is gone before it is looked at is of no size. */
function filesIn(folder: string): (readonly [name: string, bytes: number])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const status = statSync(join(folder, name), { throwIfNoEntry: false });
    return [name, status?.isFile() === true ? status.size : 0];
  });
}

function statusOf(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** How much a measure grows from the first to the last round after the warm-up, by the line of least squares. */
function growth(samples: readonly Sample[], measure: Measure): number {
  const counted = samples.slice(Math.max(warmUp, Math.floor(samples.length / 3)));
  const [first, last] = [counted[0]?.edits ?? 0, counted.at(-1)?.edits ?? 0];
  const mean = (of: (sample: Sample) => number): number =>
    counted.reduce((sum, each) => sum + of(each), 0) / counted.length;
  const [x, y] = [mean((each) => each.edits), mean((each) => each[measure])];
  const spread = counted.reduce((sum, each) => sum + (each.edits - x) ** 2, 0);
  if (spread === 0) return 0;
  const slope = counted.reduce((sum, each) => sum + (each.edits - x) * (each[measure] - y), 0) / spread;
  return slope * (last - first);
}

/** What was measured, a line each. */
function figures(samples: readonly Sample[]): string[] {
  const [first, last] = [samples[Math.max(0, Math.min(warmUp, samples.length - 1))], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const shown = (measure: Measure, value: number): string =>
    tolerance[measure] < 100 ? value.toFixed(0) : `${(value / MiB).toFixed(1)} MiB`;
  const measures = Object.keys(tolerance) as Measure[];
  return measures.map((measure) => {
    const most = Math.max(...samples.map((sample) => sample[measure]));
    const [from, to, grown] = [first[measure], last[measure], growth(samples, measure)].map((v) => shown(measure, v));
    return `F25 ${measure}: ${from} after ${first.edits} edits, ${to} after ${last.edits}, at most ${shown(measure, most)}, slope ${grown}`;
  });
}

function missingProc(): string | undefined {
  return process.platform === 'linux' ? undefined : 'what a process has open is read from /proc';
}
