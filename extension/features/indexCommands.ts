// The commands that act on whole indexes (rebuild, repair, verify, clear, pause, resume) and on the server.

import { commands, Disposable, env, l10n, UIKind, Uri, window, workspace } from 'vscode';
import {
  byteText,
  ClearRequest,
  PauseRequest,
  RebuildRequest,
  RepairRequest,
  ResumeRequest,
  VerifyRequest,
} from '../../server/protocol';
import type { CommandResult, RootStatus } from '../../server/protocol';
import { bytesOnDisk } from '../serverState';
import { registerCommand, type FeatureContext } from './context';
import { chooseRoot } from './roots';
import { runOnRoot, tellResult } from './runOnRoot';

/** Registers the commands. */
export function register(context: FeatureContext): Disposable {
  const { server, log } = context;
  const on = (id: string, placeHolder: string, act: (root: RootStatus) => Promise<unknown>): Disposable =>
    registerCommand(context, id, async (argument: unknown) => {
      const root = await chooseRoot(server.state, argument, placeHolder);
      if (root !== undefined) await act(root);
    });
  const repair = { label: l10n.t('Repair'), command: 'almagest.repair' };
  const rebuild = { label: l10n.t('Rebuild'), command: 'almagest.rebuild' };
  return Disposable.from(
    on('almagest.rebuild', l10n.t('Rebuild which index?'), (root) =>
      runOnRoot(context, root, { title: l10n.t('Rebuilding the index of {0}', root.name), request: RebuildRequest }),
    ),
    on('almagest.repair', l10n.t('Repair which index?'), (root) =>
      runOnRoot(context, root, {
        title: l10n.t('Repairing the index of {0}', root.name),
        request: RepairRequest,
        remedy: rebuild,
      }),
    ),
    on('almagest.verify', l10n.t('Verify which index?'), (root) =>
      runOnRoot(context, root, {
        title: l10n.t('Verifying the index of {0}', root.name),
        request: VerifyRequest,
        remedy: repair,
      }),
    ),
    on('almagest.pause', l10n.t('Pause indexing of which folder?'), async (root) =>
      tell(context, root, await server.request(PauseRequest, { root: root.root })),
    ),
    on('almagest.resume', l10n.t('Resume indexing of which folder?'), async (root) =>
      tell(context, root, await server.request(ResumeRequest, { root: root.root })),
    ),
    on('almagest.clear', l10n.t('Clear which index?'), async (root) => {
      if (!(await confirmClear(root))) return;
      await runOnRoot(context, root, {
        title: l10n.t('Clearing the index of {0}', root.name),
        request: ClearRequest,
        next: rebuild,
      });
    }),
    on('almagest.openIndexFolder', l10n.t('Open the folder of which index?'), (root) => openIndexFolder(root)),
    registerCommand(context, 'almagest.showIndex', () => commands.executeCommand('almagest.index.focus')),
    registerCommand(context, 'almagest.showLog', () => log.show()),
    registerCommand(context, 'almagest.restartServer', () => server.restart()),
    registerCommand(context, 'almagest.searchSymbol', () => commands.executeCommand('workbench.action.showAllSymbols')),
  );
}

/** A result that the views show by themselves passes by in the status bar, unless it is a refusal. */
async function tell(context: FeatureContext, root: RootStatus, result: CommandResult): Promise<void> {
  context.log.info(result.message);
  if (result.ok) window.setStatusBarMessage(`${root.name}: ${result.message}`, 5_000);
  else await tellResult(context, root, result);
}

async function confirmClear(root: RootStatus): Promise<boolean> {
  const size = byteText(bytesOnDisk(root));
  const confirm = l10n.t('Clear');
  const detail = l10n.t('This deletes {0} in {1}. The files of the folder stay as they are.', size, root.indexFolder);
  const question = l10n.t('Delete the index of {0}?', root.name);
  return (await window.showWarningMessage(question, { modal: true, detail }, confirm)) === confirm;
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
