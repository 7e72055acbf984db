// Writes the account of one build while it happens: checkpoints of its stages per mode, its state, and the files that
// cost most. A build does not depend on its account: when that cannot be written, it says so once and goes on.

import { join } from 'node:path';
import { addTallies, worst, type ModeTally, type Tally } from '../../facts/tally';
import type { BudgetName, BudgetUse } from '../../model/byteBudget';
import { modes, type Mode } from '../../model/mode';
import type { SchedulerStats } from '../../model/schedulerStats';
import type {
  BuildPhase,
  BuildState,
  Checkpoint,
  CheckpointExtra,
  CountsByMode,
  FileCosts,
  MemoryUse,
  StageName,
  StageReport,
} from '../../model/stageAudit';
import { writeDurableFile } from '../../store/durableFile';
import { AuditFile, auditFileName } from './auditFile';
import { endedState, firstState, lastStageOf, progressOf, type BuildPlan, type PhaseName } from './buildState';
import { BuildStateFile } from './buildStateFile';
import { buildFolder, costsName, makeBuildFolders, metricsFolder, newBuildId } from './builds';
import { briefly, budgetCounts, budgetExtra, budgetStep, memoryNow } from './checkpoint';
import { gitHead } from './gitHead';
import { noMemory } from './summary';
import { messageOf } from '../../util/messageOf';

export interface BuildRecorderOptions extends BuildPlan {
  /** Folder of the root's index. */
  readonly indexFolder: string;
  /** `performance.now()` when the work of the build began. */
  readonly startedMs: number;
  /** Most resident memory of an extractor so far, bytes. */
  readonly extractorsPeak: () => number;
  readonly scheduler: () => SchedulerStats;
  readonly warn: (line: string) => void;
}

const maxDetail = 300;

export class BuildRecorder {
  readonly buildId: string;
  readonly #options: BuildRecorderOptions;
  readonly #files: ReadonlyMap<Mode, AuditFile>;
  readonly #state: BuildStateFile;
  readonly #warn: (error: unknown) => void;
  readonly #tallies = new Map<Mode, ModeTally>();
  readonly #uses = new Map<BudgetName, BudgetUse>();
  #costs: FileCosts = { slowest: [], heaviest: [] };
  #planned = 0;
  #processed = 0;
  #peak = noMemory;
  #firstDurableMs: number | undefined;
  #ended = false;

  private constructor(
    options: BuildRecorderOptions,
    buildId: string,
    files: ReadonlyMap<Mode, AuditFile>,
    state: BuildStateFile,
    warn: (error: unknown) => void,
  ) {
    this.buildId = buildId;
    this.#options = options;
    this.#files = files;
    this.#state = state;
    this.#warn = warn;
  }

  /** Begins the account of a build, and removes that of the oldest; undefined when it cannot be written. */
  static async begin(options: BuildRecorderOptions): Promise<BuildRecorder | undefined> {
    const { indexFolder, budgets } = options;
    let warned = false;
    const warn = (error: unknown): void => {
      if (!warned) options.warn(`the account of a build is not written: ${messageOf(error)}`);
      warned = true;
    };
    const now = new Date();
    const generatedAt = new Date(now.getTime() - (performance.now() - options.startedMs)).toISOString();
    const buildId = newBuildId(now);
    try {
      await makeBuildFolders(indexFolder, buildId);
      const first = firstState(options, buildId, generatedAt, await gitHead(options.root));
      const state = await BuildStateFile.create(buildFolder(indexFolder, buildId), first, warn);
      const files = new Map<Mode, AuditFile>();
      for (const mode of modes) {
        const path = join(metricsFolder(indexFolder, buildId), auditFileName(mode));
        const record = { version: 1 as const, generatedAt, buildId, mode };
        files.set(mode, await AuditFile.create(path, record, budgets.stage_audit.maxBytes));
      }
      return new BuildRecorder(options, buildId, files, state, warn);
    } catch (error) {
      warn(error);
      return undefined;
    }
  }

  get state(): BuildState {
    return this.#state.state;
  }

  /** Milliseconds since the build began. */
  get elapsedMs(): number {
    return Math.round((performance.now() - this.#options.startedMs) * 10) / 10;
  }

  /** When the first files were durable, ms since the build began. */
  get firstDurableMs(): number | undefined {
    return this.#firstDurableMs;
  }

  /** More files will be read. */
  plan(files: number): void {
    this.#planned += files;
  }

  /** Files were extracted and are durable. */
  processed(tally: Tally, files: number): void {
    this.#firstDurableMs ??= this.elapsedMs;
    for (const [mode, counts] of Object.entries(tally.modes) as [Mode, ModeTally][]) {
      const before = this.#tallies.get(mode);
      this.#tallies.set(mode, before === undefined ? counts : addTallies(before, counts));
    }
    this.#costs = worst([this.#costs, tally.costs]);
    this.#processed += files;
    const memory = memoryNow();
    if (memory.rss > this.#peak.rss) this.#peak = memory;
    this.#update();
  }

  /** What was read so far, by mode. */
  get tallies(): ReadonlyMap<Mode, ModeTally> {
    return this.#tallies;
  }

  /** Where a stage reports. */
  report(stage: StageName): StageReport {
    return {
      checkpoint: (step, counts, extra) => this.#checkpoint(stage, step, counts, extra),
      budget: (use) => {
        this.#uses.set(use.artifact, use);
        this.#checkpoint('artifacts', budgetStep(use), { code: budgetCounts(use) }, budgetExtra(use));
      },
    };
  }

  /** The budgets that were used so far. */
  get uses(): readonly BudgetUse[] {
    return [...this.#uses.values()];
  }

  /** A stage begins, ends or is not there. */
  phase(name: PhaseName, status: BuildPhase['status'], detail = ''): void {
    const now = new Date().toISOString();
    const { phases } = this.state;
    const hasEnded = status === 'done' || status === 'failed' || status === 'interrupted';
    const phase: BuildPhase = {
      status,
      startedAt: phases[name].startedAt ?? (status === 'unavailable' ? null : now),
      finishedAt: hasEnded ? now : null,
      detail: detail.slice(0, maxDetail),
    };
    this.#state.update({ phases: { ...phases, [name]: phase } });
  }

  /**
   * Closes the account. `done` stands only when every stage is done or unavailable; otherwise the build has failed.
   * Resolves when all is on disk.
   */
  async end(status: 'done' | 'failed' | 'interrupted', detail = ''): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.report('stage1').budget(this.#ownUse());
    const { phases } = this.state;
    const missing = (Object.keys(phases) as PhaseName[]).filter(
      (name) => phases[name].status !== 'done' && phases[name].status !== 'unavailable',
    );
    const isDone = status === 'done' && missing.length === 0;
    const why = detail === '' && status === 'done' ? `without ${missing.join(', ')}` : detail;
    const how = status === 'interrupted' ? 'interrupted' : 'failed';
    // A later stage that failed has said so itself.
    const isTold = how === 'failed' && Object.values(phases).some((phase) => phase.status === 'failed');
    if (!isDone && !isTold) this.#checkpoint(lastStageOf(this.state), how, {}, { detail: why.slice(0, maxDetail) });
    try {
      for (const file of this.#files.values()) await file.close();
      await this.#writeCosts();
    } catch (error) {
      this.#warn(error);
    }
    this.#update();
    const finishedAt = new Date().toISOString();
    this.#state.update(isDone ? { status: 'done', finishedAt } : endedState(this.state, how, finishedAt, why));
    await this.#state.close();
  }

  #checkpoint(stage: StageName, step: string, counts: CountsByMode, extra: Omit<CheckpointExtra, 'counts'> = {}): void {
    const peak = this.#options.extractorsPeak();
    const scheduler = briefly(this.#options.scheduler());
    const point = {
      at: new Date().toISOString(),
      elapsedMs: this.elapsedMs,
      stage,
      step,
      memory: this.#takePeak(),
    };
    const rest = {
      ...extra,
      ...(peak > 0 ? { extractors: { peakRss: peak } } : {}),
      scheduler,
    };
    for (const [mode, file] of this.#files) {
      // What concerns one mode is in its file; steps that concern none of them are in all.
      const own = counts[mode];
      if (own === undefined && stage === 'artifacts') continue;
      const checkpoint: Checkpoint = { ...point, extra: { counts: own ?? {}, ...rest } };
      if (this.#ended) file.appendLast(checkpoint);
      else file.append(checkpoint);
    }
    this.#update();
  }

  /** Of the account itself: the largest file. */
  #ownUse(): BudgetUse {
    const { artifact, maxBytes: limitBytes } = this.#options.budgets.stage_audit;
    const files = [...this.#files.values()];
    const removedRows = files.reduce((sum, { omitted }) => sum + omitted, 0);
    const rows = files.reduce((sum, { checkpoints }) => sum + checkpoints.length, 0);
    const usedBytes = Math.max(0, ...files.map(({ bytes }) => bytes));
    const action = removedRows > 0 ? 'trimmed' : 'none';
    return { artifact, usedBytes, limitBytes, action, rows, removedRows, parts: files.length };
  }

  /** The memory now, or the most that was seen since the last checkpoint. */
  #takePeak(): MemoryUse {
    const now = memoryNow();
    const memory = now.rss > this.#peak.rss ? now : this.#peak;
    this.#peak = noMemory;
    return memory;
  }

  #update(): void {
    const tallies = [...this.#tallies];
    this.#state.update({
      progress: progressOf(this.#tallies, { planned: this.#planned, processed: this.#processed }),
      counts: Object.fromEntries(
        tallies.map(([mode, { files, chunks, skipped }]) => [mode, { files, chunks, skipped }]),
      ),
      byteBudgets: { ...this.state.byteBudgets, used: Object.fromEntries(this.#uses) },
      stageCheckpoints: Object.fromEntries([...this.#files].map(([mode, { checkpoints }]) => [mode, [...checkpoints]])),
    });
  }

  async #writeCosts(): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(this.#costs)}\n`);
    const folder = metricsFolder(this.#options.indexFolder, this.buildId);
    await writeDurableFile(folder, costsName, (sink) => sink.write(bytes));
  }
}
