// The language server without its watchers, for indexes that are struck thousands of times by clients that tell of every
// edit: a watcher is a process for each root, and takes longer to start than an index to open.

import { join } from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from '../../../server/server';

process.umask(0o077);
startServer(createConnection(ProposedFeatures.all), { programs: join(process.cwd(), 'dist'), watch: false });
