// Writes the database of a SQLite form: piece by piece, each a task of its queue, within the budget of the file, with an
// account of what a run did and what its process took. What is written is decided by whoever writes.

import { stat } from 'node:fs/promises';
import { ByteBudgetError, type BudgetUse, type ByteBudget } from '../../model/byteBudget';
import type { Progress } from '../../model/progress';
import type { StageReport } from '../../model/stageAudit';
import type { DatabasePlace, SqliteAnswers, SqliteTask } from './messages';
import { patiently } from './queries';
import { SqliteProcess } from './sqliteProcess';

/** How far the files in the database are (`sqlite`), or its edges and metrics (`conclusions`). */
export interface FormProgress extends Progress {
  readonly stage: 'sqlite' | 'conclusions';
  readonly current?: string;
}

export interface WriterOptions {
  /** Path of the bundled program that holds SQLite. */
  readonly entry: string;
  /** `sqlite` is for its page cache, `stage4` for the file. */
  readonly budgets: () => Readonly<Record<'sqlite' | 'stage4', ByteBudget>>;
  /** Runs a piece of writing, which has so many bytes in memory while it waits, when there is room for it. */
  readonly task: <T>(bytes: number, run: () => Promise<T>) => Promise<T>;
  /** Accounts for a run that made the database, brought it far, or made its edges. */
  readonly record: <T>(run: (report: StageReport) => Promise<T>) => Promise<T>;
  /** How far a run is that is accounted for; undefined when it has ended. */
  readonly onProgress: (progress: FormProgress | undefined) => void;
}

/** One run that is accounted for. */
export interface FormRun {
  readonly report: StageReport;
  readonly onProgress: (progress: FormProgress) => void;
}

export class FormWriter {
  readonly #options: WriterOptions;
  readonly #process: SqliteProcess;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#process = new SqliteProcess(options.entry, () => options.budgets().sqlite.maxBytes);
  }

  /** What the database at a place is; undefined: there is none, or none that can be used. */
  state(place: DatabasePlace): Promise<SqliteAnswers['state']> {
    return patiently(() => this.#process.run({ kind: 'state', place }));
  }

  /**
   * A piece of writing, in its queue. `at` is the database whose size counts, if it does.
   * @throws ByteBudgetError when that has become larger than it may, SqliteTaskError
   */
  async write<Kind extends SqliteTask['kind']>(
    task: SqliteTask & { readonly kind: Kind },
    { bytes = 0, at, run }: { readonly bytes?: number; readonly at?: DatabasePlace; readonly run?: FormRun } = {},
  ): Promise<SqliteAnswers[Kind]> {
    const answer = await this.#options.task(bytes, () => this.#process.run<Kind>(task));
    if (at !== undefined) await this.#checkSize(at, run);
    return answer;
  }

  /** Accounts for a run, with the memory of the process that does it, and tells how far it is until it ends. */
  async recorded<T>(run: (run: FormRun) => Promise<T>): Promise<T> {
    const { record, onProgress } = this.#options;
    const counted = (report: StageReport): StageReport => ({
      ...report,
      checkpoint: (step, counts, extra) =>
        report.checkpoint(step, counts, { ...extra, sqlite: { peakRss: this.#process.peakRss } }),
    });
    try {
      return await record((report) => run({ report: counted(report), onProgress }));
    } finally {
      onProgress(undefined);
    }
  }

  /** Tells the size of a database that a run has written, and how much of it the page cache holds at most. */
  async reportWritten({ file }: DatabasePlace, { report }: FormRun): Promise<void> {
    const { size: outputBytes } = await stat(file);
    const { sqlite, stage4 } = this.#options.budgets();
    const action = outputBytes > sqlite.maxBytes ? 'sharded' : 'none';
    report.budget(useOf(sqlite, Math.min(outputBytes, sqlite.maxBytes), action));
    report.budget(useOf(stage4, outputBytes, 'none'));
    report.checkpoint('write', { code: {} }, { outputBytes });
  }

  /** Ends the process. What it was writing is rolled back, or left behind and swept by the next one. */
  end(): void {
    this.#process.end();
  }

  async #checkSize({ file }: DatabasePlace, run: FormRun | undefined): Promise<void> {
    const { stage4 } = this.#options.budgets();
    const { size } = await stat(file);
    if (size <= stage4.maxBytes) return;
    run?.report.budget(useOf(stage4, size, 'failed'));
    throw new ByteBudgetError(stage4, size, 'The database needs at least');
  }
}

function useOf(
  { artifact, maxBytes: limitBytes }: ByteBudget,
  usedBytes: number,
  action: BudgetUse['action'],
): BudgetUse {
  return { artifact, usedBytes, limitBytes, action, rows: 0, removedRows: 0, parts: 1 };
}
