// Builds of one root: first builds, rebuilds and large changes, each with its account, saved at its end, and followed by
// its later stages in the background. A save of a few files is no build.

import type { ModeTally } from '../facts/tally';
import { resolveByteBudgets, type BudgetAction, type BudgetName, type BudgetUse } from '../model/byteBudget';
import type { Mode } from '../model/mode';
import type { Counts, CountsByMode } from '../model/stageAudit';
import type { SkippedCounts } from '../workspace/scan';
import { CancellationError } from '../util/cancellation';
import { CancelSource } from '../util/cancelSource';
import { messageOf } from '../util/messageOf';
import { buildFolder, closeInterruptedBuilds } from './audit/builds';
import { BuildRecorder } from './audit/buildRecorder';
import { countsOf, inEachMode, prefixed } from './audit/checkpoint';
import type { IndexOutcome } from './indexer';
import { runLaterStages } from './laterStages';
import { ProgressMeter } from './progress';
import type { RootContext } from './rootContext';

/** What was found on disk, and when looking for it began (`performance.now()`). */
export interface Discovery {
  readonly startedMs: number;
  readonly files: number;
  readonly changed: number;
  readonly removed: number;
  readonly skipped: SkippedCounts;
  /** The whole root is made anew, not only what changed. */
  readonly isFull: boolean;
}

/** The steps of stage1, called by the run that does them. */
export interface Stage1 {
  readonly observer: BuildRecorder;
  /** Everything is extracted and durable. */
  extracted(): void;
  /** Everything is in the search index. */
  searchable(outcome: IndexOutcome): void;
  /** A snapshot holds it. Resolves when that is accounted for. */
  saved(): Promise<void>;
}

export class Builds {
  readonly #context: RootContext;
  readonly #onDidEnd: () => void;
  #current: BuildRecorder | undefined;
  #later: Promise<void> | undefined;
  #meter: ProgressMeter | undefined;
  #cancel = new CancelSource();
  /** Whether a build was interrupted, so that the next one goes on where it stopped. */
  #isUnfinished = false;

  /** @param onDidEnd the later stages of a build ended */
  constructor(context: RootContext, onDidEnd: () => void) {
    this.#context = context;
    this.#onDidEnd = onDidEnd;
  }

  /** Whether no later stage is in work. */
  get idle(): boolean {
    return this.#later === undefined;
  }

  /** Id of the build in work; undefined when there is none. */
  get currentId(): string | undefined {
    return this.#current?.buildId;
  }

  /** How far the later stage in work is; undefined when there is none, or nothing to count in it. */
  get meter(): ProgressMeter | undefined {
    return this.#meter;
  }

  /** Closes the accounts that a process which is gone left open. Called once the lock is ours. */
  async closeInterrupted(): Promise<void> {
    const { open, options } = this.#context;
    if (open === undefined || open.store.readOnly !== undefined) return;
    try {
      for (const id of await closeInterruptedBuilds(open.store.folder)) {
        open.store.audit({ event: 'build', detail: `${id} was interrupted` });
        this.#isUnfinished = true;
      }
    } catch (error) {
      options.log('warn', `${options.root.name}: accounts of builds could not be closed: ${messageOf(error)}`);
    }
  }

  /** Runs stage1 as a build, with its account; what follows it runs in the background. */
  async run(
    cause: string,
    discovery: Discovery,
    stage1: (stage: Stage1 | undefined) => Promise<IndexOutcome>,
  ): Promise<IndexOutcome> {
    await this.stopLater();
    const goesOn = this.#isUnfinished && !discovery.isFull;
    const recorder = await this.#begin(goesOn ? `${cause}, going on after an interruption` : cause, discovery);
    if (recorder === undefined) return stage1(undefined);
    this.#current = recorder;
    const isFull = discovery.isFull || this.#isUnfinished;
    try {
      const outcome = await stage1(this.#stage1(recorder, isFull));
      recorder.phase('stage1', 'done');
      this.#context.endMeasuring();
      this.#followUp(recorder, isFull);
      this.#isUnfinished = false;
      return outcome;
    } catch (error) {
      this.#current = undefined;
      this.#isUnfinished = true;
      const cancelled = error instanceof CancellationError;
      await recorder.end(cancelled ? 'interrupted' : 'failed', cancelled ? 'stopped before its end' : messageOf(error));
      throw error;
    }
  }

  /** Stops the later stages; resolves when they have ended. Their build counts as interrupted. */
  async stopLater(): Promise<void> {
    this.#cancel.cancel();
    await this.#later;
  }

  async #begin(
    cause: string,
    { startedMs, files, changed, removed, skipped }: Discovery,
  ): Promise<BuildRecorder | undefined> {
    const { options, writable, path, budgets } = this.#context;
    const { version, budgets: config, laterStages } = options.builds;
    try {
      resolveByteBudgets(config());
    } catch (error) {
      options.log('error', messageOf(error)); // and the later stages fail by it
    }
    const recorder = await BuildRecorder.begin({
      root: path,
      indexFolder: writable.store.folder,
      cause,
      version,
      budgets,
      strict: config().strict === true,
      laterStages: laterStages.map(({ name }) => name),
      startedMs,
      extractorsPeak: () => options.pool.peakRss,
      scheduler: () => options.scheduler.stats(),
      warn: (line) => options.log('warn', `${options.root.name}: ${line}`),
    });
    recorder?.plan(changed);
    const counts = { files, changed, removed, ...prefixed('skipped', skipped) };
    recorder?.report('stage1').checkpoint('discovery', inEachMode(counts), { startedMs: 0 });
    return recorder;
  }

  #stage1(recorder: BuildRecorder, isFull: boolean): Stage1 {
    const { checkpoint } = recorder.report('stage1');
    const elapsed = (): number => recorder.elapsedMs;
    const begun = elapsed();
    let extractedMs = begun;
    let journalBytes = 0;
    let searchableMs = begun;
    let counting: Promise<void> | undefined;
    return {
      observer: recorder,
      extracted: () => {
        // Imports are read with everything else: the two steps are one pass.
        checkpoint(
          'imports',
          byMode(recorder, ({ files, imports }) => ({ files, imports })),
          { startedMs: begun },
        );
        checkpoint('processing', byMode(recorder, countsOf), { startedMs: begun });
        journalBytes = this.#context.open?.store.sizes.journal ?? 0;
        extractedMs = elapsed();
      },
      searchable: ({ removed }) => {
        const fed = byMode(recorder, ({ files, chunks }) => ({ files, documents: chunks, removed }));
        checkpoint('postings', fed, { startedMs: recorder.firstDurableMs ?? extractedMs });
        searchableMs = elapsed();
        // Of a full build only, as it takes time in proportion to the index; beside the snapshot, which takes longer.
        if (isFull) counting = this.#countWords(recorder, searchableMs);
      },
      saved: async () => {
        await counting;
        const { size } = this.#context.facts;
        checkpoint('write', inEachMode({ files: size }), {
          startedMs: searchableMs,
          outputBytes: this.#context.open?.store.sizes.snapshot ?? 0,
        });
        for (const use of this.#storeUses(journalBytes)) recorder.report('stage1').budget(use);
      },
    };
  }

  /** Rejects never: what answers searches says itself what is wrong with it. */
  async #countWords(recorder: BuildRecorder, startedMs: number): Promise<void> {
    const { writable, options } = this.#context;
    try {
      const counts = await options.scheduler.run('stage1.postings', { cpu: 1 }, () => writable.search.countWords());
      // A build that has ended meanwhile, without a snapshot, has its account closed.
      if (this.#current !== recorder) return;
      recorder.report('stage1').checkpoint('vocabulary', Object.fromEntries(counts), { startedMs });
    } catch (error) {
      options.log('warn', `${options.root.name}: the words of the search index were not counted: ${messageOf(error)}`);
    }
  }

  /** @param journalBytes of the journal when it was largest, before the snapshot */
  #storeUses(journalBytes: number): readonly BudgetUse[] {
    const { open, budgets } = this.#context;
    if (open === undefined) return [];
    const { sizes, quarantined, quarantineDropped } = open.store;
    const use = (artifact: BudgetName, usedBytes: number, beyond: BudgetAction): BudgetUse => {
      const limitBytes = budgets[artifact].maxBytes;
      const action = usedBytes > limitBytes ? beyond : 'none';
      return { artifact, usedBytes, limitBytes, action, rows: 0, removedRows: 0, parts: 1 };
    };
    const quarantine = use('quarantine', quarantined.bytes, 'warned');
    return [
      // A bulk load is folded into a snapshot at its end, and then a new journal begun.
      use('journal', journalBytes, 'sharded'),
      use('snapshot', sizes.snapshot, 'warned'),
      quarantineDropped === 0 ? quarantine : { ...quarantine, action: 'dropped', removedRows: quarantineDropped },
    ];
  }

  #followUp(recorder: BuildRecorder, isFull: boolean): void {
    const { open, options, path, facts } = this.#context;
    if (open === undefined) return;
    this.#cancel = new CancelSource();
    const { folder: indexFolder } = open.store;
    const { buildId } = recorder;
    const place = { root: path, indexFolder, buildFolder: buildFolder(indexFolder, buildId), buildId };
    this.#later = runLaterStages(recorder, options.builds, options.scheduler, {
      ...place,
      isFull,
      facts,
      warn: (line) => options.log('warn', `${options.root.name}: ${line}`),
      measure: (part, total, unit) => {
        this.#meter = new ProgressMeter(part, total, { unit, onDidChange: options.onDidChange });
        options.onDidChange();
        return this.#meter;
      },
      token: this.#cancel.token,
    }).finally(() => {
      this.#later = undefined;
      this.#meter = undefined;
      this.#current = undefined;
      this.#onDidEnd();
      options.onDidChange();
    });
  }
}

function byMode({ tallies }: BuildRecorder, count: (tally: ModeTally) => Counts): CountsByMode {
  return Object.fromEntries([...tallies].map(([mode, tally]): [Mode, Counts] => [mode, count(tally)]));
}
