// Tells the server what the user does, so that bulk work makes room for it. Typing is not told: the server sees it.

import { debug, Disposable, window } from 'vscode';
import { ActivityNotification } from '../../server/protocol';
import type { FeatureContext } from './context';

/** Tells of each change for as long as the result lives, and a server that starts how it is. */
export function register({ server, log }: FeatureContext): Disposable {
  let told = '';
  const tell = (): void => {
    if (server.state.kind !== 'running') {
      told = '';
      return;
    }
    const activity = { focused: window.state.focused, debugging: debug.activeDebugSession !== undefined };
    const text = JSON.stringify(activity);
    if (text === told) return;
    told = text;
    server
      .notify(ActivityNotification, activity)
      .catch((error: unknown) => log.warn('the server could not be told what the user does', error));
  };
  return Disposable.from(
    server.onDidChangeState(tell),
    window.onDidChangeWindowState(tell),
    debug.onDidChangeActiveDebugSession(tell),
  );
}
