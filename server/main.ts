// Entry of the server process, started by an editor over ipc (--node-ipc) or stdio (--stdio), and over nothing else.

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from './server';
import { serveStdio } from './stdioServer';

process.umask(0o077); // an index holds the text of the workspace: nobody else reads it

if (process.argv.includes('--node-ipc')) {
  // Only the editor's extension, which talks over ipc, starts a server again that ended.
  startServer(createConnection(ProposedFeatures.all), { programs: __dirname, guardCrashes: true });
} else if (process.argv.includes('--stdio')) {
  void serveStdio({ programs: __dirname }).then((code) => process.exit(code));
} else {
  process.stderr.write('almagest: an editor starts this program, with --node-ipc or --stdio.\n');
  process.exitCode = 1;
}
