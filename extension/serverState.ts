// What the extension knows of the server process, as data: the one thing that the views, the status bar and the menus
// are drawn from. Knows nothing of VS Code.

import type { RootStatus, Status, UnreachableFolder } from '../server/protocol';

/**
 * - `idle`: no folder that could be indexed is open
 * - `starting`: the process is coming up
 * - `running`: it answers; `status` is absent until it has told it for the first time
 * - `waiting`: it ended unexpectedly and is started again after `delayMs`
 * - `failed`: it ended unexpectedly so often in a row that only the user starts it again
 */
export type ServerState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly status?: Status }
  | { readonly kind: 'waiting'; readonly crashes: number; readonly delayMs: number }
  | { readonly kind: 'failed'; readonly crashes: number; readonly message: string };

/** The roots that the server has told of; none while it is not running. */
export function rootsOf(state: ServerState): readonly RootStatus[] {
  return state.kind === 'running' ? (state.status?.roots ?? []) : [];
}

/** Folders of the workspace that the server cannot open. */
export function unreachableOf(state: ServerState): readonly UnreachableFolder[] {
  return state.kind === 'running' ? (state.status?.unreachable ?? []) : [];
}

/** Whether a root has work in hand (paused ones have not). */
export function isBusy(root: RootStatus): boolean {
  return !root.paused && (root.state === 'loading' || root.state === 'indexing' || root.state === 'saving');
}

/** Formats a message of the user interface, as `l10n.t` of VS Code does. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** Everything that "Clear" gives back, but accounts of builds and what is in quarantine; bytes. */
export function bytesOnDisk({ sizes: { journal, snapshot, search, sqlite = 0 } }: RootStatus): number {
  return journal + snapshot + search + sqlite;
}
