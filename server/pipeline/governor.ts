// Decides when bulk work makes room for the user: while they type, debug or run on battery. It is told of what happens and
// looks at the power supply only when something does, so nothing polls. What making room means is its owner's choice.

import type { SlowReason } from '../model/schedulerStats';
import type { CancellationToken } from '../util/cancellation';

export interface GovernorOptions {
  /** Whether the machine runs on its battery now. */
  readonly isOnBattery: () => Promise<boolean>;
  /** Bulk work has to make room, for a reason, or need not any more. */
  readonly onDidChange: (reason: SlowReason | undefined) => void;
  /** Pause after the last change of a text that ends typing, ms; 2 seconds if absent. */
  readonly typingMs?: number;
}

/** What the editor says of its user. */
export interface Activity {
  /** Its window has the focus. */
  readonly focused: boolean;
  readonly debugging: boolean;
}

/** While work goes on, the power supply is looked at again after so long, ms. */
const powerMs = 10_000;

export class Governor {
  readonly #options: GovernorOptions;
  #typing: NodeJS.Timeout | undefined;
  /** The windows in which something is debugged; this object stands for the window of this process. */
  readonly #debugging = new Set<object>();
  #onBattery = false;
  #powerKnownAt = -Infinity;
  #reason: SlowReason | undefined;
  #waiters: (() => void)[] = [];

  constructor(options: GovernorOptions) {
    this.#options = options;
  }

  /** Why bulk work makes room now; undefined when it need not. */
  get reason(): SlowReason | undefined {
    return this.#reason;
  }

  /** A text changed in the editor. */
  noteTyping(): void {
    if (this.#typing !== undefined) return void this.#typing.refresh();
    this.#typing = setTimeout(() => this.#endTyping(), this.#options.typingMs ?? 2000).unref();
    this.#update();
  }

  /** A window without focus is not typed in; what is debugged in it may have the focus itself. */
  noteActivity({ focused, debugging }: Activity): void {
    this.noteDebugging(this, debugging);
    if (!focused) this.#endTyping();
    this.#powerKnownAt = -Infinity;
    this.noteWork();
  }

  /** Something is debugged in a window, until it is not any more. */
  noteDebugging(window: object, debugging: boolean): void {
    if (debugging) this.#debugging.add(window);
    else this.#debugging.delete(window);
    this.#update();
  }

  /** Work is going on: it matters what feeds the machine. */
  noteWork(): void {
    const now = performance.now();
    if (now - this.#powerKnownAt < powerMs) return;
    this.#powerKnownAt = now;
    void this.#options.isOnBattery().then((onBattery) => {
      this.#onBattery = onBattery;
      this.#update();
    });
  }

  /** Resolves when the user neither types nor debugs, or the token is cancelled: until then, what nobody waits for waits. */
  async quiet(token: CancellationToken): Promise<void> {
    const registration = token.onCancellationRequested(() => this.#wake());
    while (!token.isCancellationRequested && (this.#reason === 'typing' || this.#reason === 'debugging')) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    registration.dispose();
  }

  /** Whoever waits goes on. */
  dispose(): void {
    this.#debugging.clear();
    this.#endTyping();
  }

  #endTyping(): void {
    clearTimeout(this.#typing);
    this.#typing = undefined;
    this.#update();
  }

  #update(): void {
    const reason =
      this.#typing !== undefined
        ? 'typing'
        : this.#debugging.size > 0
          ? 'debugging'
          : this.#onBattery
            ? 'battery'
            : undefined;
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#wake();
    this.#options.onDidChange(reason);
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
