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

/** Makes so many workspaces, each with an index that is up to date, in one folder of indexes. */
export async function newLanes({ random, where }: Run, count: number, indexDir?: string): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (let number = 0; number < count; number++) {
    const place = new Place(indexDir ?? lanes[0]?.place.indexDir);
    const ledger = new FileLedger();
    const edits = new Edits(place.root, ledger, `lane${number}`);
    for (let i = 0; i < 10; i++) edits.make(random);
    await place.succeed('index', where);
    ledger.acknowledge();
    lanes.push({ place, ledger, edits, blows: 0 });
  }
  return lanes;
}

/** Lets the indexes live, mostly in one server, else one of them in a command, until they are struck: returns which. */
export async function live(lanes: readonly Lane[], run: Run, blow: Blow): Promise<readonly Lane[]> {
  const { random } = run;
  const inServer = random.next() < 0.7;
  const struck = inServer ? lanes : [random.pick(lanes)];
  await (inServer ? serverLife(lanes, run, blow) : commandLife(struck[0] as Lane, run, blow));
  for (const lane of struck) lane.blows++;
  return struck;
}

/** Strikes while the server recovers, or while files of all its roots are edited and asked for, or roots rebuilt. */
async function serverLife(lanes: readonly Lane[], { random, where }: Run, blow: Blow): Promise<void> {
  const server = Server.startUnwatched(lanes.map(({ place }) => place));
  const strike = { timer: undefined as NodeJS.Timeout | undefined, isDone: false };
  const strikeWithin = (ms: number): void => {
    strike.timer ??= setTimeout(() => {
      strike.isDone = true;
      blow(server.pid);
    }, random.below(ms));
  };
  try {
    if (random.next() < 0.4) strikeWithin(100 + 40 * lanes.length);
    await server.open();
    strikeWithin(200);
    await Promise.all(lanes.map((lane) => work(lane, server, random)));
  } catch (error) {
    if (!(error instanceof ServerGone)) throw error;
  } finally {
    clearTimeout(strike.timer);
  }
  assert.ok(strike.isDone, `${where}: the server ended by itself: ${await server.ended}`);
}

/** Edits and asks, and sometimes runs a command, for ever. */
async function work({ place: { root }, ledger, edits }: Lane, server: Server, random: Random): Promise<never> {
  for (;;) {
    if (random.next() < 0.06) await server.run(random.pick(['rebuild', 'repair']), root);
    const made = edits.make(random);
    await server.seen(made, root);
    ledger.acknowledge(made.map(({ path }) => path));
  }
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
