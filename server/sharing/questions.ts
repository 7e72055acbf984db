// What a client can ask of the index of one root, whoever has it open: this process, or another one that owns it. Every
// parameter and answer is plain JSON, so that each question can also be asked through the owner's pipe.

import type { ArtifactsInput, ArtifactsResult } from '../export/artifacts/writeArtifacts';
import type {
  BuildAudit,
  BuildInfo,
  CommandResult,
  FileExplanation,
  FolderEntry,
  RootStatus,
  SearchParams,
  SearchResult,
  SkippedFile,
  SqlParams,
  SqlResult,
  SymbolExplanation,
  SymbolNode,
} from '../protocol';
import type { SymbolIdentity, SymbolMatch } from '../query/symbols';
import type { CancellationToken } from '../util/cancellation';
import type { Root } from '../workspace/roots';

interface Question<Params, Answer> {
  readonly params: Params;
  readonly answer: Answer;
}

type Command = Question<Record<string, never>, CommandResult>;

/** A file of the root; `uri` as the client spells it. */
export interface FileParams {
  readonly path: string;
  readonly uri: string;
}

/** Where to: an absolute path, or `artifacts` in the folder of the index. */
export interface ExportParams extends Pick<ArtifactsInput, 'artifacts' | 'budgets'> {
  readonly out?: string;
}

/** What `update` or `rebuild` did. */
export interface UpdateResult extends CommandResult {
  readonly indexed: number;
  readonly removed: number;
  /** Of the indexed files. */
  readonly bytes: number;
}

/** Each question by name. */
export interface Questions {
  symbols: Question<{ readonly query: string; readonly limit: number }, readonly SymbolMatch[]>;
  /** Finds a symbol again after its file may have changed; null when it is gone. */
  symbol: Question<SymbolIdentity, SymbolMatch | null>;
  outline: Question<FileParams, readonly SymbolNode[]>;
  folder: Question<{ readonly path: string }, readonly FolderEntry[]>;
  search: Question<SearchParams, SearchResult>;
  explain: Question<FileParams, FileExplanation>;
  explainSymbol: Question<{ readonly name: string }, SymbolExplanation>;
  skipped: Question<
    { readonly reason: string; readonly limit: number },
    { readonly files: readonly SkippedFile[]; readonly total: number }
  >;
  /** How many files on disk differ from what is indexed. */
  stale: Question<Record<string, never>, number>;
  /** Answers when nothing that was known when asked is left to do. */
  settled: Question<Record<string, never>, RootStatus>;
  /** The builds that are kept, newest first. */
  builds: Question<Record<string, never>, readonly BuildInfo[]>;
  /** One build's audit, the newest without `buildId`; null when there is none. */
  audit: Question<{ readonly buildId?: string }, BuildAudit | null>;
  sql: Question<SqlParams, SqlResult>;
  /** The next files of a dump in path order; `begin` starts one over. Facts are those of the moment of its beginning. */
  dump: Question<
    { readonly begin: boolean },
    { readonly files: readonly { readonly path: string; readonly facts: string }[]; readonly more: boolean }
  >;
  /** Writes the artifacts of the stored facts, or says why they cannot be where or as large as they were wanted. */
  export: Question<ExportParams, ArtifactsResult | { readonly refusal: string }>;
  /** The text of an open editor, which is laid over the file for this client alone; null when it was closed. */
  editor: Question<{ readonly path: string; readonly text: string | null }, null>;
  /** Paths that may have changed. */
  hint: Question<{ readonly paths: readonly string[] }, null>;
  /** Brings the index up to the disk and saves it. */
  update: Question<Record<string, never>, UpdateResult>;
  reindex: Question<{ readonly path: string }, CommandResult>;
  rebuild: Question<Record<string, never>, UpdateResult>;
  repair: Command;
  verify: Command;
  clear: Command;
  pause: Command;
  resume: Command;
}

export type QuestionName = keyof Questions;
export type Params<Q extends QuestionName> = Questions[Q]['params'];
export type Answer<Q extends QuestionName> = Questions[Q]['answer'];

/** Commands change something each time they are given: they are not given again when it is unknown how they ended. */
const commands: ReadonlySet<QuestionName> = new Set([
  'reindex',
  'rebuild',
  'repair',
  'verify',
  'clear',
  'pause',
  'resume',
]);

export function isCommand(question: QuestionName): boolean {
  return commands.has(question);
}

/** The index of a root as one client sees it. */
export interface RootAnswers {
  /** As the client spells it. */
  readonly root: Root;
  readonly status: RootStatus;
  /**
   * @throws QueryError when the question is wrong, CancellationError when the token was cancelled, OwnerLostError when
   * the process that was asked ended or does not answer
   */
  ask<Q extends QuestionName>(question: Q, params: Params<Q>, token?: CancellationToken): Promise<Answer<Q>>;
  close(): Promise<void>;
}

/** The process that was asked ended, or stopped answering, before it answered. */
export class OwnerLostError extends Error {
  override readonly name = 'OwnerLostError';
}
