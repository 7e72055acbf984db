// A time of day of its own for a process, which a test sets while the process runs: libfaketime's. Intervals go on as they
// do when somebody sets the clock of a machine, and files keep the times of the real one.

import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingProgram } from './processes';

/** What people and machines do to clocks, in ms. */
export const clockJumps = [-259_200_000, -3_600_000, -7000, 0, 7000, 3_600_000, 259_200_000] as const;

export class Clock {
  readonly #file: string;
  #offsetMs = 0;

  /** `folder`: where it may keep a file. */
  constructor(folder: string) {
    this.#file = join(folder, 'clock');
    this.set(0);
  }

  /** Of the processes that are to have this clock. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** Milliseconds since the epoch, as those processes see it. */
  get now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Puts it so many ms before (negative) or behind the real one, at once. */
  set(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    writeFileSync(`${this.#file}.new`, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 1000}`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** Why no process can have a clock of its own here. */
export function missingClock(): string | undefined {
  return missingProgram('faketime');
}

function library(): string {
  const { stdout } = spawnSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' });
  return stdout.trim();
}
