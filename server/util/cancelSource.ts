// A cancellation that the server gives itself.

import type { CancellationToken } from './cancellation';

export class CancelSource {
  readonly #listeners = new Set<() => void>();
  #cancelled = false;
  readonly token: CancellationToken;

  constructor() {
    const isCancelled = (): boolean => this.#cancelled;
    this.token = {
      get isCancellationRequested() {
        return isCancelled();
      },
      onCancellationRequested: (listener) => {
        this.#listeners.add(listener);
        return { dispose: () => void this.#listeners.delete(listener) };
      },
    };
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const listener of [...this.#listeners]) listener();
  }
}
