// The status bar item: state and progress of the index at a glance, and a menu of what can be done about it on click.

import {
  commands,
  Disposable,
  l10n,
  MarkdownString,
  QuickPickItemKind,
  StatusBarAlignment,
  ThemeColor,
  window,
  type QuickPickItem,
} from 'vscode';
import { rootsOf } from '../serverState';
import { registerCommand, type FeatureContext } from './context';
import { statusText, type TooltipSection } from './statusText';

/** Left of the items that show the state of one file; right of source control. */
const priority = 1;

/** Shows the item for as long as the result lives. */
export function register(context: FeatureContext): Disposable {
  const item = window.createStatusBarItem('almagest.status', StatusBarAlignment.Left, priority);
  item.name = l10n.t('Almagest Index');
  item.command = 'almagest.showMenu';
  const draw = (): void => {
    const { text, label, severity, tooltip } = statusText(context.server.state, l10n.t);
    item.text = text;
    item.tooltip = toMarkdown(tooltip);
    item.accessibilityInformation = { label, role: 'button' };
    item.backgroundColor = severity === 'error' ? new ThemeColor('statusBarItem.errorBackground') : undefined;
  };
  draw();
  item.show();
  return Disposable.from(
    item,
    context.server.onDidChangeState(draw),
    registerCommand(context, 'almagest.showMenu', () => showMenu(context)),
  );
}

interface MenuItem extends QuickPickItem {
  readonly command?: string;
}

async function showMenu({ server }: FeatureContext): Promise<void> {
  const { tooltip } = statusText(server.state, l10n.t);
  const picked = await window.showQuickPick(menuItems(server.state.kind, rootsOf(server.state)), {
    title: l10n.t('Almagest'),
    placeHolder: tooltip.map(({ title, lines }) => [title, lines[0]].join(', ')).join('; '),
  });
  if (picked?.command !== undefined) await commands.executeCommand(picked.command);
}

function menuItems(kind: string, roots: ReturnType<typeof rootsOf>): readonly MenuItem[] {
  const item = (icon: string, label: string, description: string, command: string): MenuItem => ({
    label: `$(${icon}) ${label}`,
    description,
    command,
  });
  const separator = { label: '', kind: QuickPickItemKind.Separator };
  const search = item('search', l10n.t('Search'), l10n.t('text and ranked search'), 'almagest.search');
  const show = [
    item('list-tree', l10n.t('Show Index'), l10n.t('state, counts, skipped files'), 'almagest.showIndex'),
    item('graph', l10n.t('Show Audit'), l10n.t('where time and memory of the builds went'), 'almagest.showAudit'),
    item('table', l10n.t('SQL Console'), l10n.t('ask the index in SQL'), 'almagest.sqlConsole'),
    separator,
    item('question', l10n.t('Explain Missing File'), l10n.t('why a file is not found'), 'almagest.explainFile'),
    item('question', l10n.t('Explain Missing Symbol'), l10n.t('why a symbol is not found'), 'almagest.explainSymbol'),
    separator,
    item('output', l10n.t('Show Log'), '', 'almagest.showLog'),
  ];
  if (kind !== 'running' || roots.length === 0) {
    const restart = item('debug-restart', l10n.t('Restart Server'), '', 'almagest.restartServer');
    return kind === 'idle' ? show : [restart, ...show];
  }
  const pause = roots.some((root) => root.paused)
    ? item('debug-continue', l10n.t('Resume'), l10n.t('index what changed meanwhile'), 'almagest.resume')
    : item('debug-pause', l10n.t('Pause'), l10n.t('index nothing until resumed'), 'almagest.pause');
  return [
    search,
    pause,
    separator,
    item('check-all', l10n.t('Verify'), l10n.t('compare the index with the files, change nothing'), 'almagest.verify'),
    item('tools', l10n.t('Repair'), l10n.t('mend what is damaged, keep the rest'), 'almagest.repair'),
    item('refresh', l10n.t('Rebuild'), l10n.t('index everything anew'), 'almagest.rebuild'),
    separator,
    ...show,
  ];
}

function toMarkdown(sections: readonly TooltipSection[]): MarkdownString {
  const markdown = new MarkdownString();
  for (const { title, lines } of sections) {
    markdown.appendMarkdown('**').appendText(title).appendMarkdown('**\n\n');
    for (const line of lines) markdown.appendText(line).appendMarkdown('\n\n');
  }
  return markdown;
}
