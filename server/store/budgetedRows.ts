// Writes rows within a byte budget: counts the bytes that are really written, does what the budget says at the limit, and
// reports what it did. Where the parts lie and how they become durable is the sink's business.

import {
  ByteBudgetError,
  overflowOfTotal,
  type BudgetAction,
  type BudgetUse,
  type ByteBudget,
} from '../model/byteBudget';

/** Takes the parts of one artifact, one after the other. */
export interface PartSink {
  /** Begins part number `part`, counted from 0. */
  begin(part: number): Promise<void>;
  write(bytes: Buffer): Promise<void>;
  /** The part is complete. */
  end(): Promise<void>;
  /** Removes every part, also one that is not complete. */
  discard(): Promise<void>;
}

/** What all artifacts of one stage may have together. */
export class StagePool {
  readonly #budget: ByteBudget;
  #used = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** What of it was used. */
  get use(): BudgetUse {
    const { artifact, maxBytes: limitBytes } = this.#budget;
    const beyond = overflowOfTotal(this.#budget) === 'skip' ? 'skipped' : 'failed';
    const action = this.#used > limitBytes ? beyond : 'none';
    return { artifact, usedBytes: this.#used, limitBytes, action, rows: 0, removedRows: 0, parts: 0 };
  }

  /**
   * Files that are gone at the end have so many bytes beside what was taken.
   * @throws ByteBudgetError when nothing is left for them
   */
  allow(scratchBytes: number): void {
    if (this.#used + scratchBytes <= this.#budget.maxBytes) return;
    this.#used += scratchBytes;
    throw new ByteBudgetError(this.#budget, this.#used, `${this.#budget.artifact}, with scratch files, needs at least`);
  }

  /** @throws ByteBudgetError when nothing is left for these bytes */
  take(bytes: number): void {
    this.#used += bytes;
    if (this.#used > this.#budget.maxBytes)
      throw new ByteBudgetError(this.#budget, this.#used, `${this.#budget.artifact} needs at least`);
  }
}

export interface BudgetedWrite {
  readonly budget: ByteBudget;
  readonly sink: PartSink;
  readonly pool?: StagePool;
  /** Hears once what was done, also when it failed. */
  readonly report: (use: BudgetUse) => void;
}

/** Bytes handed to the sink at once. */
const pieceBytes = 256 << 10;

/**
 * Writes rows, each with its line end, in their order. An artifact that fails or is skipped leaves no part behind.
 * @throws ByteBudgetError as the budget demands; errors of the sink and of the rows as they are
 */
export async function writeRows(
  rows: Iterable<string> | AsyncIterable<string>,
  { budget, sink, pool, report }: BudgetedWrite,
): Promise<BudgetUse> {
  const writer = new RowWriter(budget, sink, pool);
  try {
    for await (const row of rows) {
      if (writer.add(row)) await writer.flush();
      if (writer.isOver) break;
    }
    const use = await writer.finish();
    report(use);
    return use;
  } catch (error) {
    await sink.discard();
    // What the pool lacked, or the disk, was no fault of this artifact.
    const isOwn = error instanceof ByteBudgetError && error.budget === budget;
    report(isOwn ? { ...writer.use('failed'), usedBytes: error.usedBytes } : discarded(writer.use('none')));
    throw error;
  }
}

/** The use of an artifact that was removed after all. */
export function discarded(use: BudgetUse): BudgetUse {
  return { ...use, action: 'discarded', rows: 0, removedRows: 0, parts: 0 };
}

class RowWriter {
  readonly #budget: ByteBudget;
  readonly #overflow: ReturnType<typeof overflowOfTotal>;
  readonly #sink: PartSink;
  readonly #pool: StagePool | undefined;
  /** What the sink gets next; `undefined` stands for the end of a part. */
  #waiting: (string | undefined)[] = [];
  #waitingBytes = 0;
  #partBytes = 0;
  #usedBytes = 0;
  #rows = 0;
  #removed = 0;
  #parts = 1;
  #begun = 0;
  #isCut = false;
  #isSkipped = false;

  constructor(budget: ByteBudget, sink: PartSink, pool: StagePool | undefined) {
    this.#budget = budget;
    this.#overflow = overflowOfTotal(budget);
    this.#sink = sink;
    this.#pool = pool;
  }

  /** Nothing of the rows to come is wanted any more, not even their number. */
  get isOver(): boolean {
    return this.#isSkipped;
  }

  /** Takes a row; true when it is time to flush. */
  add(row: string): boolean {
    const bytes = Buffer.byteLength(row) + 1;
    const { maxBytes, artifact } = this.#budget;
    if (this.#partBytes + bytes > maxBytes || this.#isCut) {
      if (this.#overflow === 'fail') {
        throw new ByteBudgetError(this.#budget, this.#usedBytes + bytes, `${artifact} needs at least`);
      }
      if (this.#overflow === 'shard' && bytes > maxBytes) {
        throw new ByteBudgetError(this.#budget, bytes, `Row ${this.#rows + 1} of ${artifact} needs`);
      }
      if (this.#overflow === 'skip') {
        this.#isSkipped = true;
        this.#usedBytes += bytes;
        return false;
      }
      if (this.#overflow === 'trim' || this.#overflow === 'drop') {
        this.#isCut = this.#overflow === 'trim';
        this.#removed++;
        return false;
      }
      if (this.#overflow === 'shard') {
        this.#waiting.push(undefined);
        this.#partBytes = 0;
        this.#parts++;
      }
    }
    this.#pool?.take(bytes);
    this.#waiting.push(row);
    this.#waitingBytes += bytes;
    this.#partBytes += bytes;
    this.#usedBytes += bytes;
    this.#rows++;
    return this.#waitingBytes >= pieceBytes;
  }

  async flush(): Promise<void> {
    if (this.#begun === 0) await this.#begin();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    let first = 0;
    for (let end = 0; end <= waiting.length; end++) {
      if (end < waiting.length && waiting[end] !== undefined) continue;
      if (end > first) await this.#sink.write(Buffer.from(`${waiting.slice(first, end).join('\n')}\n`));
      first = end + 1;
      if (end === waiting.length) return;
      await this.#sink.end();
      await this.#begin();
    }
  }

  async finish(): Promise<BudgetUse> {
    if (this.#isSkipped) {
      await this.#sink.discard();
      return this.use('skipped');
    }
    await this.flush();
    await this.#sink.end();
    if (this.#removed > 0) return this.use(this.#overflow === 'trim' ? 'trimmed' : 'dropped');
    if (this.#parts > 1) return this.use('sharded');
    return this.use(this.#usedBytes > this.#budget.maxBytes ? 'warned' : 'none');
  }

  use(action: BudgetAction): BudgetUse {
    const isThere = action !== 'skipped' && action !== 'failed';
    return {
      artifact: this.#budget.artifact,
      usedBytes: this.#usedBytes,
      limitBytes: this.#budget.maxBytes,
      action,
      rows: isThere ? this.#rows : 0,
      removedRows: this.#removed,
      parts: isThere ? this.#parts : 0,
    };
  }

  async #begin(): Promise<void> {
    await this.#sink.begin(this.#begun++);
  }
}
