// SQLite works on files of the disk as it does anywhere: durable, shared with other programs, bounded in memory.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteEngine, type SqliteDatabase } from '../../../../server/export/sqlite/engine';
import { withTemporaryFolder } from '../../../support/temporaryFolder';

const wasm = 'node_modules/sql.js/dist/sql-wasm-debug.wasm';

describe('SQLite on real files', () => {
  let engine: SqliteEngine;
  before(async () => {
    engine = await SqliteEngine.load(wasm, 64 << 20);
  });

  /** Opens `folder`/db, lets `use` work with it and closes it. */
  function within<T>(folder: string, writable: boolean, use: (database: SqliteDatabase) => T): T {
    mkdirSync(join(folder, 'tmp'), { recursive: true });
    const database = engine.open({ database: join(folder, 'db'), temporary: join(folder, 'tmp'), writable });
    try {
      return use(database);
    } finally {
      database.close();
    }
  }

  const inFolder = (use: (folder: string) => void): Promise<void> =>
    withTemporaryFolder((folder) => Promise.resolve(use(folder)));

  it('keeps what is written, for itself and for other tools', () =>
    inFolder((folder) => {
      within(folder, true, (database) => {
        database.run("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'é𝄞''\"'), (2, NULL)");
        const statement = database.prepare('INSERT INTO t VALUES (?, ?)');
        statement.run([2 ** 45, 'nul\0inside']);
        statement.free();
      });
      const rows = within(folder, false, (database) => database.all('SELECT * FROM t ORDER BY a'));
      assert.deepEqual(rows, [
        [1, 'é𝄞\'"'],
        [2, null],
        [2 ** 45, 'nul\0inside'],
      ]);
      assert.deepEqual(readdirSync(folder).sort(), ['db', 'tmp']);
      const other = spawnSync('sqlite3', [
        join(folder, 'db'),
        'PRAGMA integrity_check; SELECT a, b FROM t WHERE a < 3',
      ]);
      if (other.error === undefined) assert.equal(other.stdout.toString(), 'ok\n1|é𝄞\'"\n2|\n');
      else console.log('    skipped: there is no sqlite3 to open it with');
    }));

  it('writes nothing when opened for reading, and opens no other file', () =>
    inFolder((folder) => {
      writeFileSync(join(folder, 'secret'), 'SQLite format 3\0');
      within(folder, true, (database) => database.run('CREATE TABLE t (a)'));
      const before = statSync(join(folder, 'db')).mtimeMs;
      within(folder, false, (database) => {
        assert.throws(() => database.run('INSERT INTO t VALUES (1)'), /readonly/);
        assert.throws(() => database.run('DROP TABLE t'), /readonly/);
        for (const file of [join(folder, 'secret'), '/dbfile_1x', '/tmp/other', 'file:other?mode=rwc', '/etc/passwd']) {
          assert.throws(() => database.run(`ATTACH '${file}' AS other`), /unable to open/, file);
        }
        assert.throws(() => database.run(`VACUUM INTO '${join(folder, 'copy')}'`));
        assert.ok(!existsSync(join(folder, 'copy')));
      });
      assert.equal(statSync(join(folder, 'db')).mtimeMs, before);
      assert.deepEqual(readdirSync(folder).sort(), ['db', 'secret', 'tmp']);
      assert.throws(
        () => within(join(folder, 'nothing'), false, (database) => database.all('SELECT 1')),
        /unable to open/,
      );
    }));

  it('sorts more than its memory holds in temporary files, which are gone afterwards', function () {
    this.timeout(60_000);
    return inFolder((folder) =>
      within(folder, true, (database) => {
        const count = 200_000;
        const sql = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
          SELECT max(x) FROM (SELECT printf('%0600d', i * 7919 % ${count}) AS x FROM n ORDER BY x LIMIT -1 OFFSET 10)`;
        assert.deepEqual(database.all(sql), [[String(count - 1).padStart(600, '0')]]);
        assert.deepEqual(readdirSync(join(folder, 'tmp')), []);
        assert.throws(
          () => database.all("SELECT length(replace(hex(zeroblob(200000000)), '0', 'ab'))"),
          /out of memory|too big/,
        );
        assert.deepEqual(database.all('SELECT 1'), [[1]]);
      }),
    );
  });

  it('waits for no lock that another process holds, and says so', function () {
    const python = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1]); c.isolation_level = None
c.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.readline()`;
    if (spawnSync('python3', ['-c', 'import sqlite3']).status !== 0) {
      console.log('    skipped: there is no python3 with sqlite3');
      return this.skip();
    }
    return withTemporaryFolder(async (folder) => {
      within(folder, true, (database) => database.run('CREATE TABLE t (a)'));
      const other = spawn('python3', ['-c', python, join(folder, 'db')], { stdio: ['pipe', 'pipe', 'inherit'] });
      await new Promise((resolve) => other.stdout.once('data', resolve));
      assert.throws(() => within(folder, false, (database) => database.all('SELECT * FROM t')), /locked/);
      assert.throws(() => within(folder, true, (database) => database.run('INSERT INTO t VALUES (1)')), /locked/);
      other.stdin.end('\n');
      await new Promise((resolve) => other.once('close', resolve));
      within(folder, true, (database) => database.run('INSERT INTO t VALUES (1)'));
      // And the other way round: while ours is in a transaction, others do not take its journal for one to roll back.
      within(folder, true, (database) => {
        database.run('BEGIN IMMEDIATE; UPDATE t SET a = 2');
        const look = `import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT a FROM t').fetchall())`;
        assert.equal(spawnSync('python3', ['-c', look, join(folder, 'db')]).stdout.toString(), '[(1,)]\n');
        database.run('COMMIT');
      });
      assert.deepEqual(
        within(folder, false, (database) => database.all('SELECT a FROM t')),
        [[2]],
      );
      rmSync(join(folder, 'db'));
    });
  });
});
