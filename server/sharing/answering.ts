// Who answers the questions about one root now. Questions wait while nobody does; a query is put again when the one that
// was asked ends, and whoever comes next is told what is typed in the open editors. Who it is decides sharedRoot.ts.

import { FactStore } from '../facts/factStore';
import type { RootStatus } from '../protocol';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { messageOf } from '../util/messageOf';
import { Signal } from '../util/signal';
import type { Root } from '../workspace/roots';
import { isCommand, OwnerLostError, type Answer, type Params, type QuestionName, type RootAnswers } from './questions';

export interface AnsweringOptions {
  readonly root: Root;
  readonly log: (level: 'warn', line: string) => void;
  readonly onDidChange: () => void;
}

export class Answering {
  readonly #log: AnsweringOptions['log'];
  readonly #onDidChange: () => void;
  readonly #changed = new Signal();
  /** What is typed in the open editors, by path, the newest last. */
  readonly #texts = new Map<string, string>();
  #target: RootAnswers | undefined;
  #lastStatus: RootStatus;
  #closed = false;

  constructor({ root, log, onDidChange }: AnsweringOptions) {
    this.#log = log;
    this.#onDidChange = onDidChange;
    this.#lastStatus = unknownStatus(root);
  }

  /** As whoever answers says, or said last. */
  get status(): RootStatus {
    return this.#target?.status ?? { ...this.#lastStatus, state: 'loading', cause: 'waiting for the owner' };
  }

  /** From now on `target` answers, or nobody does. It is told what is typed in the open editors. */
  from(target: RootAnswers | undefined): void {
    if (target === this.#target) return;
    if (this.#target !== undefined) this.#lastStatus = this.#target.status;
    this.#target = target;
    if (target !== undefined) {
      for (const [path, text] of this.#texts) {
        target
          .ask('editor', { path, text })
          .catch((error: unknown) => this.#log('warn', `${path} is not followed: ${messageOf(error)}`));
      }
    }
    this.#changed.fire();
    this.#onDidChange();
  }

  /** `target` does not answer any more; does nothing when another one has taken over. */
  notFrom(target: RootAnswers): void {
    if (this.#target === target) this.from(undefined);
  }

  /** Resolves when somebody answers. */
  async ready(): Promise<void> {
    await this.#answerer();
  }

  /** Asks whoever answers. A query is asked again when the owner ends meanwhile; a command then ends, and says so. */
  async ask<Q extends QuestionName>(question: Q, params: Params<Q>, token?: CancellationToken): Promise<Answer<Q>> {
    if (question === 'editor') this.#noteText(params as Params<'editor'>);
    for (;;) {
      const target = await this.#answerer();
      if (token?.isCancellationRequested) throw new CancellationError();
      try {
        return await target.ask(question, question === 'editor' ? this.#newestText(params) : params, token);
      } catch (error) {
        if (!(error instanceof OwnerLostError)) throw error;
        if (isCommand(question)) {
          const message = `${error.message} What it had acknowledged stays; give the command again.`;
          return { ok: false, message, findings: [] } as unknown as Answer<Q>;
        }
        if (this.#target === target) await this.#changed.promise;
      }
    }
  }

  /** Questions that wait end as cancelled, and so do those that come. */
  close(): void {
    this.#closed = true;
    this.#changed.fire();
  }

  async #answerer(): Promise<RootAnswers> {
    for (;;) {
      const changed = this.#changed.promise;
      if (this.#closed) throw new CancellationError();
      if (this.#target !== undefined) return this.#target;
      await changed;
    }
  }

  #noteText({ path, text }: Params<'editor'>): void {
    this.#texts.delete(path); // so that it stands last
    if (text !== null) this.#texts.set(path, text);
  }

  /** A text that was asked about again after the owner ended may be older than what was noted since. */
  #newestText<Q extends QuestionName>(params: Params<Q>): Params<Q> {
    const { path } = params as Params<'editor'>;
    return { path, text: this.#texts.get(path) ?? null };
  }
}

/** Before anything is known. */
function unknownStatus(root: Root): RootStatus {
  return {
    root: root.uri,
    name: root.name,
    state: 'loading',
    since: Date.now(),
    cause: 'looking for the owner of the index',
    suggestions: [],
    paused: false,
    generation: 0,
    seq: 0,
    counts: { ...new FactStore().counts },
    sizes: { journal: 0, snapshot: 0, search: 0 },
    indexFolder: '',
    unsaved: { files: 0 },
    quarantine: { items: 0, bytes: 0 },
  };
}
