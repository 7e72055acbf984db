// A cgroup of Linux with a limit of memory, of either version: the kernel ends whoever goes beyond it.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunOptions } from './processes';

const root = '/sys/fs/cgroup';
const names = existsSync(join(root, 'cgroup.controllers'))
  ? { folder: root, limit: 'memory.max', events: 'memory.events' }
  : { folder: join(root, 'memory'), limit: 'memory.limit_in_bytes', events: 'memory.oom_control' };

export class MemoryGroup {
  readonly #folder: string;

  constructor(name: string, bytes: number) {
    this.#folder = join(names.folder, `almagest-${process.pid}-${name}`);
    mkdirSync(this.#folder);
    writeFileSync(join(this.#folder, names.limit), String(bytes));
  }

  /** For a program that is to run within it. */
  get inside(): RunOptions {
    return { before: ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', this.#folder] };
  }

  /** Processes that the kernel has killed for its sake. */
  get kills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(this.#folder, names.events), 'utf8'))?.[1]);
  }

  /** Waits for the end of its processes, and removes it. */
  async remove(): Promise<void> {
    for (;;) {
      try {
        return rmdirSync(this.#folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }
}

/** Why there can be no such group here. */
export function missingMemoryGroup(): string | undefined {
  try {
    const group = new MemoryGroup('probe', 1 << 26);
    try {
      return Number.isNaN(group.kills) ? 'the kernel does not tell whom it killed for memory' : undefined;
    } finally {
      void group.remove();
    }
  } catch (error) {
    return `no memory limit can be set: ${(error as Error).message}`;
  }
}
