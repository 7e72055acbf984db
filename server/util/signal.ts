// A promise of the next time that something happens.

export class Signal {
  #resolve: () => void = () => undefined;
  #promise = this.#next();

  /** Resolves when `fire` is called next. Take it before looking at what may change, so that no change is missed. */
  get promise(): Promise<void> {
    return this.#promise;
  }

  fire(): void {
    const resolve = this.#resolve;
    this.#promise = this.#next();
    resolve();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#resolve = resolve));
  }
}
