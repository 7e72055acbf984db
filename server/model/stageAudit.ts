// What a build leaves behind about itself: checkpoints of its stages per mode, and the state of the build as a whole.
// These are the shapes of files that other programs read; field names and meanings are those of the published schema.

import type { BudgetUse, ByteBudget } from './byteBudget';
import type { Mode } from './mode';
import type { SkipReason } from './skipReason';

/** `artifacts` holds the checkpoints of byte budgets, those of stores too; the others are the stages of a build in their order. */
export type StageName = 'stage1' | 'stage2' | 'artifacts' | 'stage3' | 'stage4';

/** Counters; equal for equal input and configuration. */
export type Counts = Readonly<Record<string, number>>;

/** Bytes, of the server's process. */
export interface MemoryUse {
  readonly rss: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** What a checkpoint says besides time and memory. Everything but `counts` and `artifact` may differ from run to run. */
export interface CheckpointExtra {
  readonly counts: Counts;
  /** Of a budget: the artifact, or the store. */
  readonly artifact?: string;
  readonly budget?: Pick<BudgetUse, 'usedBytes' | 'limitBytes' | 'action'>;
  /** When the step began, ms since the build began: steps of stage1 overlap. */
  readonly startedMs?: number;
  /** Most resident memory of an extractor so far, bytes. */
  readonly extractors?: { readonly peakRss: number };
  /** Most resident memory of the process that holds SQLite so far, bytes. */
  readonly sqlite?: { readonly peakRss: number };
  /** Tasks that wait and run, and tokens in use, at that moment. */
  readonly scheduler?: Readonly<Record<string, number>>;
  /** Bytes of the files that the step left behind. */
  readonly outputBytes?: number;
  /** Why the step did nothing: a stage that is not there, a build that was interrupted. */
  readonly detail?: string;
}

export interface Checkpoint {
  /** ISO 8601. */
  readonly at: string;
  /** Milliseconds since the build began, by the monotonic clock. */
  readonly elapsedMs: number;
  readonly stage: StageName;
  readonly step: string;
  readonly memory: MemoryUse;
  readonly extra: CheckpointExtra;
}

export interface StageSummary {
  readonly startedAt: string;
  readonly finishedAt: string;
  /** From the end of the checkpoint before the stage's first to its own last: stages do not overlap. */
  readonly elapsedMs: number;
  readonly checkpointCount: number;
  readonly memoryHighWater: MemoryUse;
  /** Step (and artifact: `byte-budget/symbol_edges`) → the largest value of each counter. */
  readonly extraHighWater: Readonly<Record<string, Counts>>;
}

/** `metrics/stage-audit-<mode>.json`. */
export interface StageAudit {
  readonly version: 1;
  readonly generatedAt: string;
  readonly buildId: string;
  readonly mode: Mode;
  readonly checkpoints: readonly Checkpoint[];
  readonly stages: Readonly<Partial<Record<StageName, StageSummary>>>;
  readonly highWater: {
    readonly memory: MemoryUse;
    /** `stage/step` (and artifact) → the largest value of each counter. */
    readonly extra: Readonly<Record<string, Counts>>;
  };
}

/** Steps that know no modes: the audit of each mode has the same counters of them. */
export const stepsOfAllModes: readonly string[] = ['stage1/discovery', 'stage1/write', 'stage3/chunks'];

export type BuildStatus = 'running' | 'done' | 'failed' | 'interrupted';

/** `pending`: still to come; `unavailable`: this version, or this configuration, has no such stage. */
export type PhaseStatus = 'pending' | 'running' | 'done' | 'failed' | 'interrupted' | 'unavailable';

export interface BuildPhase {
  readonly status: PhaseStatus;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly detail: string;
}

export interface ModeCounts {
  readonly files: number;
  readonly chunks: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

/** `build_state.json`. */
export interface BuildState {
  readonly schemaVersion: 1;
  readonly buildId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
  readonly status: BuildStatus;
  readonly cause: string;
  readonly tool: { readonly version: string };
  /** Real path. */
  readonly root: string;
  /** As the files of `.git` say; null where there is none. Whether it is dirty only git itself could tell. */
  readonly git: { readonly head: string | null; readonly branch: string | null; readonly dirty: boolean | null } | null;
  readonly modes: readonly Mode[];
  readonly phases: Readonly<Record<'stage1' | 'stage2' | 'stage3' | 'stage4', BuildPhase>>;
  readonly progress: Readonly<Partial<Record<Mode, { readonly processedFiles: number; readonly totalFiles: number }>>>;
  readonly counts: Readonly<Partial<Record<Mode, ModeCounts>>>;
  readonly stageCheckpoints: Readonly<Partial<Record<Mode, readonly Checkpoint[]>>>;
  readonly byteBudgets: {
    readonly generatedAt: string;
    readonly maxJsonBytes: number;
    readonly strict: boolean;
    readonly policies: Readonly<Record<string, ByteBudget>>;
    /** What this build used; absent in builds of before. */
    readonly used?: Readonly<Record<string, BudgetUse>>;
  };
}

/** A file that cost the build more than others. */
export interface FileCost {
  /** Root-relative. */
  readonly path: string;
  readonly bytes: number;
  /** Time to read, hash, parse and extract it, in microseconds. */
  readonly micros: number;
  /** Rows of facts that it gave. */
  readonly rows: number;
}

/** `metrics/files.json`: the files that took most time, and those that gave most rows, the worst first. */
export interface FileCosts {
  readonly slowest: readonly FileCost[];
  readonly heaviest: readonly FileCost[];
}

/**
 * Where a stage of a build says what it did. Whoever reports knows no files of the audit; a failure of the audit is not
 * a failure of the stage.
 */
export interface StageReport {
  /** A step is done, with its counters for each mode that it worked on. */
  readonly checkpoint: (step: string, counts: CountsByMode, extra?: Omit<CheckpointExtra, 'counts'>) => void;
  /** What of a budget was used: a checkpoint of `artifacts`, in the audit of `code`. */
  readonly budget: (use: BudgetUse) => void;
}

/**
 * What somebody asked for when the build was over, done from its facts: `almagest export`, or the SQLite form. Its audit
 * is of no mode; it stands in that of `code`.
 */
export interface LateRun {
  readonly kind: LateRunKind;
  readonly status: BuildStatus;
  readonly audit: StageAudit;
}

export type LateRunKind = 'artifacts' | 'sqlite';

export type CountsByMode = Readonly<Partial<Record<Mode, Counts>>>;

/** A step of the way of a file into the index. */
export const ledgerSteps = ['discovered', 'hashed', 'parsed', 'extracted', 'journaled', 'searchable'] as const;

/** Where a file is on its way, one entry a step. Steps behind a skip are `notReached`. */
export interface LedgerEntry {
  readonly step: (typeof ledgerSteps)[number];
  readonly status: 'done' | 'limited' | 'waiting' | 'skipped' | 'notReached';
  /** When it was done, ISO 8601, where that is known; of `hashed`, when reading it began. */
  readonly at?: string;
  /** Of `extracted`: how long reading, hashing, parsing and extracting it took. */
  readonly ms?: number;
  readonly bytes?: number;
  /** What came of it, or why it stopped here; one phrase. */
  readonly detail: string;
}
