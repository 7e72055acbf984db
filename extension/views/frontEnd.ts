// Lets a webview run one of the front ends in dist/media, and nothing else, and talk to its host.

import { randomBytes } from 'node:crypto';
import { Uri, type Disposable, type Webview } from 'vscode';
import { reportError, type FeatureContext } from '../features/context';
import type { PageResources } from './webviewPage';

/** Allows the webview to load the front end `name`, and says where its parts are. */
export function useFrontEnd(webview: Webview, extensionUri: Uri, name: string): PageResources {
  const resources = Uri.joinPath(extensionUri, 'dist', 'media');
  webview.options = { enableScripts: true, localResourceRoots: [resources] };
  return {
    nonce: randomBytes(16).toString('base64'),
    cspSource: webview.cspSource,
    script: webview.asWebviewUri(Uri.joinPath(resources, `${name}.js`)).toString(),
    style: webview.asWebviewUri(Uri.joinPath(resources, `${name}.css`)).toString(),
  };
}

/** Hands what the front end sends to `receive`, whose failures are told to the user; what `parse` does not know is logged. */
export function receiveMessages<Message>(
  context: FeatureContext,
  webview: Webview,
  parse: (value: unknown) => Message | undefined,
  receive: (message: Message) => Promise<void>,
): Disposable {
  return webview.onDidReceiveMessage(async (value: unknown) => {
    const message = parse(value);
    if (message === undefined) context.log.warn('a front end sent something that is no message');
    else await receive(message).catch((error: unknown) => reportError(context, error));
  });
}
