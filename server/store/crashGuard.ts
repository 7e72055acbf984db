// Remembers on disk that an index is being worked on, so that the next start can tell that the process did not survive
// it. After three times in five minutes it says so, and the work is left until somebody asks for it: an endless loop of
// crashes helps nobody. A hint for people, nothing that recovery depends on.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Not older than this counts, ms. */
const windowMs = 300_000;
const limit = 3;
const maxBytes = 4096;

interface Note {
  /** When processes were found to have died at work, ms since the epoch. */
  readonly crashes: readonly number[];
  readonly atWork: boolean;
}

export class CrashGuard {
  readonly #path: string;
  readonly #crashes: readonly number[];
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, crashes: readonly number[]) {
    this.#path = path;
    this.#crashes = crashes;
  }

  /** Looks at what the process before left, and notes that this one is at work. For the owner of the lock. */
  static async begin(folder: string): Promise<CrashGuard> {
    const path = join(folder, 'work.json');
    const { crashes, atWork } = await readNote(path);
    const now = Date.now();
    const recent = crashes.filter((at) => at > now - windowMs && at <= now);
    const guard = new CrashGuard(path, atWork ? [...recent, now] : recent);
    guard.atWork(true);
    await guard.#last;
    return guard;
  }

  /** Why work should wait until it is asked for; undefined when it need not. */
  get warning(): string | undefined {
    if (this.#crashes.length < limit) return undefined;
    const times = this.#crashes.length.toString();
    return `Almagest ended ${times} times within five minutes while it worked on this index; nothing is indexed until you resume.`;
  }

  /** Notes that work begins, or that it ended. Written behind the caller's back; a disk that refuses changes nothing. */
  atWork(atWork: boolean): void {
    const note: Note = { crashes: this.#crashes, atWork };
    const write = (): Promise<void> =>
      atWork || this.#crashes.length > 0
        ? writeFile(this.#path, JSON.stringify(note), { mode: 0o600 })
        : rm(this.#path, { force: true });
    this.#last = this.#last.then(write).catch(() => undefined); // only the warning of a next start is lost
  }

  /** The process ends in order: there is nothing to remember. */
  async end(): Promise<void> {
    const forget = (): Promise<void> => rm(this.#path, { force: true });
    this.#last = this.#last.then(forget).catch(() => undefined); // what is left is out of date in five minutes
    await this.#last;
  }
}

async function readNote(path: string): Promise<Note> {
  const nothing: Note = { crashes: [], atWork: false };
  const text = await readFile(path, 'utf8').catch(() => ''); // none, or none that can be read
  if (text === '' || text.length > maxBytes) return nothing;
  try {
    const { crashes, atWork } = JSON.parse(text) as Partial<Note>;
    if (!Array.isArray(crashes)) return nothing;
    return { crashes: crashes.filter((at) => Number.isSafeInteger(at)).slice(-limit), atWork: atWork === true };
  } catch {
    return { ...nothing, atWork: true }; // torn while it was written: the process died at work
  }
}
