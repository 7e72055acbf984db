// Runs a request that takes a while on one root: a notification with the stage, how far it is, and Cancel; then one
// sentence that says how it ended, with the next step at hand.

import { commands, l10n, ProgressLocation, window } from 'vscode';
import { progressText, type CommandResult, type RebuildRequest, type RootStatus } from '../../server/protocol';
import { stageText } from '../format';
import { rootsOf, type ServerState } from '../serverState';
import type { FeatureContext } from './context';
import type { RootArgument } from './roots';

export interface RootCommand {
  /** "Verifying the index of app" */
  readonly title: string;
  readonly request: typeof RebuildRequest;
  /** What to offer when it ended well, and when it found something or failed. */
  readonly next?: NextStep;
  readonly remedy?: NextStep;
}

export interface NextStep {
  readonly label: string;
  readonly command: string;
}

/** Resolves when the result was told; the user may leave its message standing meanwhile. */
export async function runOnRoot(context: FeatureContext, root: RootStatus, command: RootCommand): Promise<void> {
  const { server, log } = context;
  const { title, request } = command;
  log.info(title);
  const options = { location: ProgressLocation.Notification, title, cancellable: true };
  const { result, isCancelled } = await window.withProgress(options, async (progress, token) => {
    const show = (state: ServerState): void => progress.report({ message: stepText(state, root.root) });
    const listener = server.onDidChangeState(show);
    try {
      const result = await server.request(request, { root: root.root }, token);
      return { result, isCancelled: token.isCancellationRequested };
    } finally {
      listener.dispose();
    }
  });
  log.info(result.message);
  for (const finding of result.findings) log.warn(finding);
  // It may have ended before the wish to cancel it arrived.
  if (isCancelled && !result.ok) {
    window.setStatusBarMessage(l10n.t('{0}: cancelled. What was indexed stays.', title), 5_000);
    return;
  }
  void tellResult(context, root, result, command);
}

/** Tells how a command ended: an information when all is well, else a warning with the log and the remedy at hand. */
export async function tellResult(
  { log }: FeatureContext,
  { root, readOnly }: RootStatus,
  { ok, message, findings }: CommandResult,
  { next, remedy }: Pick<RootCommand, 'next' | 'remedy'> = {},
): Promise<void> {
  const isWell = ok && findings.length === 0;
  // What cannot be written cannot be mended either.
  const step = isWell ? next : readOnly === undefined ? remedy : undefined;
  const showLog = l10n.t('Show Log');
  const actions = [...(step === undefined ? [] : [step.label]), ...(isWell ? [] : [showLog])];
  const show = isWell ? window.showInformationMessage : window.showWarningMessage;
  const picked = await show(message, ...actions);
  if (picked === showLog) log.show();
  else if (picked !== undefined && step !== undefined) {
    await commands.executeCommand(step.command, { root } satisfies RootArgument);
  }
}

function stepText(state: ServerState, uri: string): string {
  const progress = rootsOf(state).find(({ root }) => root === uri)?.progress;
  return progress === undefined ? '' : `${stageText(progress.stage, l10n.t)} ${progressText(progress)}`.trimEnd();
}
