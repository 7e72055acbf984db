// Panels that show one root each: calling their command again brings the panel back that is there. What they have in
// common: a tab with our icon, and a front end that talks to its host.

import { Disposable, Uri, ViewColumn, window, type WebviewPanel, type WebviewPanelOptions } from 'vscode';
import type { RootStatus } from '../../server/protocol';
import { registerCommand, type FeatureContext } from '../features/context';
import { chooseRoot } from '../features/roots';
import { receiveMessages, useFrontEnd } from './frontEnd';
import type { PageResources } from './webviewPage';

export interface RootPanel extends Disposable {
  reveal(): void;
}

export interface PanelParts<Message> {
  readonly viewType: string;
  readonly title: string;
  /** Its name in dist/media. */
  readonly frontEnd: string;
  readonly options?: WebviewPanelOptions;
  readonly page: (resources: PageResources) => string;
  readonly parse: (value: unknown) => Message | undefined;
  readonly receive: (message: Message) => Promise<void>;
  readonly closed: () => void;
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

/** Opens a panel with a front end. */
export function openPanel<Message>(context: FeatureContext, parts: PanelParts<Message>): WebviewPanel {
  const { extensionUri } = context.extension;
  const panel = window.createWebviewPanel(parts.viewType, parts.title, ViewColumn.Active, parts.options);
  const icon = (theme: string): Uri => Uri.joinPath(extensionUri, 'media', `icon-${theme}.svg`);
  panel.iconPath = { light: icon('light'), dark: icon('dark') };
  panel.onDidDispose(parts.closed);
  receiveMessages(context, panel.webview, parts.parse, parts.receive);
  panel.webview.html = parts.page(useFrontEnd(panel.webview, extensionUri, parts.frontEnd));
  return panel;
}
