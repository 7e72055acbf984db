// Typed arrays that grow: for rows whose number is not known before.

/** Appends unsigned 32-bit numbers; `view` shows what is there. */
export class GrowingUint32 {
  #values: Uint32Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#values = new Uint32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    return this.#values[index] as number;
  }

  /** Forgets everything and keeps the memory. */
  clear(): void {
    this.#length = 0;
  }

  /** The numbers so far; valid until the next `push`. */
  view(): Uint32Array {
    return this.#values.subarray(0, this.#length);
  }
}
