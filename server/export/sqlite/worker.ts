// What runs in the process that holds SQLite: opens databases, fills, compares and queries them, one task after the
// other. It keeps nothing between tasks but a database that is being made.

import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { sourceTexts } from '../../workspace/sourceTexts';
import { addEdges, addMetrics, clearEdges, finishEdges } from './edgeWriter';
import { SqliteEngine, type SqliteDatabase } from './engine';
import { stampOf, type FileFacts } from './fileFacts';
import type {
  Changes,
  DatabasePlace,
  SqliteAnswers,
  SqliteFailure,
  SqliteReply,
  SqliteRequest,
  SqliteTask,
  Stamped,
} from './messages';
import { isBusy, isDamage, isWrite, runQuery } from './runQuery';
import { createTables, makeIndexes, readState, SqliteWriter, type TextOf } from './sqliteWriter';
import { messageOf } from '../../util/messageOf';

/** Like the extractor: everything else on the machine goes first. */
const niceness = 10;
/** Larger files have no full text in the database. */
const maxTextBytes = 4 << 20;

/**
 * How often reading is tried: a journal that ends while SQLite looks for it is taken for one to be rolled back, which is
 * refused to who only reads.
 */
const readTries = 5;

/** Serves requests that come over the channel to the parent process, until that channel closes. */
export async function runSqliteWorker(wasm: string, cacheBytes: number): Promise<void> {
  setPriority(niceness);
  const worker = new SqliteWorker(await SqliteEngine.load(wasm, cacheBytes));
  let turn: Promise<void> = Promise.resolve();
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ id, task }: SqliteRequest) => {
    turn = turn.then(async () => {
      const reply = await worker.run(task).then(
        (answer) => ({ answer }),
        (error: unknown) => {
          const message = messageOf(error);
          return { failure: failureOf(message), message };
        },
      );
      process.send?.({ id, peakRss: process.resourceUsage().maxRSS * 1024, ...reply } satisfies SqliteReply);
    });
  });
}

export class SqliteWorker {
  readonly #engine: SqliteEngine;
  #making: { readonly database: SqliteDatabase; readonly writer: SqliteWriter; readonly withText: boolean } | undefined;

  constructor(engine: SqliteEngine) {
    this.#engine = engine;
  }

  async run(task: SqliteTask): Promise<SqliteAnswers[SqliteTask['kind']]> {
    switch (task.kind) {
      case 'state':
        return existsSync(task.place.file) ? this.#read(task.place, readState) : undefined;
      case 'query':
        return this.#read(task.place, (database) => runQuery(database, task.query, task.limits));
      case 'compare':
        return this.#read(task.place, (database) => compare(database, task.stamps));
      case 'update':
        return this.#update(task.place, task.seq, task);
      case 'clearEdges':
        return this.#write(task.place, (database) => clearEdges(database));
      case 'addEdges':
        return this.#write(task.place, (database) => addEdges(database, task.files));
      case 'addMetrics':
        return this.#write(task.place, (database) => addMetrics(database, task.metrics));
      case 'finishEdges':
        return this.#write(task.place, (database) => finishEdges(database, task.seq));
      case 'create': {
        const { place, identity, withText } = task;
        const database = this.#engine.open({ database: place.file, temporary: place.temporary, writable: true });
        this.#making = { database, writer: new SqliteWriter(database, withText), withText };
        createTables(database, identity, withText);
        return undefined;
      }
      case 'add': {
        const { writer, withText } = this.#made;
        return transact(writer, 0, task, withText ? await textsOf(task) : noText);
      }
      case 'finish': {
        const { database, writer } = this.#made;
        makeIndexes(database);
        writer.begin();
        writer.commit(task.seq);
        const rows = Object.fromEntries(writer.rows);
        writer.dispose();
        database.close();
        this.#making = undefined;
        return rows;
      }
    }
  }

  get #made() {
    if (this.#making === undefined) throw new Error('No database is being made');
    return this.#making;
  }

  #read<T>(place: DatabasePlace, use: (database: SqliteDatabase) => T): T {
    const files = { database: place.file, temporary: place.temporary };
    for (let tries = 1; ; tries++) {
      // A journal is what a process left that died in an update: opening the database for writing rolls it back.
      if (existsSync(`${place.file}-journal`)) {
        this.#use(this.#engine.open({ ...files, writable: true }), readState);
      }
      try {
        return this.#use(this.#engine.open({ ...files, writable: false }), use);
      } catch (error) {
        if (tries === readTries || !isWrite(messageOf(error))) throw error;
      }
    }
  }

  async #update(place: DatabasePlace, seq: number, changes: Changes): Promise<undefined> {
    const texts = await textsOf(changes);
    const files = { database: place.file, temporary: place.temporary, writable: true };
    return this.#use(this.#engine.open(files), (database) => {
      const state = readState(database);
      if (state === undefined) throw new Error('The database is gone, or was made by another version');
      const writer = new SqliteWriter(database, state.withText);
      try {
        return transact(writer, seq, changes, state.withText ? texts : noText);
      } finally {
        writer.dispose();
      }
    });
  }

  #write(place: DatabasePlace, use: (database: SqliteDatabase) => void): undefined {
    const files = { database: place.file, temporary: place.temporary, writable: true };
    this.#use(this.#engine.open(files), use);
    return undefined;
  }

  #use<T>(database: SqliteDatabase, use: (database: SqliteDatabase) => T): T {
    try {
      return use(database);
    } finally {
      database.close();
    }
  }
}

function transact(writer: SqliteWriter, seq: number, { put, removed }: Changes, textOf: TextOf): undefined {
  // What fails in the middle is rolled back when the database is closed.
  writer.begin();
  for (const path of removed) writer.remove(path);
  for (const facts of put) writer.put(facts, textOf);
  writer.commit(seq);
  return undefined;
}

const noText: TextOf = () => undefined;

/** The texts of files whose bytes are still those of their facts. */
async function textsOf({ root, put }: Changes): Promise<TextOf> {
  const wanted = put.filter(({ skipped, bytes }) => skipped === null && bytes <= maxTextBytes);
  const texts = await sourceTexts(
    root,
    wanted.map(({ path }) => path),
    maxTextBytes,
  );
  const byFacts = new Map<FileFacts, Uint8Array>();
  wanted.forEach((facts, index) => {
    const found = texts[index];
    if (found?.hash.toString('hex') === facts.hash) byFacts.set(facts, found.text);
  });
  return (facts) => byFacts.get(facts);
}

function compare(database: SqliteDatabase, stamps: readonly Stamped[]): SqliteAnswers['compare'] {
  const stored = new Map(
    database
      .all('SELECT path, hash, language, language_version, skipped, limited FROM files')
      .map(([path, hash, language, version, skipped, limited]) => [
        path as string,
        stampOf(
          hash as string,
          language as string,
          version as number,
          skipped as string | null,
          limited as string | null,
        ),
      ]),
  );
  const changed: string[] = [];
  for (const [path, stamp] of stamps) {
    if (stored.get(path) !== stamp) changed.push(path);
    stored.delete(path);
  }
  return { changed, removed: [...stored.keys()] };
}

function failureOf(message: string): SqliteFailure {
  if (isDamage(message)) return 'damaged';
  return isBusy(message) ? 'busy' : 'failed';
}
