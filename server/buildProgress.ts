// Work-done progress of LSP from the status of the indexes: one for long builds that the server began by itself, and one
// for each command that a client asked for. Percentages never go backwards.

import type { Connection, ProgressToken, WorkDoneProgressServerReporter } from 'vscode-languageserver/node';
import { WorkDoneProgress } from 'vscode-languageserver/node';
import type { RootStatus, StageProgress, Status } from './protocol';

/** Work of fewer steps than this ends before anyone could read of it. */
const worthShowing = 200;
const pollMs = 200;

const verbs: Readonly<Record<StageProgress['stage'], string>> = {
  loading: 'loading',
  scanning: 'scanning',
  extracting: 'indexing',
  searchIndex: 'feeding the search index',
  sqlite: 'making the SQLite database',
  artifacts: 'writing artifacts',
  snapshot: 'saving',
  verifying: 'verifying',
  repairing: 'repairing',
};

export class BuildProgress {
  readonly #connection: Connection;
  #reporter: WorkDoneProgressServerReporter | undefined;
  #opening = false;
  #percentage = 0;
  enabled = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Shows, updates or ends the progress of builds according to a status. */
  show(status: Status): void {
    if (!this.enabled) return;
    const busy = status.roots.find(
      ({ state, progress }) => state === 'indexing' && (progress?.total ?? 0) >= worthShowing,
    );
    if (busy?.progress === undefined) {
      this.#reporter?.done();
      this.#reporter = undefined;
      return;
    }
    if (this.#reporter === undefined) {
      void this.#open(busy);
      return;
    }
    const { done, total } = busy.progress;
    this.#percentage = Math.max(this.#percentage, Math.floor((done / total) * 100));
    this.#reporter.report(this.#percentage, textOf(busy));
  }

  async #open(root: RootStatus): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    this.#percentage = 0;
    const reporter = await this.#connection.window.createWorkDoneProgress();
    reporter.begin(`Almagest: ${root.name}`, 0, textOf(root), false);
    this.#reporter = reporter;
    this.#opening = false;
  }

  /** Reports to a command's own token until the returned function is called. */
  follow(token: ProgressToken | undefined, status: () => Status): () => void {
    if (token === undefined) return () => undefined;
    const report = (kind: 'begin' | 'report'): void => {
      const busy = status().roots.find(({ progress }) => progress !== undefined);
      const { done, total } = busy?.progress ?? { done: 0, total: 0 };
      const percentage = total > 0 ? Math.floor((done / total) * 100) : 0;
      const message = busy === undefined ? '' : textOf(busy);
      void this.#connection.sendProgress(
        WorkDoneProgress.type,
        token,
        kind === 'begin' ? { kind, title: 'Almagest', percentage, message } : { kind, percentage, message },
      );
    };
    report('begin');
    const timer = setInterval(() => report('report'), pollMs);
    return () => {
      clearInterval(timer);
      void this.#connection.sendProgress(WorkDoneProgress.type, token, { kind: 'end' });
    };
  }
}

function textOf({ progress }: RootStatus): string {
  if (progress === undefined) return '';
  const { stage, done, total } = progress;
  return total > 0 ? `${verbs[stage]} ${done.toLocaleString('en')} / ${total.toLocaleString('en')}` : verbs[stage];
}
