// Entry of the server process, started by an editor over ipc (--node-ipc) or stdio (--stdio).

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from './server';

startServer(createConnection(ProposedFeatures.all), { programs: __dirname });
