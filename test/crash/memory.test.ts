// Rows F17 and F19: processes that run out of memory, are refused it or are shot by the system, and a search index that is
// cut while it is mapped, which kills whoever reads it. Each costs a restart, never an answer.

import assert from 'node:assert/strict';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Edits } from './support/edits';
import { FileLedger, manifestsIn, quarantinedNames } from './support/oracles';
import { MemoryGroup, missingMemoryGroup } from './support/memoryGroup';
import { killGroup, missingStrace, Place, underStrace } from './support/processes';
import { Server, ServerGone } from './support/processesServer';
import { matrixRow, type Random } from './support/rows';

/** A heap of so many MiB, from hopeless to just not enough. */
const heaps = [8, 12, 16, 24, 32] as const;
/** A limit of so many MiB for all processes of a command, in the same way. */
const groupMiB = [20, 28, 36, 40, 44, 48, 52, 64] as const;

describe('memory', () => {
  matrixRow({ row: 'F17', method: 'small heap', quick: 2, soak: 100, share: 0.01, lanes: 2 }, async (run) => {
    const { random, where } = run;
    const place = new Place();
    try {
      const ledger = await prepare(place, random, where);
      const heap = random.pick(heaps);
      await place.almagest('index', { nodeOptions: [`--max-old-space-size=${heap}`, '--max-semi-space-size=1'] });
      ledger.check(withoutMany(await place.dump(where)), where);
      await place.checkWhole(where);
    } finally {
      place.dispose();
    }
  });

  matrixRow(
    { row: 'F17', method: 'memory limit of a cgroup', quick: 2, soak: 100, share: 0.01, missing: missingMemoryGroup },
    async ({ random, where, number }) => {
      const place = new Place();
      const limit = random.pick(groupMiB);
      const group = new MemoryGroup(String(number), limit << 20);
      try {
        const ledger = await prepare(place, random, where);
        // Near the limit all time goes into pages that are read again and again.
        const strike = { afterMs: 20_000, blow: killGroup };
        await place.almagest('index', { ...group.inside, strike });
        ledger.check(withoutMany(await place.dump(where)), where);
        await place.checkWhole(where);
      } finally {
        await group.remove();
        place.dispose();
      }
    },
  );

  matrixRow(
    { row: 'F17', method: 'memory is refused', quick: 2, soak: 100, share: 0.01, missing: missingStrace },
    async ({ random, where }) => {
      const place = new Place();
      try {
        const ledger = await prepare(place, random, where);
        // From some call on, in whatever thread: V8 ends the process then, and so does Rust.
        const first = 60 + random.below(80);
        const when = random.pick([`${first}`, `${first}+`]);
        const refused = underStrace(
          '-o',
          '/dev/null',
          '-e',
          'trace=mmap',
          '-e',
          `inject=mmap:error=ENOMEM:when=${when}`,
        );
        await place.almagest('index', refused);
        ledger.check(withoutMany(await place.dump(where)), where);
        await place.checkWhole(where);
      } finally {
        place.dispose();
      }
    },
  );

  matrixRow({ row: 'F17', method: 'extractor is killed', quick: 2, soak: 100, share: 0.01 }, async (run) => {
    const place = new Place();
    try {
      writeMany(place, 400);
      const server = Server.start(place);
      try {
        const state = { open: false };
        const opened = server.open().finally(() => (state.open = true));
        let killed = 0;
        // A few times: more often in a row, and a file in work counts as the cause.
        while (!state.open && killed < 2) {
          for (const pid of server.children('extractor.js')) {
            process.kill(pid, 'SIGKILL');
            killed++;
          }
          await new Promise((resolve) => setTimeout(resolve, 5 + run.random.below(60)));
        }
        await opened;
        await server.stop();
      } finally {
        await server.kill();
      }
      await place.checkWhole(run.where);
    } finally {
      place.dispose();
    }
  });

  matrixRow({ row: 'F19', method: 'mapped search file is cut', quick: 2, soak: 50, share: 0.02 }, async (run) => {
    const { random, where } = run;
    const place = new Place();
    try {
      writeMany(place, 60);
      await place.succeed('index', where);
      const server = Server.start(place);
      try {
        await server.open();
        const { folder = '' } = manifestsIn(place.indexFolder)[0]?.search ?? {};
        const search = join(place.indexFolder, folder);
        const files = readdirSync(search).filter((name) => /\.(store|term|idx|pos|fast|fieldnorm)$/.test(name));
        const cut = join(search, random.pick(files));
        truncateSync(cut, random.below(statSync(cut).size));
        for (const word of ['many1', 'calls', 'function']) await server.search(word, 'ranked').catch(isDeathOrError);
        await server.kill();
        await place.almagest('verify');
        await place.checkWhole(where, 'repair');
        assert.ok(quarantinedNames(place.indexFolder).includes(folder), `${where}: O4: ${folder} is not in quarantine`);
      } finally {
        await server.kill();
      }
    } finally {
      place.dispose();
    }
  });
});

/** An index of a few files, and many changes that it has not seen. */
async function prepare(place: Place, random: Random, where: string): Promise<FileLedger> {
  const ledger = new FileLedger();
  const edits = new Edits(place.root, ledger);
  for (let i = 0; i < 10; i++) edits.make(random);
  await place.succeed('index', where);
  ledger.acknowledge();
  for (let i = 0; i < 400; i++) edits.make(random);
  writeMany(place, 300);
  return ledger;
}

function writeMany(place: Place, count: number): void {
  for (let i = 0; i < count; i++) {
    const body = Array.from({ length: 40 }, (_, line) => `  calls(${i}, ${line}, '${'x'.repeat(i % 50)}');\n`).join('');
    place.write(`many/many${i}.ts`, `export function many${i}(): void {\n${body}}\n`);
  }
}

/** A dump without what the ledger does not know. */
function withoutMany(dump: string): string {
  return dump.replace(/^file "many\/.*\n(?: .*\n)*/gm, '');
}

/** Reading a cut file may kill the server, or be refused; both are all right, other answers are looked at later. */
function isDeathOrError(error: unknown): void {
  if (!(error instanceof ServerGone) && !(error instanceof Error)) throw error;
}
