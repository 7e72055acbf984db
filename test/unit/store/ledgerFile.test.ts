// The log of when files were indexed: after any order of batches, commits, restarts, damage and rewriting, each file has
// the times that it was last given, or none.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { blake3 } from '../../../native';
import { LedgerFile, ledgerName, type FileTimes, type LedgerKey } from '../../../server/store/ledgerFile';
import { withTemporaryFolder } from '../../support/temporaryFolder';

const noTimes = { foundMs: 1, readMs: 2, journaledMs: 3 };

function key(path: string, text: string): LedgerKey {
  return { path: Buffer.from(path), hash: blake3(Buffer.from(text)) };
}

const failOnWarning = (line: string): void => assert.fail(line);

type Step =
  | { readonly kind: 'batch'; readonly files: readonly (readonly [path: number, text: number])[] }
  | { readonly kind: 'commit' | 'reopen' | 'rewrite' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('batch' as const),
      files: fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(2)), { minLength: 1, maxLength: 4, selector: ([path]) => path }),
    }),
    fc.record({ kind: fc.constantFrom('commit' as const, 'reopen' as const, 'rewrite' as const) }),
  ),
  { maxLength: 30 },
);

describe('ledger file', () => {
  it('knows the newest times of each file, whatever came between', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (all) =>
        withTemporaryFolder(async (folder) => {
          let ledger = new LedgerFile(folder, failOnWarning);
          const contents = new Map<number, number>();
          const known = new Map<number, Omit<FileTimes, 'searchableMs'> & { seq: number }>();
          let seq = 0;
          let committed = 0;
          for (const step of all) {
            if (step.kind === 'batch') {
              seq++;
              const shared = { foundMs: seq * 10, readMs: seq * 10 + 1, journaledMs: seq * 10 + 2 };
              const files = step.files.map(([path, text]) => ({ ...key(`f${path}`, `${text}`), micros: seq + path }));
              ledger.add([{ seq, ...shared, files }]);
              for (const [path, text] of step.files) {
                contents.set(path, text);
                known.set(path, { ...shared, micros: seq + path, seq });
              }
            } else if (step.kind === 'commit') {
              committed = seq;
              ledger.noteSearchable(seq);
            } else if (step.kind === 'reopen') {
              await ledger.close();
              ledger = new LedgerFile(folder, failOnWarning);
            } else {
              await ledger.compact(
                [...contents].map(([path, text]) => key(`f${path}`, `${text}`)),
                seq,
              );
            }
          }
          for (const [path, { seq: batch, ...times }] of known) {
            const { searchableMs, ...found } =
              (await ledger.find(key(`f${path}`, `${contents.get(path)}`))) ?? assert.fail(`f${path} is not known`);
            assert.deepEqual(found, times);
            assert.equal(searchableMs !== undefined, batch <= committed, `f${path}`);
            assert.equal(await ledger.find(key(`f${path}`, 'never indexed')), undefined);
          }
          await ledger.close();
        }),
      ),
      { numRuns: 60 },
    );
  });

  it('keeps what came after the batch that it is rewritten for, and nothing that is out of date', () =>
    withTemporaryFolder(async (folder) => {
      const ledger = new LedgerFile(folder, failOnWarning);
      const path = join(folder, ledgerName);
      for (let seq = 1; seq <= 2000; seq++) {
        ledger.add([{ seq, ...noTimes, files: [{ ...key('a', `${seq}`), micros: seq }] }]);
      }
      await ledger.close();
      assert.ok(ledger.isWorn(1) && !ledger.isWorn(1000));
      await ledger.compact([key('a', '1999')], 1999);
      assert.equal((await ledger.find(key('a', '1999')))?.micros, 1999);
      assert.equal((await ledger.find(key('a', '2000')))?.micros, 2000);
      assert.equal(await ledger.find(key('a', '1998')), undefined);
      assert.equal(statSync(path).size, 2 * (56 + 16));
      assert.ok(!ledger.isWorn(1));
      assert.equal(statSync(path).mode & 0o777, 0o600);
    }));

  it('loses what is damaged, and no more', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, ledgerName);
      const write = async (from: number, to: number): Promise<void> => {
        const ledger = new LedgerFile(folder, failOnWarning);
        for (let seq = from; seq <= to; seq++) {
          ledger.add([{ seq, ...noTimes, files: [{ ...key(`f${seq}`, ''), micros: seq }] }]);
        }
        await ledger.close();
      };
      await write(1, 3);
      const bytes = readFileSync(path);
      bytes[80] = (bytes[80] as number) ^ 1; // in the second group
      writeFileSync(path, bytes);
      truncateSync(path, bytes.length - 3); // the third is torn
      await write(4, 4);
      const ledger = new LedgerFile(folder, failOnWarning);
      const found = await Promise.all([1, 2, 3, 4].map((seq) => ledger.find(key(`f${seq}`, ''))));
      assert.deepEqual(
        found.map((times) => times?.micros),
        [1, undefined, undefined, 4],
      );
      appendFileSync(path, Buffer.alloc(4096, 'ALML'));
      assert.equal((await ledger.find(key('f4', '')))?.micros, 4);
    }));

  it('says once that it cannot be written, and follows no link', () =>
    withTemporaryFolder(async (folder) => {
      for (const [name, plant] of [
        ['folder', (path: string) => mkdirSync(path)],
        ['link', (path: string) => symlinkSync(join(folder, 'elsewhere'), path)],
      ] as const) {
        const place = join(folder, name);
        mkdirSync(place);
        plant(join(place, ledgerName));
        const warnings: string[] = [];
        const ledger = new LedgerFile(place, (line) => warnings.push(line));
        for (let seq = 1; seq <= 2; seq++) ledger.add([{ seq, ...noTimes, files: [{ ...key('a', ''), micros: 1 }] }]);
        assert.equal(await ledger.find(key('a', '')), undefined);
        assert.deepEqual(
          warnings.map((line) => line.replace(place, '')),
          [`when files were indexed is not noted: /${ledgerName} is not a regular file. Repair the index.`],
        );
      }
      assert.throws(() => statSync(join(folder, 'elsewhere')), /ENOENT/);
    }));
});
