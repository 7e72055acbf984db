// What was tried with an index and how it went, one JSON object a line, for people and bug reports. Bounded, never read
// by recovery, and never a reason for anything else to fail.

import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegular } from './durableFile';
import { systemErrorCode } from './errors';
import { patientRename } from './patientRename';
import { moveToQuarantine } from './quarantine';

export interface AuditEvent {
  /** What was done: a rung of recovery, a change of state, a command. */
  readonly event: string;
  /** Of an opening: the number of the rung, and what it was tried with. */
  readonly rung?: number;
  readonly input?: string;
  /** How it went. Paths relative to the root, no content of files. */
  readonly detail: string;
  readonly ms?: number;
}

/** When the log is larger it becomes the old one, and the old one goes. */
const maxBytes = 1 << 20;
const maxDetail = 2000;

export class AuditLog {
  readonly #folder: string;
  readonly #path: string;
  readonly #oldPath: string;
  #bytes: number | undefined;
  #last: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, 'audit.log');
    this.#oldPath = join(folder, 'audit.1.log');
  }

  /** Why the log is not written any more; undefined while it is. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Notes an event. Lines are written in order, behind the caller's back. */
  note({ event, rung, input, detail, ms }: AuditEvent): void {
    const at = new Date().toISOString();
    const line = JSON.stringify({ at, pid: process.pid, event, rung, input, detail: detail.slice(0, maxDetail), ms });
    this.#last = this.#last
      .then(() => this.#append(`${line}\n`))
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      });
  }

  /** Waits until everything noted is written. */
  async close(): Promise<void> {
    await this.#last;
  }

  async #append(line: string): Promise<void> {
    if (this.#failure) return;
    if (this.#bytes === undefined) {
      const { size, isTorn } = await this.#end();
      this.#bytes = size;
      if (isTorn) return this.#append(`\n${line}`);
    }
    if (this.#bytes > maxBytes) {
      await patientRename(this.#path, this.#oldPath);
      this.#bytes = 0;
    }
    await appendFile(this.#path, line, { mode: 0o600 });
    this.#bytes += Buffer.byteLength(line);
  }

  /** Where to write on. What is no file but has the name of the log is set aside. */
  async #end(): Promise<LogEnd> {
    try {
      return await endOf(this.#path);
    } catch (error) {
      if (systemErrorCode(error) !== 'ERR_DAMAGED') throw error;
      await moveToQuarantine(this.#folder, this.#path, 'it has the name of the audit log, but is no file');
      return endOf(this.#path);
    }
  }
}

interface LogEnd {
  readonly size: number;
  readonly isTorn: boolean;
}

/** The size of a log, and whether a kill has left it in the middle of a line. */
async function endOf(path: string): Promise<LogEnd> {
  try {
    const handle = await openRegular(path, 'r');
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      return { size, isTorn: bytesRead === 1 && buffer.toString() !== '\n' };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { size: 0, isTorn: false };
    throw error;
  }
}
