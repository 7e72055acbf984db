// The language status item of the active file: whether it is indexed, and why not, with Reindex at hand.

import { CancellationTokenSource, Disposable, l10n, languages, LanguageStatusSeverity, window } from 'vscode';
import { ExplainFileRequest } from '../../server/protocol';
import { rootsOf } from '../serverState';
import { isCancellation, Throttle, type FeatureContext } from './context';
import { fileStatusText } from './fileStatusText';

/** A build changes the status up to ten times a second; the item need not. */
const delayMs = 300;

/** Shows the item for as long as the result lives. */
export function register(context: FeatureContext): Disposable {
  const { server, log } = context;
  const item = languages.createLanguageStatusItem('almagest.file', { scheme: 'file' });
  item.name = l10n.t('Almagest Index');
  item.text = l10n.t('Almagest');
  let shown = '';
  let request = new CancellationTokenSource();

  const draw = async (): Promise<void> => {
    const uri = window.activeTextEditor?.document.uri;
    if (uri?.scheme !== 'file' || server.state.kind !== 'running') return;
    const key = `${uri.toString()}\n${rootsOf(server.state)
      .map((root) => `${root.seq} ${root.state}`)
      .join()}`;
    if (key === shown) return;
    request.cancel();
    request = new CancellationTokenSource();
    const { token } = request;
    try {
      const explanation = await server.request(ExplainFileRequest, { uri: uri.toString() }, token);
      if (token.isCancellationRequested) return;
      const { text, detail, severity, canReindex } = fileStatusText(explanation, l10n.t);
      shown = key;
      item.text = text;
      item.detail = detail;
      item.severity = severity === 'warning' ? LanguageStatusSeverity.Warning : LanguageStatusSeverity.Information;
      item.command = canReindex
        ? { command: 'almagest.reindexFile', title: l10n.t('Reindex File'), arguments: [uri] }
        : { command: 'almagest.explainFile', title: l10n.t('Why?'), arguments: [uri] };
    } catch (error) {
      if (!isCancellation(error)) log.warn('the state of the active file could not be asked for', error);
    }
  };
  const later = new Throttle(delayMs, () => void draw());
  later.trigger();
  return Disposable.from(
    item,
    later,
    server.onDidChangeState(() => later.trigger()),
    window.onDidChangeActiveTextEditor(() => later.trigger()),
    new Disposable(() => request.cancel()),
  );
}
