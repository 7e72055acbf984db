// The entry of the process that holds SQLite. Its argument is how many bytes of pages it may keep in memory.

import { join } from 'node:path';
import { runSqliteWorker } from './export/sqlite/worker';

void runSqliteWorker(join(__dirname, 'sqlite.wasm'), Number(process.argv[2]));
