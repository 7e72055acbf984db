// The commands that act on whole indexes (rebuild, repair, verify, clear, pause, resume) and on the server.

import { commands, Disposable, env, l10n, UIKind, Uri, window, workspace } from 'vscode';
import {
  ClearRequest,
  PauseRequest,
  RebuildRequest,
  RepairRequest,
  ResumeRequest,
  VerifyRequest,
} from '../../server/protocol';
import type { CommandResult, RootStatus } from '../../server/protocol';
import { formatBytes } from '../format';
import { registerCommand, type FeatureContext } from './context';
import { chooseRoot } from './roots';

/** Registers the commands. */
export function register(context: FeatureContext): Disposable {
  const { server, log } = context;
  const on = (id: string, placeHolder: string, act: (root: RootStatus) => Promise<unknown>): Disposable =>
    registerCommand(context, id, async (argument: unknown) => {
      const root = await chooseRoot(server.state, argument, placeHolder);
      if (root !== undefined) await act(root);
    });
  return Disposable.from(
    on('almagest.rebuild', l10n.t('Rebuild which index?'), (root) =>
      run(context, l10n.t('Rebuilding the index of {0}', root.name), () =>
        server.request(RebuildRequest, { root: root.root }),
      ),
    ),
    on('almagest.repair', l10n.t('Repair which index?'), (root) =>
      run(context, l10n.t('Repairing the index of {0}', root.name), () =>
        server.request(RepairRequest, { root: root.root }),
      ),
    ),
    on('almagest.verify', l10n.t('Verify which index?'), (root) =>
      run(context, l10n.t('Verifying the index of {0}', root.name), () =>
        server.request(VerifyRequest, { root: root.root }),
      ),
    ),
    on('almagest.pause', l10n.t('Pause indexing of which folder?'), async (root) =>
      tell(context, await server.request(PauseRequest, { root: root.root })),
    ),
    on('almagest.resume', l10n.t('Resume indexing of which folder?'), async (root) =>
      tell(context, await server.request(ResumeRequest, { root: root.root })),
    ),
    on('almagest.clear', l10n.t('Clear which index?'), (root) => clear(context, root)),
    on('almagest.openIndexFolder', l10n.t('Open the folder of which index?'), (root) => openIndexFolder(root)),
    registerCommand(context, 'almagest.showIndex', () => commands.executeCommand('almagest.index.focus')),
    registerCommand(context, 'almagest.showLog', () => log.show()),
    registerCommand(context, 'almagest.restartServer', () => server.restart()),
    registerCommand(context, 'almagest.searchSymbol', () => commands.executeCommand('workbench.action.showAllSymbols')),
  );
}

/** Runs a command that takes a while, with progress in the Index view, and tells how it ended. */
async function run(context: FeatureContext, title: string, work: () => Promise<CommandResult>): Promise<void> {
  context.log.info(title);
  const result = await window.withProgress({ location: { viewId: 'almagest.index' }, title }, work);
  for (const finding of result.findings) context.log.warn(finding);
  await showResult(context, result);
}

/** A result that the views show by themselves is told only when it is a refusal. */
async function tell(context: FeatureContext, result: CommandResult): Promise<void> {
  context.log.info(result.message);
  if (!result.ok) await showResult(context, result);
}

async function showResult({ log }: FeatureContext, { ok, message, findings }: CommandResult): Promise<void> {
  const showLog = l10n.t('Show Log');
  const actions = findings.length === 0 && ok ? [] : [showLog];
  const show = ok && findings.length === 0 ? window.showInformationMessage : window.showWarningMessage;
  if ((await show(message, ...actions)) === showLog) log.show();
}

async function clear(context: FeatureContext, root: RootStatus): Promise<void> {
  const size = formatBytes(root.sizes.journal + root.sizes.snapshot + root.sizes.search);
  const confirm = l10n.t('Clear');
  const detail = l10n.t('This deletes {0} in {1}. The files of the folder stay as they are.', size, root.indexFolder);
  const question = l10n.t('Delete the index of {0}?', root.name);
  if ((await window.showWarningMessage(question, { modal: true, detail }, confirm)) !== confirm) return;
  await run(context, l10n.t('Clearing the index of {0}', root.name), () =>
    context.server.request(ClearRequest, { root: root.root }),
  );
}

/** Shows the folder in the system's file manager, or, where the files are on another machine, its path. */
async function openIndexFolder(root: RootStatus): Promise<void> {
  const folder = Uri.file(root.indexFolder);
  try {
    await workspace.fs.stat(folder);
  } catch (cause) {
    throw new Error(l10n.t('There is no index folder at {0} yet.', root.indexFolder), { cause });
  }
  if (env.remoteName === undefined && env.uiKind === UIKind.Desktop) {
    await commands.executeCommand('revealFileInOS', folder);
    return;
  }
  const copy = l10n.t('Copy Path');
  const message = l10n.t('The index is on the remote machine, in {0}', root.indexFolder);
  if ((await window.showInformationMessage(message, copy)) === copy) await env.clipboard.writeText(root.indexFolder);
}
