// Which root a command is about: the one it was called on in a view, the only one, or the one that the user picks.

import { l10n, window } from 'vscode';
import type { RootStatus } from '../../server/protocol';
import { stateText } from '../format';
import { rootsOf, type ServerState } from '../serverState';
import { ServerUnavailableError } from '../client';

/** What the Index view hands to commands that are called on a root. */
export interface RootArgument {
  readonly root: string;
}

/** The root, or `undefined` when the user dismissed the choice. Throws when the server has none. */
export async function chooseRoot(
  state: ServerState,
  argument: unknown,
  placeHolder: string,
): Promise<RootStatus | undefined> {
  const roots = rootsOf(state);
  if (roots.length === 0) throw new ServerUnavailableError();
  if (isRootArgument(argument)) return roots.find(({ root }) => root === argument.root);
  if (roots.length === 1) return roots[0];
  const items = roots.map((root) => ({ label: root.name, description: stateText(root, l10n.t), root }));
  return (await window.showQuickPick(items, { placeHolder }))?.root;
}

function isRootArgument(value: unknown): value is RootArgument {
  return typeof value === 'object' && value !== null && 'root' in value && typeof value.root === 'string';
}
