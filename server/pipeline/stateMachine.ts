// The state of one index with its cause: the only thing that may mean "busy" or "broken".

import { isLegalTransition, type IndexState } from '../model/indexState';

export class IndexStateMachine {
  #state: IndexState = 'empty';
  #since = Date.now();
  #cause = 'not opened yet';
  #suggestions: readonly string[] = [];
  readonly #onDidChange: (line: string) => void;

  /** @param onDidChange called after each change with a line for the audit log */
  constructor(onDidChange: (line: string) => void) {
    this.#onDidChange = onDidChange;
  }

  get state(): IndexState {
    return this.#state;
  }

  /** Milliseconds since the epoch at which the state was entered. */
  get since(): number {
    return this.#since;
  }

  get cause(): string {
    return this.#cause;
  }

  get suggestions(): readonly string[] {
    return this.#suggestions;
  }

  /**
   * Enters a state. `suggestions` say what the user can do about `corrupted`.
   * @throws Error on a transition that the table does not have: a bug, which is audited first
   */
  enter(state: IndexState, cause: string, suggestions: readonly string[] = []): void {
    if (state !== this.#state && !isLegalTransition(this.#state, state)) {
      const bug = `illegal transition from ${this.#state} to ${state} (${cause})`;
      this.#onDidChange(bug);
      throw new Error(bug);
    }
    const line = `${this.#state} -> ${state}: ${cause}`;
    if (state !== this.#state) this.#since = Date.now();
    this.#state = state;
    this.#cause = cause;
    this.#suggestions = suggestions;
    this.#onDidChange(line);
  }
}
