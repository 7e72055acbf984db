// The language server over this process's standard input and output, for the command line. It ends with its client.

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer, type ServerOptions } from './server';

/** Resolves when the client has gone. */
export function serveStdio(options: ServerOptions): Promise<void> {
  const gone = new Promise<void>((resolve) => process.stdin.once('close', resolve));
  startServer(createConnection(ProposedFeatures.all, process.stdin, process.stdout), options);
  return gone;
}
