// Work-done progress of LSP from the status of the indexes: one for long builds that the server began by itself, and one
// for each command that a client asked for. Percentages never go backwards.

import type { Connection, ProgressToken, WorkDoneProgressServerReporter } from 'vscode-languageserver/node';
import { WorkDoneProgress } from 'vscode-languageserver/node';
import { percentOf, progressText, type RootStatus, type StageProgress, type Status } from './protocol';

/** Work of fewer steps than this ends before anyone could read of it. */
const worthShowing = 200;
const pollMs = 200;

const verbs: Readonly<Record<StageProgress['stage'], string>> = {
  loading: 'loading',
  scanning: 'scanning',
  extracting: 'indexing',
  searchIndex: 'feeding the search index',
  snapshot: 'saving',
  verifying: 'verifying',
  repairing: 'repairing',
  relations: 'resolving references',
  analyzers: 'analyzing',
  artifacts: 'writing artifacts',
  sqlite: 'making the SQLite database',
  conclusions: 'making edges and metrics',
};

export class BuildProgress {
  readonly #connection: Connection;
  #reporter: WorkDoneProgressServerReporter | undefined;
  /** What the reporter tells of. */
  #shown = '';
  /** Commands whose own token is reported to. */
  #followed = 0;
  #opening = false;
  #percentage = 0;
  enabled = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Shows, updates or ends the progress of builds according to a status. */
  show(status: Status): void {
    if (!this.enabled) return;
    // Whoever gave a command sees how far that is.
    const busy = this.#followed > 0 ? undefined : status.roots.find(isWorthShowing);
    const shown = busy === undefined ? '' : `${busy.root} ${partOf(busy)}`;
    if (shown !== this.#shown) {
      this.#reporter?.done();
      this.#reporter = undefined;
    }
    this.#shown = shown;
    if (busy?.progress === undefined) return;
    if (this.#reporter === undefined) {
      void this.#open(busy);
      return;
    }
    this.#percentage = Math.max(this.#percentage, percentOf(busy.progress));
    this.#reporter.report(this.#percentage, textOf(busy));
  }

  async #open(root: RootStatus): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    this.#percentage = 0;
    const shown = this.#shown;
    const reporter = await this.#connection.window.createWorkDoneProgress();
    this.#opening = false;
    // It may be over, or another part at work, when the client answers.
    if (this.#shown !== shown) return;
    reporter.begin(`Almagest: ${root.name}`, 0, textOf(root), false);
    this.#reporter = reporter;
  }

  /** Reports to a command's own token until the returned function is called. */
  follow(token: ProgressToken | undefined, status: () => Status): () => void {
    if (token === undefined) return () => undefined;
    const report = (kind: 'begin' | 'report'): void => {
      const busy = status().roots.find(({ progress }) => progress !== undefined);
      const percentage = busy?.progress === undefined ? 0 : percentOf(busy.progress);
      const message = busy === undefined ? '' : textOf(busy);
      void this.#connection.sendProgress(
        WorkDoneProgress.type,
        token,
        kind === 'begin' ? { kind, title: 'Almagest', percentage, message } : { kind, percentage, message },
      );
    };
    this.#followed++;
    report('begin');
    const timer = setInterval(() => report('report'), pollMs);
    return () => {
      clearInterval(timer);
      this.#followed--;
      void this.#connection.sendProgress(WorkDoneProgress.type, token, { kind: 'end' });
    };
  }
}

/** The parts that follow when everything answers; each is shown as a progress of its own. */
const followers: ReadonlySet<StageProgress['stage']> = new Set([
  'relations',
  'analyzers',
  'artifacts',
  'sqlite',
  'conclusions',
]);

function isWorthShowing({ state, progress }: RootStatus): boolean {
  if (progress === undefined || progress.total < worthShowing) return false;
  return state === 'indexing' || followers.has(progress.stage);
}

function partOf({ progress }: RootStatus): string {
  return progress !== undefined && followers.has(progress.stage) ? progress.stage : 'build';
}

function textOf({ progress }: RootStatus): string {
  if (progress === undefined) return '';
  return `${verbs[progress.stage]} ${progressText(progress)}`.trimEnd();
}
