// Row F5: processes killed with kill -9 at random instants, again and again over the same index: a server under edits,
// one that is just recovering from the kill before, and commands that save, rebuild and repair. What was ever shown as
// indexed must be there when the index is opened again, and in the end the index must equal a fresh one.

import assert from 'node:assert/strict';
import { FileLedger } from './support/oracles';
import { Edits } from './support/edits';
import { Place } from './support/processes';
import { Server, ServerGone } from './support/processesServer';
import { matrixRow, type Random, type Run } from './support/rows';

/** Kills between two comparisons with a fresh index, which cost more than ten kills. */
const killsPerWhole = 25;

interface Lane {
  readonly place: Place;
  readonly ledger: FileLedger;
  readonly edits: Edits;
  kills: number;
}

describe('processes killed at random', () => {
  const lanes = new Map<number, Lane>();
  after(() => {
    for (const { place } of lanes.values()) place.dispose();
  });

  matrixRow(
    { row: 'F5', method: 'random kill -9, also while recovering', quick: 30, soak: 10_000, share: 0.4, lanes: 2 },
    async (run) => {
      const lane = lanes.get(run.lane) ?? (await newLane(run));
      lanes.set(run.lane, lane);
      try {
        const life = run.random.next() < 0.75 ? serverLife : commandLife;
        await life(lane, run);
        lane.kills++;
        const where = `${run.where}, kill ${lane.kills} of its index`;
        lane.ledger.check(await lane.place.dump(where), where);
        if (lane.kills % killsPerWhole === killsPerWhole - 1) await lane.place.checkWhole(where);
      } catch (error) {
        // What it left stays for a look; the next run begins with an index of its own.
        lanes.delete(run.lane);
        console.log(`      kept: ${lane.place.folder}`);
        throw error;
      }
    },
  );
});

async function newLane({ random, where }: Run): Promise<Lane> {
  const place = new Place();
  const ledger = new FileLedger();
  const edits = new Edits(place.root, ledger);
  for (let i = 0; i < 10; i++) edits.make(random);
  await place.succeed('index', where);
  ledger.acknowledge();
  return { place, ledger, edits, kills: 0 };
}

/** A server that is killed after so many ms: while it recovers, or while files are edited and asked for. */
async function serverLife({ place, ledger, edits }: Lane, { random, where }: Run): Promise<void> {
  const duringStart = random.next() < 0.4;
  const delay = duringStart ? random.below(200) : 120 + random.below(400);
  const server = Server.start(place);
  const timer = setTimeout(() => void server.kill(), delay);
  try {
    await server.open();
    for (;;) {
      const made = edits.make(random);
      await server.seen(made);
      ledger.acknowledge(made.map(({ path }) => path));
    }
  } catch (error) {
    if (!(error instanceof ServerGone)) throw error;
  } finally {
    clearTimeout(timer);
  }
  assert.equal(await server.ended, 'SIGKILL', `${where}: the server ended by itself`);
}

/** A command that is killed after so many ms, unless it is done before. */
async function commandLife({ place, ledger, edits }: Lane, { random, where }: Run): Promise<void> {
  const made = edits.make(random);
  const command = pickCommand(random);
  const { code, signal, err } = await place.almagest(command, { killAfterMs: random.below(700) });
  if (signal === 'SIGKILL') return;
  assert.equal(code, 0, `${where}: "almagest ${command}" ended with ${code ?? signal}: ${err}`);
  if (command !== 'repair') ledger.acknowledge(made.map(({ path }) => path));
}

function pickCommand(random: Random): string {
  return random.pick(['index', 'index', 'rebuild', 'repair']);
}
