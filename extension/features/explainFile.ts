// Why is this file (not) found? Asks for a file, then shows what the index knows of it: the verdict, the rule that ignores
// it, the details, and what can be done. Also reindexes single files.

import {
  commands,
  Disposable,
  l10n,
  QuickPickItemKind,
  Selection,
  Uri,
  window,
  workspace,
  type QuickPickItem,
} from 'vscode';
import { isAbsolute, posix } from 'node:path';
import { ExplainFileRequest, ReindexFileRequest } from '../../server/protocol';
import type { FileExplanation } from '../../server/protocol';
import { registerCommand, type FeatureContext } from './context';
import { ledgerLines } from './ledgerText';

/** Registers `almagest.explainFile` and `almagest.reindexFile`; both take a URI, or ask. */
export function register(context: FeatureContext): Disposable {
  return Disposable.from(
    registerCommand(context, 'almagest.explainFile', async (argument: unknown) => {
      const uri = argument instanceof Uri ? argument : await pickFile();
      if (uri !== undefined) await showExplanation(context, uri);
    }),
    registerCommand(context, 'almagest.reindexFile', async (argument: unknown) => {
      const uri = argument instanceof Uri ? argument : activeFile();
      if (uri === undefined) throw new Error(l10n.t('Open the file that you want to reindex.'));
      await reindex(context, uri);
    }),
  );
}

/** More files of one name are not offered. */
const mostNamesakes = 20;

interface FileItem extends QuickPickItem {
  readonly uri?: Uri;
}

/** The active file, another open one, or a path that the user types: absolute or relative to a folder. */
async function pickFile(): Promise<Uri | undefined> {
  const picker = window.createQuickPick<FileItem>();
  picker.title = l10n.t('Explain Missing File');
  picker.placeholder = l10n.t('Choose an open file, or type a path');
  const draw = (): void => {
    picker.items = [...typedFiles(picker.value.trim()), ...openFiles()];
  };
  draw();
  const listener = picker.onDidChangeValue(draw);
  try {
    return await new Promise<Uri | undefined>((resolve) => {
      picker.onDidAccept(() => resolve(picker.selectedItems[0]?.uri));
      picker.onDidHide(() => resolve(undefined));
      picker.show();
    });
  } finally {
    listener.dispose();
    picker.dispose();
  }
}

function typedFiles(path: string): readonly FileItem[] {
  if (path === '') return [];
  const toItem = (uri: Uri, description: string): FileItem => ({ label: path, description, uri, alwaysShow: true });
  if (isAbsolute(path)) return [toItem(Uri.file(path), '')];
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  return folders.map((folder) => toItem(Uri.joinPath(folder.uri, path), l10n.t('in {0}', folder.name)));
}

function openFiles(): readonly FileItem[] {
  const active = activeFile();
  const others = workspace.textDocuments.map(({ uri }) => uri).filter((uri) => uri.scheme === 'file');
  const files = new Map([...(active === undefined ? [] : [active]), ...others].map((uri) => [uri.toString(), uri]));
  return [...files.values()].map((uri) => ({
    label: workspace.asRelativePath(uri),
    description: uri.toString() === active?.toString() ? l10n.t('active editor') : '',
    uri,
  }));
}

function activeFile(): Uri | undefined {
  const uri = window.activeTextEditor?.document.uri;
  return uri?.scheme === 'file' ? uri : undefined;
}

interface ExplanationItem extends QuickPickItem {
  readonly act?: () => unknown;
}

async function showExplanation(context: FeatureContext, uri: Uri): Promise<void> {
  const explanation = await context.server.request(ExplainFileRequest, { uri: uri.toString() });
  context.log.info(`${explanation.path}: ${explanation.summary}`);
  const namesakes = explanation.verdict === 'missing' ? await findNamesakes(uri) : [];
  const items = [...explanationItems(context, uri, explanation), ...namesakeItems(context, namesakes)];
  const picked = await window.showQuickPick(items, {
    title: explanation.path === '' ? uri.fsPath : explanation.path,
    placeHolder: explanation.summary,
    matchOnDescription: true,
  });
  await picked?.act?.();
}

function explanationItems(context: FeatureContext, uri: Uri, explanation: FileExplanation): readonly ExplanationItem[] {
  const { rule, details, ledger, verdict, summary } = explanation;
  const items: ExplanationItem[] = [{ label: `$(info) ${summary}`, alwaysShow: true }];
  if (rule !== undefined) {
    const place = rule.line === undefined ? rule.source : `${rule.source}:${rule.line}`;
    items.push({
      label: `$(exclude) ${rule.text}`,
      description: l10n.t('the rule, in {0}', place),
      act: () => openRule(rule),
    });
  }
  for (const { label, value } of details) items.push({ label, description: value });
  if (ledger.length > 0) items.push({ label: l10n.t('The way into the index'), kind: QuickPickItemKind.Separator });
  for (const line of ledgerLines(ledger, l10n.t)) items.push(line);
  items.push({ label: l10n.t('Actions'), kind: QuickPickItemKind.Separator });
  if (verdict !== 'outside' && verdict !== 'ignored' && verdict !== 'missing') {
    items.push({ label: `$(refresh) ${l10n.t('Reindex File')}`, act: () => reindex(context, uri) });
  }
  if (verdict !== 'missing') {
    items.push({
      label: `$(go-to-file) ${l10n.t('Open File')}`,
      act: () => commands.executeCommand('vscode.open', uri),
    });
  }
  items.push({ label: `$(output) ${l10n.t('Show Log')}`, act: () => context.log.show() });
  return items;
}

/** Files of the workspace, ignored ones too, with the name of a file that is not there. */
async function findNamesakes(missing: Uri): Promise<readonly Uri[]> {
  // In brackets, what stands for other letters in a pattern stands for itself.
  const name = posix.basename(missing.path).replace(/[*?[\]{}]/g, '[$&]');
  return await workspace.findFiles(`**/${name}`, null, mostNamesakes);
}

function namesakeItems(context: FeatureContext, files: readonly Uri[]): readonly ExplanationItem[] {
  if (files.length === 0) return [];
  const title = { label: l10n.t('Files of this name elsewhere'), kind: QuickPickItemKind.Separator };
  const toItem = (uri: Uri): ExplanationItem => ({
    label: `$(file) ${workspace.asRelativePath(uri)}`,
    act: () => showExplanation(context, uri),
  });
  return [title, ...files.map(toItem)];
}

/** Opens the place of a rule: a file of the workspace or of the user, or the setting of that name. */
async function openRule({ source, line }: NonNullable<FileExplanation['rule']>): Promise<void> {
  if (/^[\w.]+\.exclude$/.test(source)) {
    await commands.executeCommand('workbench.action.openSettings', source);
    return;
  }
  const file = isAbsolute(source) ? Uri.file(source) : await findInFolders(source);
  if (file === undefined) throw new Error(l10n.t('The rule stands in {0}, which cannot be opened.', source));
  const row = (line ?? 1) - 1;
  const at = new Selection(row, 0, row, 0);
  await window.showTextDocument(file, { selection: at });
}

async function findInFolders(path: string): Promise<Uri | undefined> {
  for (const { uri } of workspace.workspaceFolders ?? []) {
    const file = Uri.joinPath(uri, path);
    const found = await workspace.fs.stat(file).then(
      () => true,
      () => false, // not in this folder: ask the next
    );
    if (found) return file;
  }
  return undefined;
}

async function reindex({ server, log }: FeatureContext, uri: Uri): Promise<void> {
  const { ok, message } = await server.request(ReindexFileRequest, { uri: uri.toString() });
  log.info(message);
  if (ok) window.setStatusBarMessage(message, 5_000);
  else await window.showWarningMessage(message);
}
