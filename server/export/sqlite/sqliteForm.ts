// The SQLite form of the index of one root: a database in the index's folder that is made when somebody first asks for
// it and kept up to date from then on. Derived: recovery never reads it, it may be deleted at any time, and what is
// wrong with it ends in a new one.

import { existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FactStore } from '../../facts/factStore';
import type { RowRef } from '../../facts/merge';
import { ByteBudgetError, type BudgetUse, type ByteBudget } from '../../model/byteBudget';
import type { StageReport } from '../../model/stageAudit';
import type { SqlParams, SqlResult } from '../../protocol';
import { installFile } from '../../store/durableFile';
import { makePrivateFolder } from '../../store/indexFolder';
import { CancelSource } from '../../util/cancelSource';
import { untilCancelled, type CancellationToken } from '../../util/cancellation';
import { Slicer } from '../../util/yielding';
import { batchesOf, bytesOf } from './factBatches';
import { factStamp } from './fileFacts';
import { fillConclusions, fillDatabase, type FormProgress, type Write } from './making';
import type { DatabasePlace, SqliteAnswers, SqliteTask, Stamped } from './messages';
import { sweepLeftovers } from './leftovers';
import { ask, patiently } from './queries';
import { SqliteProcess, SqliteTaskError } from './sqliteProcess';

/** What the form is made from. */
export interface FormSource {
  /** Real path of the workspace root. */
  readonly root: string;
  /** Folder of the index. */
  readonly indexFolder: string;
  readonly indexId: string;
  readonly facts: FactStore;
  /** Last batch that the facts hold. */
  readonly seq: number;
}

export interface FormOptions {
  /** Path of the bundled program that holds SQLite. */
  readonly entry: string;
  /** What to make it from; undefined while the index is not open. */
  readonly source: () => FormSource | undefined;
  /** `sqlite` is for its page cache, `stage4` for the file. */
  readonly budgets: () => Readonly<Record<'sqlite' | 'stage4', ByteBudget>>;
  readonly log: (line: string) => void;
  /** Runs a piece of writing, which has so many bytes in memory while it waits, when there is room for it. */
  readonly task: <T>(bytes: number, run: () => Promise<T>) => Promise<T>;
  /** Resolves when the user leaves room for what nobody waits for. */
  readonly quiet: (token: CancellationToken) => Promise<void>;
  /** Accounts for a run that made the database, brought it far, or made its edges. */
  readonly record: <T>(run: (report: StageReport) => Promise<T>) => Promise<T>;
  /** How far the making of something is; undefined when it is made, or given up. */
  readonly onProgress: (progress: FormProgress | undefined) => void;
}

/** More bytes of source than this have no full text in the database. */
const maxTextBytes = 256 << 20;
/** More changed files than this, and than half of all, are not worth an update. */
const manyFiles = 1000;
/** An update of more files is accounted for, as a build of them is. */
const recordedFiles = 64;
/** Pause after a change before the database follows, ms: editors write several files at once. */
const soonMs = 30;
/** The same for many changed files, after the last of them, ms. */
const calmMs = 500;

export class SqliteForm {
  readonly #options: FormOptions;
  readonly #writer: SqliteProcess;
  readonly #reader: SqliteProcess;
  /** Paths that changed since `#seq`. */
  #changed = new Set<string>();
  /** The batch that the database is known to hold with all before it; undefined: it has to be compared. */
  #seq: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isMaking = false;
  #timer: NodeJS.Timeout | undefined;
  #following: Promise<void> = Promise.resolve();
  readonly #closing = new CancelSource();

  constructor(options: FormOptions) {
    this.#options = options;
    const cacheBytes = (): number => options.budgets().sqlite.maxBytes;
    this.#writer = new SqliteProcess(options.entry, cacheBytes);
    this.#reader = new SqliteProcess(options.entry, cacheBytes);
  }

  /** Tells of files that a batch changed or removed. Where there is a database, it follows in a moment. */
  noteChanged(paths: Iterable<string>): void {
    for (const path of paths) this.#changed.add(path);
    const areMany = this.#changed.size > recordedFiles;
    if (this.#isClosed() || (this.#timer !== undefined && !areMany)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#following = this.#follow();
      },
      areMany ? calmMs : soonMs,
    ).unref();
  }

  /** Brings an existing database up to date, after a start. Makes none. */
  follow(): void {
    this.noteChanged([]);
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
        if (namesConclusions(params.query)) notices.push(...(await untilCancelled(token, this.#resolve(token))));
        const source = this.#source();
        const result = await ask(this.#reader, placeOf(source), params, token);
        return notices.length === 0 ? result : { ...result, notice: notices.join(' ') };
      } catch (error) {
        if (again || !(error instanceof SqliteTaskError) || error.failure !== 'damaged') throw error;
        notices.push(await this.#setAside(error.message));
      }
    }
  }

  /** Makes the database, or brings it up to date. @returns what a user should know of it, a sentence */
  update(): Promise<string | undefined> {
    const next = this.#turn.then(() => this.#update());
    this.#turn = next.catch(() => undefined);
    return next;
  }

  /** Where the database lies, when there is one. */
  get file(): string | undefined {
    const source = this.#options.source();
    const file = source && placeOf(source).file;
    return file !== undefined && existsSync(file) ? file : undefined;
  }

  /** Resolves when the database, where there is one, holds every change that was told of. */
  async settled(): Promise<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#following = this.#follow();
    }
    await this.#following;
    await this.#turn;
  }

  /** Ends its processes. What they were writing is rolled back, or left behind and swept by the next one. */
  close(): void {
    this.#closing.cancel();
    clearTimeout(this.#timer);
    this.#writer.end();
    this.#reader.end();
  }

  /** @throws SqliteTaskError while the index is not open */
  #source(): FormSource {
    const source = this.#options.source();
    if (source === undefined) throw new SqliteTaskError('failed', 'The index is not open.');
    return source;
  }

  #isClosed(): boolean {
    return this.#closing.token.isCancellationRequested;
  }

  async #follow(): Promise<void> {
    if (this.file === undefined) {
      // Whoever makes one takes everything; only what changes meanwhile has to be remembered.
      if (!this.#isMaking) this.#changed.clear();
      return;
    }
    // Before its turn: a query that comes meanwhile does not wait for a person.
    if (this.#changed.size > recordedFiles) await this.#options.quiet(this.#closing.token);
    if (this.#isClosed()) return;
    try {
      await this.update();
    } catch (error) {
      if (!this.#isClosed())
        this.#options.log(`The SQLite form of the index could not follow: ${(error as Error).message}`);
    }
  }

  /** A piece of writing, in its queue. */
  #write<Kind extends SqliteTask['kind']>(
    task: SqliteTask & { readonly kind: Kind },
    bytes = 0,
  ): Promise<SqliteAnswers[Kind]> {
    return this.#options.task(bytes, () => this.#writer.run<Kind>(task));
  }

  /** Accounts for a run, with the memory of the process that does it. */
  #record<T>(run: (report: StageReport) => Promise<T>): Promise<T> {
    return this.#options.record((report) =>
      run({
        ...report,
        checkpoint: (step, counts, extra) =>
          report.checkpoint(step, counts, { ...extra, sqlite: { peakRss: this.#writer.peakRss } }),
      }),
    );
  }

  async #update(): Promise<string | undefined> {
    const source = this.#source();
    const place = placeOf(source);
    const found = await this.#look(source, place);
    if (found.kind === 'busy') return databaseIsBusy;
    if (found.kind === 'unusable') return this.#make(source, place, found.why);
    const { state } = found;
    const { seq } = source;
    // Whoever is further has written what we would write.
    if (state.seq > seq) return undefined;
    const changed = this.#changed;
    if (state.seq === seq && changed.size === 0) {
      this.#seq = seq;
      return undefined;
    }
    this.#changed = new Set();
    try {
      const paths = this.#seq === state.seq && state.seq !== 0 ? [...changed] : await this.#differences(source, place);
      if (paths.length > manyFiles && paths.length * 2 > source.facts.size) {
        return await this.#make(source, place, 'The database was made anew for many changed files');
      }
      if (paths.length <= recordedFiles) await this.#apply(source, place, paths, seq);
      else await this.#shown(() => this.#record((report) => this.#apply(source, place, paths, seq, report)));
      this.#seq = seq;
      return undefined;
    } catch (error) {
      for (const path of changed) this.#changed.add(path);
      this.#seq = undefined;
      if (error instanceof SqliteTaskError && error.failure === 'damaged') {
        await this.#setAside(error.message);
        return this.#make(source, place, wasDamaged(error));
      }
      if (error instanceof SqliteTaskError && error.failure === 'busy') return databaseIsBusy;
      if (error instanceof ByteBudgetError) {
        await this.#giveUp(place, error);
        // Rows that were replaced leave room behind, which a new database does not have.
        return this.#make(source, place, 'The database had outgrown its budget and was made anew');
      }
      throw error;
    }
  }

  /** What the database is; `why` is the beginning of a sentence that says why it has to be made. */
  async #look(source: FormSource, place: DatabasePlace) {
    try {
      const state = await patiently(() => this.#writer.run({ kind: 'state', place }));
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

  async #differences(source: FormSource, place: DatabasePlace): Promise<readonly string[]> {
    const lease = source.facts.lease();
    try {
      const slicer = new Slicer();
      const stamps: Stamped[] = [];
      for (const row of lease.rows) {
        stamps.push([row.segment.path(row.file), factStamp(row)]);
        if (slicer.due) await slicer.pause();
      }
      const { changed, removed } = await this.#write({ kind: 'compare', place, stamps });
      return [...changed, ...removed];
    } finally {
      lease.release();
    }
  }

  /** Transactions of bounded size; only the last one says that the database is up to date. */
  async #apply(
    source: FormSource,
    place: DatabasePlace,
    paths: readonly string[],
    seq: number,
    report?: StageReport,
  ): Promise<void> {
    const { root, facts } = source;
    const rows: RowRef[] = [];
    const removed: string[] = [];
    for (const path of paths) {
      const row = facts.findStored(path);
      if (row === undefined) removed.push(path);
      else rows.push(row);
    }
    report?.checkpoint('start', { code: { files: rows.length, removed: removed.length } });
    let [transactions, done] = [0, 0];
    const batches = batchesOf(rows);
    for (let batch = batches.next(), first = true; ; first = false) {
      const next = batch.done ? batch : batches.next();
      const isLast = next.done === true;
      const put = batch.done ? [] : batch.value;
      const task = { root, put, removed: first ? removed : [], seq: isLast ? seq : 0 };
      await patiently(() => this.#write({ kind: 'update', place, ...task }, bytesOf(put)));
      await this.#checkSize(place, report);
      transactions++;
      done += put.length;
      if (report !== undefined) this.#options.onProgress({ stage: 'sqlite', done, total: rows.length });
      if (isLast) break;
      batch = next;
    }
    report?.checkpoint('update', { code: { files: rows.length, removed: removed.length, transactions } });
    if (report !== undefined) await this.#reportWritten(place, report);
  }

  /** Makes a new database beside the old one and puts it in its place. */
  #make(source: FormSource, place: DatabasePlace, why: string): Promise<string> {
    return this.#shown(() => this.#record((report) => this.#makeAll(source, place, why, report)));
  }

  /** Whatever a run tells of its progress ends with it. */
  async #shown<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } finally {
      this.#options.onProgress(undefined);
    }
  }

  async #makeAll(source: FormSource, place: DatabasePlace, why: string, report: StageReport): Promise<string> {
    const started = performance.now();
    const { root, indexId, facts, seq } = source;
    await makePrivateFolder(place.temporary);
    await sweepLeftovers(place.temporary);
    this.#isMaking = true;
    const changed = this.#changed;
    this.#changed = new Set();
    const making = { ...place, file: join(place.temporary, `building-${process.pid}`) };
    const withText = facts.counts.bytes <= maxTextBytes;
    const lease = facts.lease();
    try {
      const write: Write = async (task, bytes) => {
        const answer = await this.#write(task, bytes);
        await this.#checkSize(making, report);
        return answer;
      };
      await fillDatabase(
        { root, rows: lease.rows, place: making, seq, write, report },
        {
          indexId,
          counts: facts.counts,
          withText,
          why,
          onProgress: this.#options.onProgress,
        },
      );
      // A journal of the old database would be taken for one of the new.
      await rm(`${place.file}-journal`, { force: true });
      await installFile(making.file, place.temporary, basename(place.file));
      await this.#reportWritten(place, report);
      this.#seq = seq;
    } catch (error) {
      for (const path of changed) this.#changed.add(path);
      this.#writer.end();
      throw error;
    } finally {
      this.#isMaking = false;
      lease.release();
      await sweepLeftovers(place.temporary, making.file);
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const text = withText
      ? ''
      : ` It has no full text (chunk_text, chunk_search): the sources have more than ${maxTextBytes >> 20} MiB.`;
    this.#options.log(`${why}, in ${seconds} s.${text}`);
    return `${why}, in ${seconds} s.${text}`;
  }

  /** Makes edges and metrics anew, unless nothing has changed since they were made. @returns what there is to know of it */
  #resolve(token: CancellationToken): Promise<string[]> {
    const next = this.#turn.then(async () => {
      await this.#update();
      const source = this.#source();
      const { root, facts, seq } = source;
      // Taken in the same turn as `seq`, so that rows and edges are of one moment.
      const lease = facts.lease();
      const place = placeOf(source);
      try {
        const state = await this.#writer.run({ kind: 'state', place });
        if (state === undefined || state.edgesSeq === state.seq) return [];
        if (state.seq !== seq) return ['Files are changing, so edges and metrics may lack the latest ones.'];
        const started = performance.now();
        const make = async (report: StageReport): Promise<readonly string[]> => {
          const write: Write = async (task, bytes) => {
            const answer = await this.#write(task, bytes);
            await this.#checkSize(place, report);
            return answer;
          };
          const making = { root, rows: lease.rows, place, seq, write, report };
          const failed = await fillConclusions(making, this.#options.onProgress, token);
          await this.#reportWritten(place, report);
          return failed;
        };
        const failures = await this.#shown(() => this.#record(make));
        for (const failure of failures) this.#options.log(failure);
        const notices = failures.map((failure) => `There are metrics missing: ${failure}.`);
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        return [`Edges and metrics were made first, in ${seconds} s.`, ...notices];
      } catch (error) {
        if (error instanceof ByteBudgetError) await this.#giveUp(place, error);
        throw error;
      } finally {
        lease.release();
      }
    });
    this.#turn = next.catch(() => undefined);
    return next;
  }

  /** @throws ByteBudgetError when the database is larger than it may become */
  async #checkSize({ file }: DatabasePlace, report?: StageReport): Promise<void> {
    const { stage4 } = this.#options.budgets();
    const { size } = await stat(file);
    if (size <= stage4.maxBytes) return;
    report?.budget(useOf(stage4, size, 'failed'));
    throw new ByteBudgetError(stage4, size, 'The database needs at least');
  }

  /** The size of the database, and how much of it the page cache holds at most. */
  async #reportWritten({ file }: DatabasePlace, report: StageReport): Promise<void> {
    const { size: outputBytes } = await stat(file);
    const { sqlite, stage4 } = this.#options.budgets();
    const action = outputBytes > sqlite.maxBytes ? 'sharded' : 'none';
    report.budget(useOf(sqlite, Math.min(outputBytes, sqlite.maxBytes), action));
    report.budget(useOf(stage4, outputBytes, 'none'));
    report.checkpoint('write', { code: {} }, { outputBytes });
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

/** The database and its temporary files lie in a folder of their own. */
function placeOf({ indexFolder }: FormSource): DatabasePlace {
  const temporary = join(indexFolder, 'sqlite');
  return { file: join(temporary, 'index.sqlite'), temporary };
}

function useOf(
  { artifact, maxBytes: limitBytes }: ByteBudget,
  usedBytes: number,
  action: BudgetUse['action'],
): BudgetUse {
  return { artifact, usedBytes, limitBytes, action, rows: 0, removedRows: 0, parts: 1 };
}
