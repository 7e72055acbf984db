// The commands that people give: each runs in its turn, can be cancelled, and ends in one sentence that says what it
// did. What is checked and mended is maintenance's business.

import type { CommandResult } from '../protocol';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { CancelSource } from '../util/cancelSource';
import { messageOf } from '../util/messageOf';
import { counted } from '../util/counted';
import { compare, scanHints, type FileChange } from '../workspace/scan';
import type { IndexWork } from './indexer';
import type { IndexRuns } from './indexRuns';
import { done, findProblems, openingActions, repair, type MaintenanceContext } from './maintenance';
import type { OpenIndex } from './openIndex';
import type { RootContext } from './rootContext';

export class Commands {
  readonly #context: RootContext;
  readonly #runs: IndexRuns;

  constructor(context: RootContext, runs: IndexRuns) {
    this.#context = context;
    this.#runs = runs;
  }

  /**
   * Makes all facts and the search index anew; the old ones answer until their replacement is there and was checked. A
   * crash or a cancellation before that leaves the old search index, and of each file the facts that were last made.
   * Says what it did itself: another one may run before it, and saves beside it.
   */
  async rebuild(token?: CancellationToken): Promise<CommandResult & IndexWork> {
    let { indexed, removed, bytes }: IndexWork = { indexed: 0, removed: 0, bytes: 0 };
    const result = await this.#command('rebuild', token, async (cancel) => {
      const started = performance.now();
      await this.#ensureOpen('rebuild');
      const index = this.#context.writable;
      const result = await this.#runs.walk(cancel);
      const changes = await compare(result, this.#context.known, undefined, cancel);
      const gone = changes.filter((change) => change.kind === 'deleted');
      const all: FileChange[] = [];
      for (let i = 0; i < result.count; i++) all.push({ kind: 'created', path: result.path(i), size: result.size(i) });
      const found = { startedMs: started, files: result.count, isBuild: true, fillsSearch: true };
      await index.searchIndex.beginRebuild();
      try {
        ({ indexed, removed, bytes } = await this.#runs.index([...gone, ...all], 'rebuild', cancel, found));
      } finally {
        await index.searchIndex.abandonRebuild();
      }
      await index.searchIndex.dropReplaced();
      return done(
        `Rebuilt the index: ${counted(indexed, 'file')} in ${((performance.now() - started) / 1000).toFixed(1)} s.`,
      );
    });
    return { ...result, indexed, removed, bytes };
  }

  /** Checks both stores and a sample of the sources; changes nothing. */
  verify(token?: CancellationToken): Promise<CommandResult> {
    return this.#command('verify', token, async (cancel) => {
      const { facts, open } = this.#context;
      if (open === undefined) throw new Error('The index is not open; "Almagest: Rebuild" makes a new one.');
      const findings = await findProblems(this.#maintenance(open, 'verifying', cancel));
      const ok = findings.length === 0;
      const summary = ok
        ? `Verified ${counted(facts.size, 'file')}: facts, search index and a sample of sources agree.`
        : `Found ${counted(findings.length, 'problem')}; "Repair" mends ${findings.length === 1 ? 'it' : 'them'}.`;
      await open.noteVerify({ at: Date.now(), ok, summary });
      open.store.audit({ event: 'verify', detail: [summary, ...findings].join(' ') });
      return { ok, message: summary, findings };
    });
  }

  /** Mends what verification finds: damaged facts are extracted again, a damaged search index is made anew. */
  repair(token?: CancellationToken): Promise<CommandResult> {
    return this.#command('repair', token, async (cancel) => {
      const context = this.#context;
      await this.#ensureOpen('repair');
      // Facts cannot be merged out of a file that is damaged anywhere, so the ladder looks for another one.
      if ((await context.writable.store.snapshotDamage()) !== undefined) await this.#reopen('repair');
      const index = context.writable;
      const actions: string[] = [];
      if (index.mustBeSaved) {
        // The opening has mended the stores; what it could not bring back is on disk.
        actions.push(...openingActions(index));
        await this.#runs.reconcile('repair', cancel);
      }
      const mended = await repair(this.#maintenance(index, 'repairing', cancel), async (paths) => {
        const startedMs = performance.now();
        const changes = await scanHints(context.scanOptions, paths, context.known, cancel);
        this.#runs.noteWork(await this.#runs.index(changes, 'repair', cancel, { startedMs }));
      });
      actions.push(...mended);
      if (actions.length > 0) {
        await this.#runs.snapshot('repair');
        await index.store.setAsideDamaged();
        actions.push(`saved it all as generation ${index.store.generation}`);
      }
      const message = actions.length === 0 ? 'Nothing to repair.' : `Repaired: ${actions.join('; ')}.`;
      context.open?.store.audit({ event: 'repair', detail: message });
      return done(message);
    });
  }

  /** Saves a snapshot of what is only in the journal, so that the next start need not replay it. */
  save(token?: CancellationToken): Promise<CommandResult> {
    return this.#command('save', token, async () => {
      const { store } = this.#context.writable;
      if (store.lastSeq === (store.snapshot?.seq ?? 0)) return done('Everything is saved.');
      await this.#runs.snapshot('save');
      return done('Saved a snapshot.');
    });
  }

  /** Removes the index from the disk. It is made again by "Rebuild" or at the next start. */
  clear(): Promise<CommandResult> {
    return this.#command('clear', undefined, async () => {
      const context = this.#context;
      await context.remove();
      context.machine.enter('empty', 'cleared');
      return done('Removed the index. "Rebuild" makes a new one.');
    });
  }

  /** Runs a command in its turn; pausing does not hold it up, and its token cancels it. */
  #command(
    cause: string,
    token: CancellationToken | undefined,
    work: (cancel: CancellationToken) => Promise<CommandResult>,
  ): Promise<CommandResult> {
    const { machine, queue } = this.#context;
    return new Promise((resolve) => {
      const run = async (): Promise<void> => {
        const cancel = new CancelSource();
        const registration = token?.onCancellationRequested(() => cancel.cancel());
        try {
          if (token?.isCancellationRequested) throw new CancellationError();
          resolve(await work(cancel.token));
        } catch (error) {
          const cancelled = error instanceof CancellationError;
          resolve({ ok: false, message: cancelled ? `Cancelled: ${cause}.` : messageOf(error), findings: [] });
          if (!cancelled) throw error;
          if (machine.state !== 'empty') machine.enter('ready', `${cause} was cancelled`);
        } finally {
          registration?.dispose();
        }
      };
      queue.add({ cause, run });
    });
  }

  /** After damage the index is opened again, which sets aside what does not check out. */
  async #ensureOpen(cause: string): Promise<void> {
    const { machine, open } = this.#context;
    if (open === undefined || machine.state === 'corrupted') await this.#reopen(cause);
  }

  async #reopen(cause: string): Promise<void> {
    const { machine } = this.#context;
    machine.enter('loading', cause);
    await this.#context.unload();
    await this.#context.load();
    machine.enter('ready', 'loaded');
    // What changed while nothing was looked at.
    this.#runs.requestScan(cause);
  }

  #maintenance(index: OpenIndex, stage: 'verifying' | 'repairing', token: CancellationToken): MaintenanceContext {
    const { path: root, options } = this.#context;
    const meter = this.#context.measure(stage, index.facts.size);
    return { index, root, maxFileBytes: options.maxFileBytes, meter, token };
  }
}
