// The entry of the process that holds SQLite.

import { join } from 'node:path';
import { runSqliteWorker } from './export/sqlite/worker';

void runSqliteWorker(join(__dirname, 'sqlite.wasm'));
