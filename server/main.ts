// Entry of the server process, started by an editor over ipc (--node-ipc) or stdio (--stdio).

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from './server';

process.umask(0o077); // an index holds the text of the workspace: nobody else reads it
// Only the editor's extension, which talks over ipc, starts a server again that ended.
startServer(createConnection(ProposedFeatures.all), {
  programs: __dirname,
  guardCrashes: process.argv.includes('--node-ipc'),
});
