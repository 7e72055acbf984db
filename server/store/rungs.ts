// The rungs of one opening: what was tried with what, how it went and how long it took. Written into the audit log as
// they end, and kept for the status. What a rung does is the business of who runs it.

import type { AuditLog } from './auditLog';
import { messageOf } from '../util/messageOf';

/** The ladder of an opening; each has a number of its own. */
const rungNames = [
  'lock',
  'manifest',
  'snapshot',
  'search index',
  'journals',
  'snapshot from the search index',
  'search index from the facts',
  'facts from the sources',
  'scan',
  'new manifest',
] as const;

/** The number of a rung by its name. */
export type RungName = (typeof rungNames)[number];

/** A rung that ended. */
export interface Rung {
  readonly rung: number;
  readonly name: RungName;
  readonly result: string;
  readonly ms: number;
}

export class Rungs {
  /** When the opening began, ms since the epoch. */
  readonly at = Date.now();
  readonly #audit: AuditLog | undefined;
  readonly #started = performance.now();
  readonly #list: Rung[] = [];
  readonly #repairs: string[] = [];

  /** @param audit is given to writers only */
  constructor(audit: AuditLog | undefined) {
    this.#audit = audit;
  }

  /** In the order in which they ended. */
  get list(): readonly Rung[] {
    return this.#list;
  }

  /** What was done about damage, a sentence each. */
  get repairs(): readonly string[] {
    return this.#repairs;
  }

  /** Milliseconds from the start of the opening to the end of its last rung. */
  elapsedMs = 0;

  /** Runs a rung. `input` says what it is tried with; `result` says how it went. An error is its result, and is thrown. */
  async run<T>(name: RungName, input: string, result: (value: T) => string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      const value = await work();
      this.note(name, input, result(value), performance.now() - started);
      return value;
    } catch (error) {
      this.note(name, input, messageOf(error), performance.now() - started);
      throw error;
    }
  }

  /** Notes a rung that ended, for work that has no one place. */
  note(name: RungName, input: string, result: string, ms: number): void {
    const rung = rungNames.indexOf(name);
    const rounded = Math.round(ms);
    this.#list.push({ rung, name, result, ms: rounded });
    this.elapsedMs = Math.round(performance.now() - this.#started);
    this.#audit?.note({ event: name, rung, input, detail: result, ms: rounded });
  }

  /** Tells what was done about damage. */
  repaired(sentence: string): void {
    this.#repairs.push(sentence);
  }
}
