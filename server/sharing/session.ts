// One client's view of an index that is open in this process: the same facts for all, with the texts of the client's own
// open editors over them, and URIs as the client spells the root.

import { basename, isAbsolute, join } from 'node:path';
import type { ExtractorPool } from '../extraction/pool';
import { writeArtifacts, type ArtifactsResult } from '../export/artifacts/writeArtifacts';
import { dumpRows } from '../export/dump';
import type { Lease } from '../facts/factStore';
import { OverlaidFacts } from '../facts/overlaidFacts';
import { ByteBudgetError } from '../model/byteBudget';
import type { StageReport } from '../model/stageAudit';
import { recordLateRun } from '../pipeline/audit/lateRuns';
import { EditorOverlay } from '../pipeline/editorOverlay';
import { ProgressMeter } from '../pipeline/progress';
import type { RootIndex } from '../pipeline/rootIndex';
import { limits } from '../pipeline/workspaceIndexes';
import type { CommandResult, RootStatus, SlowReason } from '../protocol';
import { explainFile } from '../query/explain';
import { explainSymbol } from '../query/explainSymbol';
import { fileSymbols } from '../query/fileSymbols';
import { folderEntries } from '../query/folder';
import { searchRoot, type OpenTexts } from '../query/search';
import { skippedFiles, type SkippingIndex } from '../query/skipped';
import { findSymbols, locateSymbol } from '../query/symbols';
import { systemErrorCode } from '../store/errors';
import { FolderRefusedError } from '../store/partFolder';
import { CancelSource } from '../util/cancelSource';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { uriOf, type Root } from '../workspace/roots';
import { EditorTexts } from '../workspace/editorTexts';
import type { Answer, Params, QuestionName, RootAnswers, UpdateResult } from './questions';
import { questionShapes } from './questionShapes';
import type { SqlForm } from './sqlForm';

/** Facts in one page of a dump, characters: large enough for few messages, small enough to be sent at once. */
const dumpPage = 1 << 20;

/** After these the search index has to be opened again. */
const searchFailures: ReadonlySet<string> = new Set(['ERR_PANIC', 'ERR_INDEX_CLOSED', 'ERR_INDEX_CORRUPT']);

type Handlers = { readonly [Q in QuestionName]: (params: Params<Q>, token?: CancellationToken) => Promise<Answer<Q>> };

export interface SessionOptions {
  /** As the client spells it; its real path is that of the index. */
  readonly root: Root;
  readonly index: RootIndex;
  /** Resolves when the index can answer. */
  readonly opened: Promise<void>;
  readonly pool: ExtractorPool;
  readonly sql: SqlForm;
  /** See `WorkspaceIndexes.slowed`. */
  readonly slowed: () => SlowReason | undefined;
  readonly warn: (line: string) => void;
  /** What this client alone is told has news. */
  readonly onDidChange: () => void;
}

export class Session implements RootAnswers {
  readonly root: Root;
  readonly #index: RootIndex;
  readonly #opened: Promise<void>;
  readonly #facts: OverlaidFacts;
  readonly #overlay: EditorOverlay;
  readonly #texts: EditorTexts;
  readonly #sql: SqlForm;
  readonly #slowed: () => SlowReason | undefined;
  readonly #warn: (line: string) => void;
  readonly #onDidChange: () => void;
  #exporting: ProgressMeter | undefined;
  #dump: { readonly lease: Lease; next: number } | undefined;

  constructor({ root, index, opened, pool, sql, slowed, warn, onDidChange }: SessionOptions) {
    this.#warn = warn;
    this.#slowed = slowed;
    this.#sql = sql;
    this.#onDidChange = onDidChange;
    this.root = root;
    this.#index = index;
    this.#opened = opened;
    this.#facts = new OverlaidFacts(() => index.facts);
    this.#overlay = new EditorOverlay(pool);
    this.#texts = new EditorTexts((path) => {
      const row = index.facts.findStored(path);
      return row?.segment.hash(row.file);
    });
  }

  get status(): RootStatus {
    const { progress, ...status } = this.#index.status;
    // What the index itself does comes before what is made from it.
    const derived = this.#exporting?.snapshot ?? this.#sql.progress;
    const shown = progress ?? (derived && { ...derived, scheduler: this.#index.schedulerStats });
    const slowed = this.#slowed();
    const sqlite = this.#sql.bytes;
    return {
      ...status,
      ...(sqlite !== undefined && { sizes: { ...status.sizes, sqlite } }),
      ...(slowed && { slowed }),
      ...(shown && { progress: shown }),
      root: this.root.uri,
      name: this.root.name,
    };
  }

  async ask<Q extends QuestionName>(question: Q, params: Params<Q>, token?: CancellationToken): Promise<Answer<Q>> {
    // A peer may ask for anything.
    if (!Object.hasOwn(this.#handlers, question)) throw new TypeError(`There is no question "${question}".`);
    const checked: Params<Q> = questionShapes[question](params, '');
    await this.#opened;
    if (token?.isCancellationRequested) throw new CancellationError();
    return this.#handlers[question](checked, token);
  }

  close(): Promise<void> {
    this.#endDump();
    return Promise.resolve();
  }

  readonly #handlers: Handlers = {
    symbols: async ({ query, limit }) => {
      const openPaths = this.#texts.paths().reverse();
      return findSymbols(this.#facts, query, { limit, openPaths, recent: this.#index.recent });
    },
    symbol: async (identity) => locateSymbol(this.#facts, identity) ?? null,
    outline: async ({ path, uri }) => fileSymbols(this.#facts, path, uri),
    folder: async ({ path }) => folderEntries(this.#facts, path, (child) => uriOf(this.root, child)),
    search: async (params, token) => {
      const { search, status } = this.#index;
      const searched = { root: this.root, facts: this.#facts, search, status };
      try {
        return await searchRoot(searched, params, this.#openTexts, limits.maxFileBytes, token);
      } catch (error) {
        if (searchFailures.has(systemErrorCode(error) ?? '')) this.#index.searchFailed(error);
        throw error;
      }
    },
    explain: ({ path, uri }) => {
      const explained = {
        root: this.root,
        facts: this.#facts,
        excludes: this.#index.excludes,
        isBeyondLimit: (wanted: string) => this.#index.isBeyondLimit(wanted),
        isSearchable: (wanted: string) => this.#index.isSearchable(wanted),
        times: (wanted: string) => this.#index.times(wanted),
      };
      return explainFile(explained, path, uri, limits.maxFileBytes);
    },
    explainSymbol: async ({ name }) => explainSymbol(this.#skipping, name),
    skipped: async ({ reason, limit }) => skippedFiles(this.#skipping, reason, limit),
    stale: (_, token) => this.#index.countStale(token),
    settled: async (_, token) => {
      await unlessCancelled(this.#index.settled(), token);
      return this.status;
    },
    builds: () => this.#index.builds(),
    audit: async ({ buildId }) => (await this.#index.audit(buildId)) ?? null,
    sql: (params, token) => this.#sql.query(params, token),
    dump: async ({ begin }) => this.#dumpOn(begin),
    export: (params, token) => this.#export(params, token),
    editor: async ({ path, text }) => {
      await this.#setText(path, text ?? undefined);
      return null;
    },
    hint: async ({ paths }) => {
      this.#index.hint(paths);
      return null;
    },
    update: (_, token) => this.#update(token),
    reindex: ({ path }) => this.#index.reindex(path),
    rebuild: (_, token) => this.#index.rebuild(token),
    repair: (_, token) => this.#index.repair(token),
    verify: (_, token) => this.#index.verify(token),
    clear: () => this.#index.clear(),
    pause: async () => this.#index.pause(),
    resume: async () => this.#index.resume(),
  };

  get #skipping(): SkippingIndex {
    return { root: this.root, facts: this.#facts, scanSkipped: this.#index.scanSkipped };
  }

  get #openTexts(): OpenTexts {
    return { get: (path) => this.#texts.changed(path), paths: () => this.#texts.paths() };
  }

  /** Lays the text of an open editor over the file, or takes it away when it is closed or equal to the file. */
  async #setText(path: string, text: string | undefined): Promise<void> {
    // A file that is excluded stays so while it is open.
    this.#texts.set(path, text);
    const isKnown = text === undefined || this.#facts.findStored(path) !== undefined;
    if (!isKnown && !(await this.#index.wouldIndex(path))) this.#texts.set(path, undefined);
    // Whichever call comes last: it lays the text that is the newest then.
    await this.#overlay.set(this.#facts, this.root.path, path, this.#texts.changed(path));
  }

  /** Its work is what was done while it waited: scans that several asked for are one. */
  async #update(token: CancellationToken | undefined): Promise<UpdateResult> {
    const before = { ...this.#index.work };
    const result = await this.#broughtUpToDate(token);
    const { indexed, removed, bytes } = this.#index.work;
    return {
      ...result,
      indexed: indexed - before.indexed,
      removed: removed - before.removed,
      bytes: bytes - before.bytes,
    };
  }

  async #broughtUpToDate(token: CancellationToken | undefined): Promise<CommandResult> {
    const index = this.#index;
    index.requestScan(index.facts.size === 0 ? 'first build' : 'asked for');
    await unlessCancelled(index.indexed(), token);
    const { state, cause, paused } = index.status;
    if (index.rootUnreadable !== undefined) return { ok: false, message: index.rootUnreadable, findings: [] };
    if (state === 'corrupted') return { ok: false, message: cause, findings: [] };
    if (paused) return { ok: false, message: 'Indexing is paused; resume it first.', findings: [] };
    return index.save(token);
  }

  async #export({ out, artifacts, budgets }: Params<'export'>, token?: CancellationToken): Promise<Answer<'export'>> {
    const { facts, path, status } = this.#index;
    if (out !== undefined && !isAbsolute(out)) return { refusal: `${out} is no absolute path.` };
    try {
      const write = (report: StageReport): Promise<ArtifactsResult> =>
        writeArtifacts({
          facts,
          report,
          root: path,
          rootName: basename(path),
          out: out ?? join(status.indexFolder, 'artifacts'),
          artifacts,
          budgets,
          onProgress: ({ step, done, total }) => {
            this.#exporting ??= new ProgressMeter('artifacts', total, {
              unit: 'passes',
              onDidChange: this.#onDidChange,
            });
            this.#exporting.reach(done, step);
          },
          token: token ?? new CancelSource().token,
        });
      return await recordLateRun({ indexFolder: status.indexFolder, warn: this.#warn }, 'artifacts', write);
    } catch (error) {
      if (error instanceof ByteBudgetError || error instanceof FolderRefusedError) return { refusal: error.message };
      throw error;
    } finally {
      this.#exporting = undefined;
      this.#onDidChange();
    }
  }

  #dumpOn(begin: boolean): Answer<'dump'> {
    if (begin) {
      this.#endDump();
      this.#dump = { lease: this.#index.facts.lease(), next: 0 };
    }
    const dump = this.#dump;
    if (dump === undefined) throw new Error('No dump has begun, or another process took the index over; begin again.');
    const { rows } = dump.lease;
    const files: { path: string; facts: string }[] = [];
    for (let size = 0; size < dumpPage && dump.next < rows.length; dump.next++) {
      const [row] = rows.slice(dump.next, dump.next + 1);
      if (row === undefined) break;
      const [facts = ''] = dumpRows([row]);
      files.push({ path: row.segment.path(row.file), facts });
      size += facts.length;
    }
    const more = dump.next < rows.length;
    if (!more) this.#endDump();
    return { files, more };
  }

  #endDump(): void {
    this.#dump?.lease.release();
    this.#dump = undefined;
  }
}

/** What was begun goes on; only the waiting ends. */
function unlessCancelled(work: Promise<void>, token: CancellationToken | undefined): Promise<void> {
  if (token === undefined) return work;
  return new Promise((resolve, reject) => {
    const registration = token.onCancellationRequested(() => reject(new CancellationError()));
    work.then(resolve, reject).finally(() => registration.dispose());
  });
}
