// The wire between the server and its clients (extension, command line, other editors): custom requests, notifications
// and their types, all under `almagest/`. Nothing but types and message constants; the only server file that
// extension/ may import.

import { NotificationType, RequestType, RequestType0, type ProgressToken } from 'vscode-languageserver-protocol';
import type { Counts } from './model/counts';
import type { IndexState } from './model/indexState';
import type { Mode } from './model/mode';
import type { Progress } from './model/progress';
import type { SchedulerStats, SlowReason } from './model/schedulerStats';
import type { LimitReason, SkipReason } from './model/skipReason';
import type { BuildState, BuildStatus, FileCosts, LateRun, LedgerEntry, StageAudit } from './model/stageAudit';

export type {
  BuildPhase,
  BuildState,
  Checkpoint,
  FileCost,
  FileCosts,
  LateRun,
  LedgerEntry,
  StageAudit,
  StageSummary,
} from './model/stageAudit';
export { stepsOfAllModes } from './model/stageAudit';
export { byteText } from './model/byteText';
export { percentOf, progressText, rateText } from './model/progress';
export type { Counts } from './model/counts';
export type { SchedulerStats, SlowReason } from './model/schedulerStats';

// region: shared types

/** What the client passes as `initializationOptions`, and again in `almagest/didChangeSettings`. */
export interface Settings {
  /** Folder that holds the indexes of all roots; undefined: `<user cache folder>/almagest`. */
  readonly indexDir?: string;
  /** gitignore-style globs, root-relative: files.exclude, search.exclude and almagest.exclude together. */
  readonly exclude: readonly string[];
  /** Further such globs of single roots, by folder URI: what only the settings of that folder exclude. */
  readonly rootExclude?: Readonly<Record<string, readonly string[]>>;
  /** Threads of the extractor, which run at low priority; 0: one per core, at most 4. */
  readonly threads: number;
  /** Whether document symbols are answered: `auto` only where the client says that nothing else answers. */
  readonly outline: 'auto' | 'always' | 'never';
  /** The client shows `almagest/didChangeStatus` itself, so builds need no work-done progress beside it. */
  readonly drawsStatus?: boolean;
  /** `almagest.indexing.artifacts.byteBudgets` as the user wrote it; the server checks it. */
  readonly byteBudgets?: unknown;
  /** `almagest.indexing.artifacts.byteBudgetPolicy.strict`, unchecked, too. */
  readonly byteBudgetStrict?: unknown;
  /** More changed files than this are saved in a snapshot as soon as nothing else runs. */
  readonly snapshotFiles?: number;
  /** So long after the first change whatever changed is saved in a snapshot. */
  readonly snapshotSeconds?: number;
}

/** What `snapshotFiles` and `snapshotSeconds` may be, and are when they are absent; package.json says the same. */
export const snapshotSettings = {
  files: { default: 1000, minimum: 1, maximum: 1_000_000 },
  seconds: { default: 300, minimum: 1, maximum: 86_400 },
} as const;

/** One step of work that takes a while. Counts never go backwards within one `stage`. */
export interface StageProgress extends Progress {
  readonly stage:
    | 'loading'
    | 'scanning'
    | 'extracting'
    | 'searchIndex'
    | 'snapshot'
    | 'verifying'
    | 'repairing'
    | 'relations'
    | 'analyzers'
    | 'artifacts'
    | 'sqlite'
    | 'conclusions';
  /** What is worked on: the root-relative path of a file, or the name of a step or artifact. */
  readonly current?: string;
  readonly etaMs?: number;
  /** What waits and runs, at that moment. */
  readonly scheduler?: SchedulerStats;
}

export interface StoreSizes {
  readonly journal: number;
  readonly snapshot: number;
  readonly search: number;
  /** Of the SQLite database, where there is one. */
  readonly sqlite?: number;
}

/** The state of the index of one workspace folder, complete enough to draw every view from. */
export interface RootStatus {
  /** Folder URI of the root. */
  readonly root: string;
  readonly name: string;
  readonly state: IndexState;
  /** Milliseconds since the epoch at which the state was entered. */
  readonly since: number;
  /** Why it is in this state, one sentence. */
  readonly cause: string;
  /** With state `corrupted`: what is damaged, and what the user can do. */
  readonly suggestions: readonly string[];
  /** Why this process cannot write to the index; absent when it can. */
  readonly readOnly?: string;
  /** Why the folder could not be read when it was last looked at; what is indexed of it stays. Absent when it could. */
  readonly unreadable?: string;
  /** The other process that owns the index; `answers` is false while it does not, and the stores are read instead. */
  readonly owner?: { readonly pid: number; readonly answers: boolean };
  readonly paused: boolean;
  /** Why bulk work makes room at the moment; absent when it does not. Saves and answers are never slowed. */
  readonly slowed?: SlowReason;
  readonly progress?: StageProgress;
  readonly generation: number;
  /** Number of the last durable batch. */
  readonly seq: number;
  readonly counts: Counts;
  readonly sizes: StoreSizes;
  readonly indexFolder: string;
  /** What is in the journal only. */
  readonly unsaved: UnsavedChanges;
  /** Damaged files that were set aside, each beside a note that says why. */
  readonly quarantine: QuarantineTotals;
  /** How the index was last opened; absent until it is open. */
  readonly opening?: OpeningReport;
  /** Set when the server stopped again and again over this index: why nothing is indexed until "Resume" is run. */
  readonly safeMode?: string;
  readonly lastVerify?: { readonly at: number; readonly ok: boolean; readonly summary: string };
  /** How the last build went, for "where time went". */
  readonly lastBuild?: BuildSummary;
}

/** What the next snapshot will save. */
export interface UnsavedChanges {
  readonly files: number;
  /** When the first of them was made durable, ms since the epoch; absent when there are none. */
  readonly since?: number;
  /** When and why they are saved at the latest; absent when there are none, or nobody who would. */
  readonly next?: NextSnapshot;
}

/**
 * When the next snapshot is due, ms since the epoch, if nothing more changes, and why then: as much changed as is saved at
 * once (`many`), the journal is at its byte budget (`journal`), nothing will have happened for a while (`quiet`), or the
 * first change will be old (`age`). One that is due waits until nothing else runs.
 */
export interface NextSnapshot {
  readonly at: number;
  readonly why: 'many' | 'journal' | 'quiet' | 'age';
}

export interface QuarantineTotals {
  /** Files and folders. */
  readonly items: number;
  readonly bytes: number;
}

/** What an opening tried, in order, and what it repaired. */
export interface OpeningReport {
  /** When it began, ms since the epoch. */
  readonly at: number;
  readonly elapsedMs: number;
  readonly rungs: readonly OpeningRung[];
  /** What was damaged or missing and what was done about it, a sentence each; empty when all was well. */
  readonly repaired: readonly string[];
}

/** One step of an opening. */
export interface OpeningRung {
  /** 0 lock, 1 manifest, 2 snapshot, 3 search index, 4 replay, 5 to 7 repair, 8 scan, 9 new manifest. */
  readonly rung: number;
  readonly name: string;
  readonly result: string;
  readonly ms: number;
}

export interface BuildSummary {
  readonly cause: string;
  readonly files: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Milliseconds per stage; stages overlap, so they do not add up to `elapsedMs`. */
  readonly stages: Readonly<Record<string, number>>;
  readonly peakRss: { readonly server: number; readonly extractors: number };
}

export interface Status {
  readonly version: string;
  readonly roots: readonly RootStatus[];
  /** Folders of the workspace that cannot be opened, and so have no root yet; absent when there are none. */
  readonly unreachable?: readonly UnreachableFolder[];
}

/** A workspace folder that is missing or locked; it is indexed as soon as it can be opened. */
export interface UnreachableFolder {
  readonly uri: string;
  readonly name: string;
  /** Why, one sentence. */
  readonly reason: string;
}

/** A place in a file: 0-based lines, UTF-16 columns. */
export interface WireRange {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface SearchParams {
  readonly query: string;
  /** `text`: each line that has the text or matches the regular expression; `ranked`: the best chunks first. */
  readonly kind: 'text' | 'ranked';
  readonly regex?: boolean;
  readonly caseSensitive?: boolean;
  readonly wholeWord?: boolean;
  /** Globs of root-relative paths. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly modes?: readonly Mode[];
  /** At most this many hits (1 to 10,000). */
  readonly limit: number;
  readonly contextLines?: number;
}

export interface SearchHit {
  readonly uri: string;
  /** Root-relative path. */
  readonly path: string;
  readonly line: number;
  /** The line's text, cut at 1,000 characters. */
  readonly text: string;
  /** [start, end) UTF-16 columns of the matches in `text`. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly mode: Mode;
  /** Innermost symbol around the line, where there is one. */
  readonly symbol?: string;
  readonly score?: number;
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  readonly total: number;
  readonly files: number;
  /** More matches exist than `hits` holds. */
  readonly cut: boolean;
  readonly elapsedMs: number;
  /** Set when the answer may be incomplete: "building, 1,204 of 8,330 files". */
  readonly notice?: string;
}

/** A row of the Symbols view. */
export interface SymbolNode {
  readonly name: string;
  readonly kind: number;
  readonly uri: string;
  readonly path: string;
  readonly range: WireRange;
  readonly nameRange: WireRange;
  readonly container?: string;
  readonly signature?: string;
  readonly doc?: string;
  readonly flags: number;
  readonly complexity: number;
  readonly children: readonly SymbolNode[];
}

export interface FolderEntry {
  readonly name: string;
  /** Root-relative path. */
  readonly path: string;
  readonly uri: string;
  readonly type: 'folder' | 'file';
  /** Files below it (1 for a file) and symbols in them. */
  readonly files: number;
  readonly symbols: number;
}

export interface FileExplanation {
  readonly uri: string;
  readonly path: string;
  /** One sentence for people. */
  readonly summary: string;
  readonly verdict: 'indexed' | 'textOnly' | 'partial' | 'stale' | 'skipped' | 'ignored' | 'missing' | 'outside';
  readonly reason?: SkipReason | LimitReason;
  /** The rule that ignores it, and where it stands; its `line` counts from 1. */
  readonly rule?: { readonly text: string; readonly source: string; readonly line?: number };
  readonly details: readonly { readonly label: string; readonly value: string }[];
  /** How far the file came on its way into the index; empty where it never began. */
  readonly ledger: readonly LedgerEntry[];
}

/** Why a symbol is, or is not, found by its name. */
export interface SymbolExplanation {
  readonly name: string;
  readonly verdict: 'found' | 'otherCase' | 'missing';
  /** One sentence for people. */
  readonly summary: string;
  /** Where it is defined, and names that are near; at most 20 each. */
  readonly places: readonly { readonly path: string; readonly uri: string; readonly line: number }[];
  readonly near: readonly string[];
  /** What could hide it: files that were not parsed or are not indexed, by reason; the most first. */
  readonly gaps: readonly {
    readonly reason: SkipReason | LimitReason;
    readonly files: number;
    readonly detail: string;
  }[];
}

/** One of the last ten builds of a root, newest first in a list. */
export interface BuildInfo {
  readonly buildId: string;
  readonly status: BuildStatus;
  readonly cause: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly elapsedMs: number;
  /** Files read in this build, all modes together, and those skipped. */
  readonly files: number;
  readonly skipped: number;
  /** Most resident memory of the server at a checkpoint, bytes. */
  readonly peakRss: number;
}

/** All that is known of one build. */
export interface BuildAudit {
  readonly state: BuildState;
  /** One per mode, in the order of the modes. */
  readonly audits: readonly StageAudit[];
  readonly costs: FileCosts;
  /** What was asked for when it was over, newest first. */
  readonly lateRuns: readonly LateRun[];
  /** The build before it, to compare with; absent for the oldest one kept. */
  readonly previousBuildId?: string;
  /** Of the scheduler now, where the build is the one in work. */
  readonly scheduler?: SchedulerStats;
}

export interface SkippedFile {
  readonly uri: string;
  readonly path: string;
  readonly reason: SkipReason | LimitReason;
  readonly detail: string;
}

/** A query of the SQLite form of the index of one root. */
export interface SqlParams {
  /** Folder URI of the root; absent: the only one, or the first. */
  readonly root?: string;
  /** One statement that reads: SELECT, WITH, VALUES, EXPLAIN or a PRAGMA that only tells something. */
  readonly query: string;
  /** At most this many rows (1 to 100,000). */
  readonly limit: number;
  /** Longest running time in ms (at most 600,000), after which the query is ended. */
  readonly timeoutMs: number;
}

/** A value of a row. Integers beyond 2^53 come as their digits, blobs as `x'…'`. */
export type SqlValue = string | number | null;

/** The answer to a query. A query that was refused, or failed, has no columns but an `error`. */
export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** More rows, or more text, exist than `rows` holds. */
  readonly cut: boolean;
  /** Of the query; making or updating the database is not counted. */
  readonly elapsedMs: number;
  /** Set when there is something to know about the answer: "the database was made first, in 3.1 s". */
  readonly notice?: string;
  readonly error?: SqlError;
}

export interface SqlError {
  /** One sentence. */
  readonly message: string;
  /** UTF-16 offsets in the query of what it is about, where that is known. */
  readonly start?: number;
  readonly end?: number;
}

/** A table or view of the SQLite form, for help and completion. */
export interface SqlTable {
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** What a row is, one sentence. */
  readonly doc: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly doc: string }[];
}

/** The end of a command: one sentence that says what was done. */
export interface CommandResult {
  readonly ok: boolean;
  readonly message: string;
  readonly findings: readonly string[];
}

export interface RootParams {
  /** Folder URI; absent: every root. */
  readonly root?: string;
  readonly workDoneToken?: ProgressToken;
}

export interface ExportParams extends RootParams {
  /** Absolute path of the folder to write; absent: `artifacts` in the folder of the index. With several roots a folder each. */
  readonly out?: string;
  /** Names of artifacts; all when absent. */
  readonly artifacts?: readonly string[];
}

// endregion
// region: to server

export const StatusRequest = new RequestType0<Status, void>('almagest/status');
/** Answers when no root has work left that was known when asked (scan, extraction, search index, snapshot if due). */
export const SettledRequest = new RequestType0<Status, void>('almagest/settled');
export const SearchRequest = new RequestType<SearchParams, SearchResult, void>('almagest/search');
export const FileSymbolsRequest = new RequestType<{ readonly uri: string }, readonly SymbolNode[], void>(
  'almagest/fileSymbols',
);
/** The entries of a folder of the index, folders first; `path` '' is the root itself. */
export const FolderRequest = new RequestType<
  { readonly root: string; readonly path: string },
  readonly FolderEntry[],
  void
>('almagest/folder');
export const ExplainFileRequest = new RequestType<{ readonly uri: string }, FileExplanation, void>(
  'almagest/explainFile',
);
export const SkippedFilesRequest = new RequestType<
  { readonly root: string; readonly reason: string; readonly limit: number },
  { readonly files: readonly SkippedFile[]; readonly total: number },
  void
>('almagest/skippedFiles');
export const ExplainSymbolRequest = new RequestType<
  { readonly root: string; readonly name: string },
  SymbolExplanation,
  void
>('almagest/explainSymbol');
/** The builds of a root that are kept, newest first. */
export const BuildsRequest = new RequestType<{ readonly root: string }, readonly BuildInfo[], void>('almagest/builds');
/** One build's audit, the newest without `buildId`; null when there is none. */
export const AuditRequest = new RequestType<
  { readonly root: string; readonly buildId?: string },
  BuildAudit | null,
  void
>('almagest/audit');
export const ReindexFileRequest = new RequestType<{ readonly uri: string }, CommandResult, void>(
  'almagest/reindexFile',
);
/** Answers a query of the SQLite form of the index, which is made first where there is none. Cancelling ends it. */
export const SqlRequest = new RequestType<SqlParams, SqlResult, void>('almagest/sql');
export const SqlSchemaRequest = new RequestType0<readonly SqlTable[], void>('almagest/sqlSchema');
/** Writes the artifacts of one root, or of each; see `almagest export`. */
export const ExportRequest = new RequestType<ExportParams, CommandResult, void>('almagest/export');
export const RebuildRequest = new RequestType<RootParams, CommandResult, void>('almagest/rebuild');
export const RepairRequest = new RequestType<RootParams, CommandResult, void>('almagest/repair');
export const VerifyRequest = new RequestType<RootParams, CommandResult, void>('almagest/verify');
export const ClearRequest = new RequestType<RootParams, CommandResult, void>('almagest/clear');
export const PauseRequest = new RequestType<RootParams, CommandResult, void>('almagest/pause');
export const ResumeRequest = new RequestType<RootParams, CommandResult, void>('almagest/resume');
/** What the user is doing, on each change: heavy work in the background makes room. Typing is seen by the server. */
export const ActivityNotification = new NotificationType<{ readonly focused: boolean; readonly debugging: boolean }>(
  'almagest/didChangeActivity',
);
export const SettingsChangedNotification = new NotificationType<Settings>('almagest/didChangeSettings');

// endregion
// region: from server

/** Sent on each change of any root's status, at most ten times a second. */
export const StatusChangedNotification = new NotificationType<Status>('almagest/didChangeStatus');

// endregion
