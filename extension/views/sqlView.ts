// The host of the SQL Console: one panel per root that queries the SQLite form of its index, keeps the user's queries and
// exports results.

import {
  CancellationTokenSource,
  type Disposable,
  l10n,
  Range,
  Uri,
  ViewColumn,
  window,
  workspace,
  type WebviewPanel,
} from 'vscode';
import {
  maxRows,
  maxSeconds,
  parseSqlToHost,
  type NamedQuery,
  type SqlToHost,
  type SqlToView,
} from '../../media/sqlMessages';
import { progressText, SqlRequest, SqlSchemaRequest } from '../../server/protocol';
import type { RootStatus, SqlResult } from '../../server/protocol';
import { isCancellation, messageOf, type FeatureContext } from '../features/context';
import { showWorkspaceFile } from '../features/workspaceFile';
import { formatCount, formatDuration, stageText } from '../format';
import { rootsOf } from '../serverState';
import { toCsv, toJson } from '../tableText';
import { openPanel, registerRootPanels, type RootPanel } from './rootPanels';
import { sqlExamples } from './sqlExamples';
import { sqlPage } from './sqlPage';

/** Where the user's queries are kept, for all workspaces. */
const savedKey = 'almagest.sql.saved';

/** Registers `almagest.sqlConsole`, which shows the console of a root. */
export function register(context: FeatureContext): Disposable {
  return registerRootPanels(
    context,
    'almagest.sqlConsole',
    l10n.t('Query which index?'),
    (root, closed) => new SqlPanel(context, root, closed),
  );
}

class SqlPanel implements RootPanel {
  readonly #context: FeatureContext;
  readonly #root: RootStatus;
  readonly #panel: WebviewPanel;
  #run = new CancellationTokenSource();
  /** The last answer, shown again when the panel comes back, and exported. */
  #last: Extract<SqlToView, { type: 'result' }> | undefined;

  constructor(context: FeatureContext, root: RootStatus, closed: () => void) {
    this.#context = context;
    this.#root = root;
    const title = l10n.t('SQL Console of {0}', root.name);
    const limits = { rows: maxRows, seconds: maxSeconds };
    const waiting = context.server.onDidChangeState(() => this.#tellWaiting());
    this.#panel = openPanel(context, {
      viewType: 'almagest.sql',
      title,
      frontEnd: 'sql',
      page: (resources) => sqlPage(resources, title, limits, l10n.t),
      parse: parseSqlToHost,
      receive: (message) => this.#receive(message),
      closed: () => {
        waiting.dispose();
        this.#run.cancel();
        closed();
      },
    });
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#panel.dispose();
  }

  async #receive(message: SqlToHost): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#post({ type: 'queries', saved: this.#saved, examples: sqlExamples(l10n.t) });
        if (this.#last !== undefined) this.#post(this.#last);
        return this.#post({ type: 'schema', tables: await this.#context.server.request(SqlSchemaRequest) });
      case 'run':
        return this.#query(message);
      case 'stop':
        return this.#run.cancel();
      case 'save':
        return this.#save(message.query);
      case 'remove':
        return this.#keep(this.#saved.filter(({ name }) => name !== message.name));
      case 'export':
        return this.#export(message.format);
      case 'open':
        return this.#open(message.path, message.line);
    }
  }

  async #query({ id, query, limit, seconds }: Extract<SqlToHost, { type: 'run' }>): Promise<void> {
    this.#run.cancel();
    this.#run = new CancellationTokenSource();
    const { token } = this.#run;
    const params = { root: this.#root.root, query, limit, timeoutMs: seconds * 1000 };
    try {
      const result = await this.#context.server.request(SqlRequest, params, token);
      const answer = { type: 'result', id, result, summary: summaryOf(result) } as const;
      if (result.error === undefined) this.#last = answer;
      this.#post(answer);
    } catch (error) {
      const stopped = isCancellation(error) || token.isCancellationRequested;
      const message = messageOf(error);
      this.#post({ type: 'failed', id, message: stopped ? l10n.t('The query was stopped.') : message });
    }
  }

  /** A query waits for the database to be made. */
  #tellWaiting(): void {
    const root = rootsOf(this.#context.server.state).find(({ root }) => root === this.#root.root);
    const isOurs = root?.progress?.stage === 'sqlite' || root?.progress?.stage === 'conclusions';
    const progress = isOurs ? root.progress : undefined;
    const parts = progress === undefined ? [] : [stageText(progress.stage, l10n.t), progressText(progress)];
    this.#post({ type: 'waiting', message: parts.join(' ') });
  }

  async #save(query: string): Promise<void> {
    const name = await window.showInputBox({
      title: l10n.t('Save Query'),
      placeHolder: l10n.t('Name; one that is there already is replaced'),
      validateInput: (value) => (value.trim() === '' ? l10n.t('A query needs a name.') : undefined),
    });
    if (name === undefined) return;
    const others = this.#saved.filter((one) => one.name !== name.trim());
    await this.#keep([...others, { name: name.trim(), query }].sort((a, b) => a.name.localeCompare(b.name)));
  }

  get #saved(): readonly NamedQuery[] {
    return this.#context.extension.globalState.get<readonly NamedQuery[]>(savedKey, []);
  }

  async #keep(saved: readonly NamedQuery[]): Promise<void> {
    await this.#context.extension.globalState.update(savedKey, saved);
    this.#post({ type: 'queries', saved, examples: sqlExamples(l10n.t) });
  }

  async #export(format: 'csv' | 'json'): Promise<void> {
    if (this.#last === undefined) throw new Error(l10n.t('There is no result to export yet.'));
    const { result } = this.#last;
    const folder = Uri.parse(this.#root.root);
    const file = await window.showSaveDialog({
      title: l10n.t('Export the result'),
      defaultUri: Uri.joinPath(folder, `result.${format}`),
      filters: format === 'csv' ? { CSV: ['csv'] } : { JSON: ['json'] },
    });
    if (file === undefined) return;
    await workspace.fs.writeFile(file, Buffer.from(format === 'csv' ? toCsv(result) : toJson(result)));
    const open = l10n.t('Open');
    const message = l10n.t('Wrote {0} rows to {1}.', formatCount(result.rows.length), file.fsPath);
    if ((await window.showInformationMessage(message, open)) === open) await window.showTextDocument(file);
  }

  #open(path: string, line: number): Promise<void> {
    const file = Uri.joinPath(Uri.parse(this.#root.root), path);
    const selection = new Range(line, 0, line, 0);
    return showWorkspaceFile(file, { viewColumn: ViewColumn.Beside, preview: true, selection });
  }

  #post(message: SqlToView): void {
    void this.#panel.webview.postMessage(message);
  }
}

function summaryOf({ rows, cut, elapsedMs }: SqlResult): string {
  const count = rows.length === 1 ? l10n.t('1 row') : l10n.t('{0} rows', formatCount(rows.length));
  const took = formatDuration(elapsedMs);
  return cut ? l10n.t('The first {0}, {1}; there are more', count, took) : l10n.t('{0}, {1}', count, took);
}
