// Lives of an index between two blows: a server under edits, or a command that saves, rebuilds or repairs, until it is
// struck. What the blow is (a kill, a power cut) is the caller's; what was shown as indexed before it is kept in a
// ledger outside of the index.

import assert from 'node:assert/strict';
import { Edits } from './edits';
import { FileLedger } from './oracles';
import { killGroup, Place } from './processes';
import { Server, ServerGone } from './processesServer';
import type { Random, Run } from './rows';

/** An index that lives through many runs. */
export interface Lane {
  readonly place: Place;
  readonly ledger: FileLedger;
  readonly edits: Edits;
  /** Blows so far. */
  blows: number;
}

/** Ends a life: gets the pid that leads its process group, and has to kill that group. */
export type Blow = (pid: number) => void;

/** kill -9 of everything. */
export const kill: Blow = (pid) => killGroup(pid);

/** Makes a workspace with an index that is up to date. */
export async function newLane({ random, where }: Run, indexDir?: string): Promise<Lane> {
  const place = new Place(indexDir);
  const ledger = new FileLedger();
  const edits = new Edits(place.root, ledger);
  for (let i = 0; i < 10; i++) edits.make(random);
  await place.succeed('index', where);
  ledger.acknowledge();
  return { place, ledger, edits, blows: 0 };
}

/** Lets the index live, mostly in a server, until it is struck. */
export async function live(lane: Lane, run: Run, blow: Blow): Promise<void> {
  await (run.random.next() < 0.7 ? serverLife : commandLife)(lane, run, blow);
  lane.blows++;
}

/** Strikes while the server recovers, or while files are edited and asked for. */
async function serverLife({ place, ledger, edits }: Lane, { random, where }: Run, blow: Blow): Promise<void> {
  const duringStart = random.next() < 0.4;
  const delay = duringStart ? random.below(200) : 120 + random.below(300);
  const server = Server.start(place);
  let struck = false;
  const timer = setTimeout(() => {
    struck = true;
    blow(server.pid);
  }, delay);
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
  assert.ok(struck, `${where}: the server ended by itself: ${await server.ended}`);
}

/** Strikes at any time of a command, or after it. */
async function commandLife({ place, ledger, edits }: Lane, { random, where }: Run, blow: Blow): Promise<void> {
  const made = edits.make(random);
  const command = pickCommand(random);
  const struck = { yet: false };
  const strike: Blow = (pid) => {
    struck.yet = true;
    blow(pid);
  };
  const { code, signal, err } = await place.almagest(command, { strike: { afterMs: random.below(700), blow: strike } });
  if (code === 0 && command !== 'repair') ledger.acknowledge(made.map(({ path }) => path));
  if (struck.yet) return;
  assert.equal(code, 0, `${where}: "almagest ${command}" ended with ${code ?? signal}: ${err}`);
  blow(0);
}

function pickCommand(random: Random): string {
  return random.pick(['index', 'index', 'rebuild', 'repair']);
}
