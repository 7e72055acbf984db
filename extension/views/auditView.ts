// The host of the Audit: one panel per root, with the builds of its index and everything that is known of the chosen one.

import { commands, l10n, Uri, ViewColumn, type Disposable, type WebviewPanel } from 'vscode';
import { parseAuditToHost, type AuditToHost, type AuditToView } from '../../media/auditMessages';
import { AuditRequest, BuildsRequest } from '../../server/protocol';
import type { BuildAudit, RootStatus } from '../../server/protocol';
import { isCancellation, messageOf, Throttle, type FeatureContext } from '../features/context';
import type { RootArgument } from '../features/roots';
import { showWorkspaceFile } from '../features/workspaceFile';
import { rootsOf } from '../serverState';
import { auditPage } from './auditPage';
import { openPanel, registerRootPanels, type RootPanel } from './rootPanels';
import { escapeHtml, webviewPage, type PageResources } from './webviewPage';

const refreshDelayMs = 1_000;

/** Registers `almagest.showAudit`, which shows the panel of a root. */
export function register(context: FeatureContext): Disposable {
  return registerRootPanels(
    context,
    'almagest.showAudit',
    l10n.t('Show the builds of which index?'),
    (root, closed) => new AuditPanel(context, root, closed),
  );
}

class AuditPanel implements RootPanel {
  readonly #context: FeatureContext;
  readonly #root: RootStatus;
  readonly #panel: WebviewPanel;
  /** The build that the user chose; `undefined` follows the newest. */
  #chosen: string | undefined;
  #shown = '';
  readonly #later: Throttle;
  #isClosed = false;

  constructor(context: FeatureContext, root: RootStatus, closed: () => void) {
    this.#context = context;
    this.#root = root;
    const title = l10n.t('Audit of {0}', root.name);
    this.#later = new Throttle(refreshDelayMs, () => void this.#post());
    const following = context.server.onDidChangeState(() => {
      if (this.#panel.visible && this.#stateKey() !== this.#shown) this.#later.trigger();
    });
    this.#panel = openPanel(context, {
      viewType: 'almagest.audit',
      title,
      frontEnd: 'audit',
      options: { enableFindWidget: true },
      page: (resources) => page(resources, title),
      parse: parseAuditToHost,
      receive: (message) => this.#receive(message),
      closed: () => {
        this.#isClosed = true;
        following.dispose();
        this.#later.dispose();
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

  async #receive(message: AuditToHost): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.#post();
      case 'choose':
        this.#chosen = message.buildId;
        return this.#post();
      case 'open': {
        const file = Uri.joinPath(Uri.parse(this.#root.root), message.path);
        return showWorkspaceFile(file, { viewColumn: ViewColumn.Beside, preview: true });
      }
      case 'run': {
        const needsRoot = message.command !== 'almagest.explainFile';
        await commands.executeCommand(
          message.command,
          ...(needsRoot ? [{ root: this.#root.root } satisfies RootArgument] : []),
        );
      }
    }
  }

  async #post(): Promise<void> {
    this.#shown = this.#stateKey();
    try {
      const { page, isInWork } = await this.#page();
      if (this.#isClosed) return;
      await this.#send({ type: 'page', page });
      // What waits and runs changes all the time, and the later stages end without a change of the state.
      if (isInWork && this.#panel.visible) this.#later.trigger();
    } catch (error) {
      if (this.#isClosed || isCancellation(error)) return;
      await this.#send({ type: 'failed', message: messageOf(error) });
    }
  }

  async #page() {
    const { root, name } = this.#root;
    const ask = (buildId: string | undefined): Promise<BuildAudit | null> =>
      this.#context.server.request(AuditRequest, { root, ...(buildId === undefined ? {} : { buildId }) });
    const builds = await this.#context.server.request(BuildsRequest, { root });
    const isKept = builds.some(({ buildId }) => buildId === this.#chosen);
    const audit = await ask(isKept ? this.#chosen : undefined);
    const before = audit?.previousBuildId === undefined ? null : await ask(audit.previousBuildId);
    return {
      page: auditPage(name, builds, audit, before, Date.now(), l10n.t),
      isInWork: audit?.scheduler !== undefined,
    };
  }

  async #send(message: AuditToView): Promise<void> {
    await this.#panel.webview.postMessage(message);
  }

  /** Changes when a build begins, moves on to its next stage, or ends. */
  #stateKey(): string {
    const root = rootsOf(this.#context.server.state).find(({ root }) => root === this.#root.root);
    return `${root?.state} ${root?.progress?.stage} ${root?.generation} ${root?.since}`;
  }
}

function page(resources: PageResources, title: string): string {
  const text = (value: string): string => escapeHtml(value);
  const button = (command: string, label: string): string =>
    `<button type="button" class="action" data-command="${command}">${text(label)}</button>`;
  return webviewPage(
    resources,
    title,
    `  <nav id="builds" aria-label="${text(l10n.t('Builds'))}"></nav>
  <main>
    <div class="actions" role="toolbar" aria-label="${text(l10n.t('Actions'))}">
      ${button('almagest.explainFile', l10n.t('Explain Missing File'))}
      ${button('almagest.explainSymbol', l10n.t('Explain Missing Symbol'))}
      ${button('almagest.showIndex', l10n.t('Show Index'))}
      ${button('almagest.rebuild', l10n.t('Rebuild'))}
    </div>
    <div id="message" role="status">${text(l10n.t('Reading the builds'))}</div>
    <div id="build" hidden></div>
  </main>`,
  );
}
