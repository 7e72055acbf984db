// Rows of the fault matrix as mocha tests: how often a row runs in the short form and in the soak, with a seed for each
// run, what failed, and what could not be run here and why. What a row does is in the test files.

import { appendFileSync } from 'node:fs';

export interface MatrixRow {
  /** Its number in the fault matrix: "F5". */
  readonly row: string;
  /** What is done, in a few words. */
  readonly method: string;
  /** Runs in the short form, which belongs to `npm test`. */
  readonly quick: number;
  /** Runs in the soak, unless its time is up before. */
  readonly soak: number;
  /** Part of the soak's minutes that this row may take. */
  readonly share: number;
  /** For a row that is exhaustive: prepares it and tells how many runs there are, which is all that the soak does. */
  readonly total?: () => Promise<number>;
  /** Runs at the same time; 1 if absent. */
  readonly lanes?: number;
  /** Why it cannot be run here; undefined when it can. */
  readonly missing?: () => string | undefined;
}

/** One run of a row. Equal seeds do the same, as far as the machine's own timing lets them. */
export interface Run {
  readonly seed: number;
  /** Counts from 0, without gaps: the seed is drawn from it. */
  readonly number: number;
  /** Which of the runs at the same time it belongs to. */
  readonly lane: number;
  readonly random: Random;
  /** Begins every message of a failure: row, method and seed. */
  readonly where: string;
}

/** Minutes of the soak; undefined in the short form. */
export const soakMinutes = numberFrom('ALMAGEST_SOAK_MINUTES');
const onlySeed = numberFrom('ALMAGEST_SEED');
const onlyRows = process.env['ALMAGEST_ROWS']?.split(',');
const firstSeed = 20_231_117;
const shortMs = 120_000;
const maxFailures = 10;

/**
 * Defines the test of a row. `ALMAGEST_SEED=n` runs that seed alone; `ALMAGEST_ROWS=F5,F6` leaves other rows out. The
 * first failure ends a row in the short form; the soak counts them, up to ten. `work` may tell how many lives it struck,
 * each of which counts as a run; else it is one.
 */
export function matrixRow(options: MatrixRow, work: (run: Run) => Promise<number | void>): void {
  const { row, method, quick, soak, share, total, lanes = 1, missing } = options;
  if (onlyRows !== undefined && !onlyRows.includes(row)) return;
  it(`${row}: ${method}`, async function () {
    this.timeout(0);
    const reason = missing?.();
    if (reason !== undefined) {
      console.log(`      ${row} skipped: ${reason}`);
      noteRow({ row, method, runs: 0, failures: 0, ms: 0, skipped: reason });
      this.skip();
    }
    const all = Math.min((await total?.()) ?? Infinity, soak);
    const started = performance.now();
    const limitMs = soakMinutes === undefined ? shortMs : soakMinutes * 60_000 * share;
    const wanted = onlySeed !== undefined ? 1 : soakMinutes === undefined ? Math.min(quick, all) : all;
    const failures: unknown[] = [];
    let next = 0;
    let runs = 0;
    const isOver = (): boolean =>
      (total === undefined ? runs : next) >= wanted ||
      performance.now() - started > limitMs ||
      failures.length >= (soakMinutes === undefined ? 1 : maxFailures);
    const lane = async (number: number): Promise<void> => {
      while (!isOver()) {
        const at = next++;
        const seed = onlySeed ?? firstSeed + at;
        const where = `${row} (${method}) seed ${seed}`;
        try {
          // Not in one with the addition, which would take the count from before the other lanes' runs.
          const struck = await work({ seed, number: seed - firstSeed, lane: number, random: new Random(seed), where });
          runs += struck ?? 1;
        } catch (error) {
          runs++;
          failures.push(error);
          console.log(`      FAILED ${where}\n${String(error instanceof Error ? error.stack : error)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, wanted) }, (_, number) => lane(number)));
    const ms = performance.now() - started;
    noteRow({ row, method, runs, failures: failures.length, ms });
    console.log(`      ${row}: ${runs} of ${wanted} runs in ${(ms / 1000).toFixed(1)} s`);
    if (failures.length > 0) throw failures[0];
    if (runs === 0) throw new Error(`${row}: nothing was run`);
  });
}

/** A small generator of pseudo-random numbers (mulberry32): the same seed, the same numbers, on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }
}

/** What came of a row. */
interface Tally {
  readonly row: string;
  readonly method: string;
  readonly runs: number;
  readonly failures: number;
  readonly ms: number;
  readonly skipped?: string;
}

/** Adds a line to what the soak makes its table from; does nothing outside of a soak. */
function noteRow(tally: Tally): void {
  const file = process.env['ALMAGEST_CRASH_RESULTS'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(tally)}\n`);
}

function numberFrom(name: string): number | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : Number(value);
}
