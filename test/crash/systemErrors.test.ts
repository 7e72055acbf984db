// Rows F15 and F16: system calls that fail. A lock that cannot be had must not lead to two writers; an fsync that failed
// must never be asked again on the same descriptor, since the kernel may have dropped the pages and would then agree.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Edits } from './support/edits';
import { FileLedger } from './support/oracles';
import { missingStrace, Place, underStrace } from './support/processes';
import { matrixRow, type Run } from './support/rows';

describe('system calls that fail', () => {
  matrixRow(
    { row: 'F15', method: 'flock fails', quick: 3, soak: 20, share: 0.005, missing: missingStrace },
    async ({ random, where }) => {
      await withEdited(random, where, async (place, ledger) => {
        const error = random.pick(['ENOLCK', 'EIO', 'EINTR', 'EAGAIN']);
        // The first lock is that of the index; later ones are Tantivy's own.
        const inject = ['-y', '-e', 'trace=flock', '-e', `inject=flock:error=${error}:when=1`];
        const trace = join(place.folder, 'trace');
        const { code, err } = await place.almagest('index', underStrace('-o', trace, ...inject));
        const [, ...later] = readFileSync(trace, 'utf8').split('(INJECTED)');
        assert.ok(later.length > 0, `${where}: no lock was asked for`);
        // strace counts calls by thread, so that a second try may get it.
        const hasLock = /\/LOCK>, .* = 0$/m.test(later.join(''));
        if (hasLock) assert.ok(code === 0 || err !== '', `${where}: ended with ${code} without a word`);
        else assert.ok(code !== 0 && err !== '', `${where}: wrote without a lock (${error}), or failed without a word`);
        ledger.check(await place.dump(where), where);
        await place.checkWhole(where);
      });
    },
  );

  for (const call of ['fsync', 'fdatasync'] as const) {
    matrixRow(
      { row: 'F16', method: `${call} fails once`, quick: 3, soak: 60, share: 0.015, lanes: 2, missing: missingStrace },
      async ({ random, number, where }) => {
        await withEdited(random, where, async (place, ledger) => {
          const k = 1 + (number % 15);
          const error = random.pick(['EIO', 'ENOSPC']);
          const trace = join(place.folder, 'trace');
          const inject = [
            '-y',
            '-e',
            'trace=fsync,fdatasync,openat,close',
            '-e',
            `inject=${call}:error=${error}:when=${k}`,
          ];
          const { code, err } = await place.almagest('index', underStrace('-o', trace, ...inject));
          assert.ok(code === 0 || err !== '', `${where}: ended with ${code} without a word`);
          refuseRetries(readFileSync(trace, 'utf8'), where);
          if (code === 0) ledger.acknowledge();
          ledger.check(await place.dump(where), where);
          await place.checkWhole(where);
        });
      },
    );
  }
});

async function withEdited(
  random: Run['random'],
  where: string,
  use: (place: Place, ledger: FileLedger) => Promise<void>,
): Promise<void> {
  const place = new Place();
  try {
    const ledger = new FileLedger();
    const edits = new Edits(place.root, ledger);
    for (let i = 0; i < 6; i++) edits.make(random);
    await place.succeed('index', where);
    ledger.acknowledge();
    for (let i = 0; i < 3; i++) edits.make(random);
    await use(place, ledger);
  } finally {
    place.dispose();
  }
}

/** After a sync failed, the same descriptor is closed before anything of its number is synced again. */
function refuseRetries(trace: string, where: string): void {
  const failed = new Set<string>();
  for (const line of trace.split('\n')) {
    const [, call, descriptor = ''] = /\b(fsync|fdatasync|close)\((\d+)/.exec(line) ?? [];
    if (call === 'close') failed.delete(descriptor);
    else if (line.includes('(INJECTED)')) failed.add(descriptor);
    else if (call !== undefined) assert.ok(!failed.has(descriptor), `${where}: synced again after a failure: ${line}`);
  }
}
