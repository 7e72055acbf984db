// The index of one root, shared by every process that wants it: exactly one owns it and writes, the others ask the owner
// through its pipe. Finds out which of them this process is, and takes over when the owner ends. When the owner lives but
// does not answer, the stores are read here instead, and the status says so. How a question outlives all that stands in
// answering.ts.

import type { RootIndex } from '../pipeline/rootIndex';
import type { WorkspaceIndexes } from '../pipeline/workspaceIndexes';
import type { RootStatus } from '../protocol';
import { StoreError } from '../store/errors';
import { defaultIndexDir, identifyRoot, prepareIndexFolder } from '../store/indexFolder';
import { lend, takeWriterLock, type FileLock } from '../store/lock';
import type { CancellationToken } from '../util/cancellation';
import { messageOf } from '../util/messageOf';
import { Signal } from '../util/signal';
import type { Root } from '../workspace/roots';
import { pipeAddress } from './address';
import { Answering } from './answering';
import { OwnerPipe } from './ownerPipe';
import type { Answer, Params, QuestionName, RootAnswers } from './questions';
import { RemoteRoot } from './remoteRoot';
import { Session, type SessionOptions } from './session';
import { SqlForm } from './sqlForm';

export interface SharedRootOptions {
  readonly root: Root;
  /** Where the index is opened when this process has to. */
  readonly indexes: WorkspaceIndexes;
  /** A `reader` never becomes the owner. */
  readonly mode: 'writer' | 'reader';
  /** Whether an owner scans the root when it has opened the index. */
  readonly scan: boolean;
  readonly version: string;
  /** Folder of the bundled programs. */
  readonly programs: string;
  readonly log: (level: 'info' | 'warn' | 'error', line: string) => void;
  readonly onDidChange: () => void;
}

interface Reading {
  readonly index: RootIndex;
  readonly session: Session;
  readonly sql: SqlForm;
  readonly reason: string;
}

/** Why a reader cannot write that found nobody who owns the index. */
export const openedForReading = 'opened for reading';
/** Pause between two looks for an owner while somebody is about to become it, or to give up, ms. */
const electionMs = 20;
/** So long somebody may have the lock without listening before the stores are read here, ms. */
const patienceMs = 2000;
/** Pause between two looks while the stores are read, ms. */
const lookAgainMs = 1000;

export class SharedRoot implements RootAnswers {
  readonly root: Root;
  readonly #options: SharedRootOptions;
  readonly #answering: Answering;
  readonly #running: Promise<void>;
  #closed = false;
  #onClosed: () => void = () => undefined;
  readonly #whenClosed = new Promise<void>((resolve) => (this.#onClosed = resolve));
  #pipe: OwnerPipe | undefined;
  #remote: RemoteRoot | undefined;
  #debugging = false;
  /** Set while the stores are read here, with the reason. */
  #reading: Reading | undefined;

  constructor(options: SharedRootOptions) {
    this.#options = options;
    this.root = options.root;
    this.#answering = new Answering(options);
    this.#running = this.#run();
  }

  get status(): RootStatus {
    const { owner: _, readOnly, ...own } = this.#answering.status;
    const pid = this.#remote?.pid;
    const why = this.#reading?.reason ?? readOnly;
    return {
      ...own,
      ...(why === undefined ? {} : { readOnly: why }),
      ...(pid === undefined ? {} : { owner: { pid, answers: this.#reading === undefined } }),
    };
  }

  /** Resolves when somebody answers: the owner, or this process. */
  ready(): Promise<void> {
    return this.#answering.ready();
  }

  /** Asks whoever answers. A query is asked again when the owner ends meanwhile; a command then ends, and says so. */
  ask<Q extends QuestionName>(question: Q, params: Params<Q>, token?: CancellationToken): Promise<Answer<Q>> {
    return this.#answering.ask(question, params, token);
  }

  /** The index or its pipe has news for the clients of this process. */
  statusChanged(): void {
    this.#pipe?.statusChanged();
  }

  /** The user of this process is typing, which the owner makes room for. */
  noteTyping(): void {
    this.#remote?.noteTyping();
  }

  /** Whether the user of this process debugs, which every owner makes room for. */
  noteDebugging(debugging: boolean): void {
    if (debugging === this.#debugging) return;
    this.#debugging = debugging;
    this.#remote?.noteDebugging(debugging);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#onClosed();
    this.#answering.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#share();
    } catch (error) {
      // The place cannot be trusted, or locks do not work there: opening says which, and writes nothing.
      this.#options.log('warn', `${this.root.name}: the index is not shared: ${messageOf(error)}`);
      await this.#stopReading();
      await this.#beAlone();
    }
  }

  async #share(): Promise<void> {
    const { indexDir } = this.#options.indexes.settings;
    const place = indexDir ?? defaultIndexDir(process.platform, process.env);
    const folder = await prepareIndexFolder(await identifyRoot(this.root.path), place);
    const address = await pipeAddress(folder);
    let since = performance.now();
    while (!this.#closed) {
      const found = await RemoteRoot.connect({ address, root: this.root, onDidChange: this.#options.onDidChange });
      if (found.kind === 'connected') {
        await this.#beClient(found.remote);
        since = performance.now();
        continue;
      }
      if (this.#options.mode === 'reader') {
        await this.#read(found.kind === 'nobody' ? openedForReading : found.reason);
      } else {
        const lock = await takeWriterLock(folder);
        if (!(lock instanceof StoreError)) {
          try {
            await this.#beOwner(lock, address);
          } finally {
            lock.release(); // else nobody could own it after a failure, this process least of all
          }
          continue;
        }
        const isPatient = found.kind === 'nobody' && performance.now() - since < patienceMs;
        if (!isPatient) await this.#read(found.kind === 'nobody' ? lock.message : found.reason);
      }
      await this.#pause(this.#reading === undefined ? electionMs : lookAgainMs);
    }
    await this.#stopReading();
  }

  /** Asks the owner until it ends. */
  async #beClient(remote: RemoteRoot): Promise<void> {
    this.#remote = remote;
    if (this.#debugging) remote.noteDebugging(true);
    try {
      for (;;) {
        const changed = remote.changed;
        if (remote.lost || this.#closed) return;
        if (remote.silent) {
          await this.#read(`process ${remote.pid}, which owns the index, does not answer`);
        } else {
          await this.#stopReading();
          this.#answering.from(remote);
        }
        await Promise.race([changed, this.#whenClosed]);
      }
    } finally {
      this.#answering.notFrom(remote);
      this.#remote = undefined;
      await remote.close();
    }
  }

  /** Owns the index until this object is closed. */
  async #beOwner(lock: FileLock, address: string): Promise<void> {
    const { indexes, version, scan, log } = this.#options;
    await this.#stopReading();
    const index = indexes.create(this.root, { lock: lend(lock) });
    // Whoever asks meanwhile waits for this rather than for another look.
    const opened = new Signal();
    const isOpen = opened.promise;
    const sql = this.#sqlForm(index);
    const openSession = (root: Root): Session => this.#session({ root, index, opened: isOpen, sql });
    try {
      this.#pipe = await OwnerPipe.listen({
        address,
        path: this.root.path,
        version,
        openSession,
        onTyping: () => indexes.noteTyping(),
        onDebugging: (client, debugging) => indexes.noteDebugging(client, debugging),
        log: (line) => log('info', line),
      });
    } catch (error) {
      log('warn', `${this.root.name}: other processes cannot ask this one: ${messageOf(error)}`);
    }
    const session = openSession(this.root);
    this.#answering.from(session);
    await indexes.open(index, { scan });
    opened.fire();
    sql.follow();
    await this.#whenClosed;
    this.#answering.from(undefined);
    await this.#pipe?.close();
    this.#pipe = undefined;
    await session.close();
    sql.close();
    await indexes.remove(this.root.uri);
  }

  /** Opens the index as if there were nobody else; a writer's lock still keeps others out, and others' keep this out. */
  async #beAlone(): Promise<void> {
    const { indexes, mode, scan } = this.#options;
    const index = indexes.create(this.root, { mode });
    const opened = indexes.open(index, { scan });
    await opened;
    const sql = this.#sqlForm(index);
    this.#answering.from(this.#session({ root: this.root, index, opened, sql }));
    await this.#whenClosed;
    this.#answering.from(undefined);
    sql.close();
    await indexes.remove(this.root.uri);
  }

  /** Reads the stores here, for a reason that the status tells. */
  async #read(reason: string): Promise<void> {
    if (this.#reading !== undefined) return;
    const { indexes, log } = this.#options;
    log('info', `${this.root.name}: the stores are read here: ${reason}`);
    const index: RootIndex = indexes.create(this.root, { mode: 'reader' });
    await indexes.open(index, { scan: false });
    const sql = this.#sqlForm(index);
    const session = this.#session({ root: this.root, index, opened: Promise.resolve(), sql });
    this.#reading = { index, session, sql, reason };
    this.#answering.from(session);
  }

  async #stopReading(): Promise<void> {
    if (this.#reading === undefined) return;
    const { session, sql } = this.#reading;
    this.#reading = undefined;
    this.#answering.from(undefined);
    await session.close();
    sql.close();
    await this.#options.indexes.remove(this.root.uri);
  }

  #session(parts: Omit<SessionOptions, 'pool' | 'slowed' | 'warn' | 'onDidChange'>): Session {
    const { indexes, log, onDidChange } = this.#options;
    const warn = (line: string): void => log('warn', `${this.root.name}: ${line}`);
    return new Session({ ...parts, warn, pool: indexes.pool, slowed: () => indexes.slowed, onDidChange });
  }

  #sqlForm(index: RootIndex): SqlForm {
    const { programs, log, onDidChange } = this.#options;
    return new SqlForm(index, { programs, log: (line) => log('info', line), onDidChange });
  }

  async #pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([over, this.#whenClosed]);
    clearTimeout(timer);
  }
}
