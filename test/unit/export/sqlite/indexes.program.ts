// Makes the indexes of a table with many long names, in a module whose memory may grow no further than it is told:
// `indexes.program.js <wasm> <heap, bytes> <folder> <rows>`. A program of its own because sql.js has one module in a process.

import { join } from 'node:path';
import { SqliteEngine } from '../../../../server/export/sqlite/engine';
import { createTables, makeIndexes } from '../../../../server/export/sqlite/sqliteWriter';

const cacheBytes = 64 << 20;

async function main([wasm = '', heap = '', folder = '', rows = '']: readonly string[]): Promise<void> {
  const engine = await SqliteEngine.load(wasm, cacheBytes, Number(heap));
  const database = engine.open({ database: join(folder, 'database'), temporary: folder, writable: true });
  createTables(database, { indexId: 'test', root: '/test' }, false);
  // 200 characters a name, none of them in order.
  database.run(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${Number(rows)})
     INSERT INTO symbols (id, file, name) SELECT i, i, printf('%0200d', i * 7919 % 1000003) FROM n`,
  );
  makeIndexes(database);
  const [found] = database.all("SELECT count(*) FROM symbols INDEXED BY symbols_name WHERE name > ''");
  database.close();
  console.log(String(found?.[0]));
}

void main(process.argv.slice(2));
