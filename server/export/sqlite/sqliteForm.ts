// The SQLite form of the index of one root: a database in the index's folder that is made when somebody first asks for
// it and kept up to date from then on. Derived: recovery never reads it, it may be deleted at any time, and what is
// wrong with it ends in a new one.

import { existsSync, statSync } from 'node:fs';
import { ByteBudgetError } from '../../model/byteBudget';
import type { SqlParams, SqlResult } from '../../protocol';
import { untilCancelled, type CancellationToken } from '../../util/cancellation';
import { FormFollower, manyChanges, type FollowerOptions } from './formFollower';
import { placeOf, type FormSource } from './formSource';
import { FormWriter, type WriterOptions } from './formWriter';
import { sweepLeftovers } from './leftovers';
import { makeConclusions, makeDatabase } from './making';
import type { DatabasePlace } from './messages';
import { ask } from './queries';
import { SqliteProcess, SqliteTaskError } from './sqliteProcess';
import { differences, updateFiles } from './updating';

export interface FormOptions extends WriterOptions, Pick<FollowerOptions, 'quiet' | 'log'> {
  /** What to make it from; undefined while the index is not open. */
  readonly source: () => FormSource | undefined;
}

/** More changed files than this, and than half of all, are not worth an update. */
const manyFiles = 1000;

export class SqliteForm {
  readonly #options: FormOptions;
  readonly #writer: FormWriter;
  readonly #reader: SqliteProcess;
  readonly #follower: FormFollower;
  /** The batch that the database is known to hold with all before it; undefined: it has to be compared. */
  #seq: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isMaking = false;

  constructor(options: FormOptions) {
    const { entry, budgets, quiet, log } = options;
    this.#options = options;
    this.#writer = new FormWriter(options);
    this.#reader = new SqliteProcess(entry, () => budgets().sqlite.maxBytes);
    const update = (): Promise<unknown> => this.update();
    this.#follower = new FormFollower({ found: () => this.#found, update, quiet, log });
  }

  /** Tells of files that a batch changed or removed. Where there is a database, it follows in a moment. */
  noteChanged(paths: Iterable<string>): void {
    this.#follower.note(paths);
  }

  /** Brings an existing database up to date, after a start. Makes none. */
  follow(): void {
    this.#follower.note([]);
  }

  /**
   * Answers a query from a database that holds everything that was indexed when asked.
   * @throws CancellationError, SqliteTaskError when there can be no database
   */
  async query(params: SqlParams, token: CancellationToken): Promise<SqlResult> {
    const notices: string[] = [];
    for (let again = false; ; again = true) {
      const made = await untilCancelled(token, this.update());
      if (made !== undefined) notices.push(made);
      try {
        if (namesConclusions(params.query)) notices.push(...(await untilCancelled(token, this.#conclude(token))));
        const result = await ask(this.#reader, placeOf(this.#source()), params, token);
        return notices.length === 0 ? result : { ...result, notice: notices.join(' ') };
      } catch (error) {
        if (again || !(error instanceof SqliteTaskError) || error.failure !== 'damaged') throw error;
        notices.push(await this.#setAside(error.message));
      }
    }
  }

  /** Makes the database, or brings it up to date. @returns what a user should know of it, a sentence */
  update(): Promise<string | undefined> {
    return this.#inTurn(() => this.#update());
  }

  /** Where the database lies, when there is one. */
  get file(): string | undefined {
    const source = this.#options.source();
    const file = source && placeOf(source).file;
    return file !== undefined && existsSync(file) ? file : undefined;
  }

  /** Bytes of the database; undefined where there is none. */
  get bytes(): number | undefined {
    const source = this.#options.source();
    return source && statSync(placeOf(source).file, { throwIfNoEntry: false })?.size;
  }

  /** Resolves when the database, where there is one, holds every change that was told of. */
  async settled(): Promise<void> {
    await this.#follower.settled();
    await this.#turn;
  }

  /** Ends its processes. What they were writing is rolled back, or left behind and swept by the next one. */
  close(): void {
    this.#follower.close();
    this.#writer.end();
    this.#reader.end();
  }

  get #found(): ReturnType<FollowerOptions['found']> {
    if (this.file !== undefined) return 'database';
    return this.#isMaking ? 'making' : 'nothing';
  }

  /** @throws SqliteTaskError while the index is not open */
  #source(): FormSource {
    const source = this.#options.source();
    if (source === undefined) throw new SqliteTaskError('failed', 'The index is not open.');
    return source;
  }

  /** One after the other: whatever writes finds what the one before it left. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(run);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #update(): Promise<string | undefined> {
    const source = this.#source();
    const place = placeOf(source);
    const found = await this.#look(source, place);
    if (found.kind === 'busy') return databaseIsBusy;
    if (found.kind === 'unusable') return this.#make(source, found.why);
    const { state } = found;
    const { seq } = source;
    // Whoever is further has written what we would write.
    if (state.seq > seq) return undefined;
    if (state.seq === seq && this.#follower.isEmpty) {
      this.#seq = seq;
      return undefined;
    }
    const changed = this.#follower.take();
    try {
      const isKnown = this.#seq === state.seq && state.seq !== 0;
      const paths = isKnown ? [...changed] : await differences(this.#writer, source, place);
      if (paths.length > manyFiles && paths.length * 2 > source.facts.size) {
        return await this.#make(source, 'The database was made anew for many changed files');
      }
      // An update of more files is accounted for, as a build of them is.
      if (paths.length <= manyChanges) await updateFiles(this.#writer, source, place, paths);
      else await this.#writer.recorded((run) => updateFiles(this.#writer, source, place, paths, run));
      this.#seq = seq;
      return undefined;
    } catch (error) {
      this.#follower.putBack(changed);
      this.#seq = undefined;
      if (error instanceof SqliteTaskError && error.failure === 'damaged') {
        await this.#setAside(error.message);
        return this.#make(source, wasDamaged(error));
      }
      if (error instanceof SqliteTaskError && error.failure === 'busy') return databaseIsBusy;
      if (error instanceof ByteBudgetError) {
        await this.#giveUp(place, error);
        // Rows that were replaced leave room behind, which a new database does not have.
        return this.#make(source, 'The database had outgrown its budget and was made anew');
      }
      throw error;
    }
  }

  /** What the database is; `why` is the beginning of a sentence that says why it has to be made. */
  async #look(source: FormSource, place: DatabasePlace) {
    try {
      const state = await this.#writer.state(place);
      const isOurs = state?.indexId === source.indexId && state.root === source.root;
      return isOurs ? ({ kind: 'usable', state } as const) : unusable('The database was made first');
    } catch (error) {
      if (!(error instanceof SqliteTaskError)) throw error;
      if (error.failure === 'busy') return { kind: 'busy' } as const;
      if (error.failure !== 'damaged') throw error;
      await this.#setAside(error.message);
      return unusable(wasDamaged(error));
    }
  }

  /** Makes a new database in the place of the old one. @returns a sentence that says so, and what it has not */
  async #make(source: FormSource, why: string): Promise<string> {
    const started = performance.now();
    this.#isMaking = true;
    const changed = this.#follower.take();
    try {
      const lack = await this.#writer.recorded((run) => makeDatabase(this.#writer, source, why, run));
      this.#seq = source.seq;
      const notice = `${why}, in ${secondsSince(started)} s. ${lack}`.trimEnd();
      this.#options.log(notice);
      return notice;
    } catch (error) {
      this.#follower.putBack(changed);
      throw error;
    } finally {
      this.#isMaking = false;
    }
  }

  /** Makes edges and metrics anew, unless nothing has changed since they were made. @returns what there is to know of it */
  #conclude(token: CancellationToken): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      await this.#update();
      const source = this.#source();
      const place = placeOf(source);
      // Taken in the same turn as `seq`, so that rows and edges are of one moment.
      const lease = source.facts.lease();
      try {
        const state = await this.#writer.state(place);
        if (state === undefined || state.edgesSeq === state.seq) return [];
        if (state.seq !== source.seq) return ['Files are changing, so edges and metrics may lack the latest ones.'];
        const started = performance.now();
        const failures = await this.#writer.recorded((run) =>
          makeConclusions(this.#writer, source, lease.rows, run, token),
        );
        for (const failure of failures) this.#options.log(failure);
        const notices = failures.map((failure) => `There are metrics missing: ${failure}.`);
        return [`Edges and metrics were made first, in ${secondsSince(started)} s.`, ...notices];
      } catch (error) {
        if (error instanceof ByteBudgetError) await this.#giveUp(place, error);
        throw error;
      } finally {
        lease.release();
      }
    });
  }

  /** Removes a database that is beyond its budget: what a failure leaves behind takes no room. */
  async #giveUp({ temporary, file }: DatabasePlace, { message }: ByteBudgetError): Promise<void> {
    this.#writer.end();
    await sweepLeftovers(temporary, file);
    this.#seq = undefined;
    this.#options.log(`The SQLite form of the index is given up: ${message}`);
  }

  async #setAside(reason: string): Promise<string> {
    const source = this.#options.source();
    if (source !== undefined) await sweepLeftovers(placeOf(source).temporary, placeOf(source).file);
    this.#seq = undefined;
    this.#options.log(`The SQLite form of the index is damaged and is made anew: ${reason}`);
    return `The database was damaged (${reason}).`;
  }
}

const databaseIsBusy = 'Another program is using the database, so it may lack the latest changes.';

function unusable(why: string): { readonly kind: 'unusable'; readonly why: string } {
  return { kind: 'unusable', why };
}

function wasDamaged({ message }: SqliteTaskError): string {
  return `The database was damaged (${message}) and was made anew`;
}

/** Whether a query may read what is only made when asked for. */
function namesConclusions(query: string): boolean {
  return /\b(edges|metrics)/i.test(query);
}

function secondsSince(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}
