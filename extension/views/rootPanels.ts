// Panels that show one root each: calling their command again brings the panel back that is there.

import { Disposable } from 'vscode';
import type { RootStatus } from '../../server/protocol';
import { registerCommand, type FeatureContext } from '../features/context';
import { chooseRoot } from '../features/roots';

export interface RootPanel extends Disposable {
  reveal(): void;
}

/** Registers `command`, which asks `question` where there are several roots; `open` makes a panel that says when it closed. */
export function registerRootPanels(
  context: FeatureContext,
  command: string,
  question: string,
  open: (root: RootStatus, closed: () => void) => RootPanel,
): Disposable {
  const panels = new Map<string, RootPanel>();
  const show = registerCommand(context, command, async (argument: unknown) => {
    const root = await chooseRoot(context.server.state, argument, question);
    if (root === undefined) return;
    const known = panels.get(root.root);
    if (known !== undefined) return known.reveal();
    panels.set(
      root.root,
      open(root, () => panels.delete(root.root)),
    );
  });
  return new Disposable(() => {
    show.dispose();
    for (const panel of panels.values()) panel.dispose();
  });
}
