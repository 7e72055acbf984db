// A disk that remembers the order of its writes, and the states in which a power cut could have left it: everything up
// to a flush, and of the writes after it any part, since a disk may keep them in any order until the next flush.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './loopMounts';
import { missingProgram } from './processes';
import type { Random } from './rows';

const recordHead = 13;
/** Disks write a sector whole or not at all. */
const sectorBytes = 512;

export interface BlockWrite {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Writes between two flushes; `end` is where in the log the flush that closes them stands. */
export interface Epoch {
  readonly writes: readonly BlockWrite[];
  readonly end: number;
}

/** A running disk: an image behind nbdkit, nbdfuse and a loop device. */
export class RecordingDisk {
  readonly device: string;
  readonly log: string;
  readonly #fuse: ChildProcess;
  readonly #file: string;

  private constructor(fuse: ChildProcess, file: string, log: string, device: string) {
    this.#fuse = fuse;
    this.#file = file;
    this.log = log;
    this.device = device;
  }

  static async start(folder: string, image: string): Promise<RecordingDisk> {
    const [file, log, errors] = [join(folder, 'disk'), join(folder, 'writes'), join(folder, 'nbd.errors')];
    writeFileSync(file, '');
    const plugin = join(process.cwd(), 'test/crash/support/recordWrites.py');
    const nbdkit = ['nbdkit', '--exit-with-parent', 'python', plugin, `base=${image}`, `log=${log}`];
    const output = openSync(errors, 'w');
    const fuse = spawn('nbdfuse', [file, '[', ...nbdkit, ']'], { stdio: ['ignore', output, output] });
    closeSync(output);
    const end = performance.now() + 10_000;
    while (statSync(file).size === 0) {
      if (fuse.exitCode !== null || performance.now() > end) throw new Error(readFileSync(errors, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return new RecordingDisk(fuse, file, log, must('losetup', '-f', '--show', file));
  }

  /** Bytes logged so far: what was acknowledged now needs no later write. */
  get position(): number {
    return statSync(this.log).size;
  }

  async stop(): Promise<void> {
    must('losetup', '-d', this.device);
    const closed = once(this.#fuse, 'close');
    must('fusermount3', '-u', this.#file);
    await closed;
  }
}

/** The log in epochs; writes that no flush follows are the last epoch. */
export function readEpochs(log: string): Epoch[] {
  const bytes = readFileSync(log);
  const epochs: Epoch[] = [];
  let writes: BlockWrite[] = [];
  let at = 0;
  while (at + recordHead <= bytes.length) {
    const [isFlush, offset, length] = [
      bytes[at] === 0x46,
      Number(bytes.readBigUInt64LE(at + 1)),
      bytes.readUInt32LE(at + 9),
    ];
    at += recordHead + length;
    if (!isFlush) writes.push({ offset, bytes: bytes.subarray(at - length, at) });
    else {
      epochs.push({ writes, end: at });
      writes = [];
    }
  }
  return [...epochs, { writes, end: at }];
}

/** Makes `image` what `base` is after the first `flushed` epochs and a random part of the sectors of the next. */
export function buildState(
  base: string,
  image: string,
  epochs: readonly Epoch[],
  flushed: number,
  random: Random,
): void {
  rmSync(image, { force: true });
  must('cp', '--sparse=always', base, image);
  const file = openSync(image, 'r+');
  try {
    for (const { writes } of epochs.slice(0, flushed)) {
      for (const { offset, bytes } of writes) writeSync(file, bytes, 0, bytes.length, offset);
    }
    const chance = random.pick([0, 0.1, 0.5, 0.9, 1]);
    for (const { offset, bytes } of epochs[flushed]?.writes ?? []) {
      const torn = random.below(4) === 0;
      const step = torn ? sectorBytes : bytes.length;
      for (let at = 0; at < bytes.length; at += step) {
        if (random.next() < chance) writeSync(file, bytes, at, Math.min(step, bytes.length - at), offset + at);
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Why no such disk can be made here; undefined when it can. */
export function missingBlockLog(): string | undefined {
  const packages = { nbdkit: 'nbdkit nbdkit-plugin-python', nbdfuse: 'libnbd-bin', fusermount3: 'fuse3' };
  for (const [program, names] of Object.entries(packages)) {
    const reason = missingProgram(program, names);
    if (reason !== undefined) return reason;
  }
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return undefined;
  } catch (error) {
    return `/dev/fuse cannot be used: ${(error as Error).message}`;
  }
}
