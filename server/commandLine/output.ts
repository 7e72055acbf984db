// Where a command writes: results to standard output, everything else to standard error. Colours and live lines only
// where a person looks at them. A reader that closes the pipe early ends the command, quietly.

import { visible, visibleJson, visibleLines } from './format';

/** Thrown by writes when nobody reads any more (`almagest dump | head`). */
export class OutputClosedError extends Error {
  constructor() {
    super('the reader of the output is gone');
    this.name = 'OutputClosedError';
  }
}

/** The part of a stream that is used. */
export interface TextStream {
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
  on(event: 'error', listener: () => void): unknown;
  write(text: string, done: (error?: Error | null) => void): boolean;
}

const colours = { red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36, bold: 1, dim: 2, match: '1;31' } as const;
export type Style = keyof typeof colours;

export class Output {
  readonly #out: TextStream;
  readonly #err: TextStream;
  readonly #colour: boolean;
  #hasPrinted = false;

  /** Colours need a terminal and an environment without NO_COLOR (no-color.org) and with a TERM that knows them. */
  constructor(out: TextStream, err: TextStream, env: NodeJS.ProcessEnv) {
    this.#out = out;
    this.#err = err;
    this.#colour = out.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
    // Failures reach the writer through the callback of its write; without a listener they would also end the process.
    for (const stream of [out, err]) stream.on('error', () => undefined);
  }

  /** Whether a person sees standard output. */
  get isTerminal(): boolean {
    return this.#out.isTTY === true;
  }

  /** Whether anything was written to standard output. */
  get hasPrinted(): boolean {
    return this.#hasPrinted;
  }

  /** Whether a line on standard error can be redrawn, and its width in columns; undefined: it cannot. */
  get liveColumns(): number | undefined {
    return this.#err.isTTY === true ? (this.#err.columns ?? 80) : undefined;
  }

  /**
   * Writes to standard output; resolves when the operating system has it.
   * @throws OutputClosedError when nobody reads any more
   */
  print(text: string): Promise<void> {
    this.#hasPrinted = true;
    // Whatever was forgotten on the way here reaches no terminal raw.
    return write(this.#out, this.isTerminal ? visibleLines(text) : text);
  }

  /** Writes one object as JSON. */
  printJson(value: unknown): Promise<void> {
    const json = JSON.stringify(value, undefined, this.isTerminal ? 2 : 0);
    return this.print(`${this.isTerminal ? visibleJson(json) : json}\n`);
  }

  /** Writes a line to standard error. */
  async note(line: string): Promise<void> {
    await this.draw(`${this.#err.isTTY === true ? visibleLines(line) : line}\n`);
  }

  /** Writes to standard error as it is. That nobody reads it is no reason to stop. */
  async draw(text: string): Promise<void> {
    try {
      await write(this.#err, text);
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error;
    }
  }

  /** The text in a style, where a terminal shows it. */
  style(style: Style, text: string): string {
    return this.#colour ? `\x1b[${colours[style]}m${text}\x1b[0m` : text;
  }

  /** Names and contents of files: as they are for programs, harmless for terminals. */
  foreign(text: string): string {
    return this.isTerminal ? visible(text) : text;
  }
}

function write(stream: TextStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === undefined || error === null) return resolve();
      const code = 'code' in error ? error.code : undefined;
      const isGone = code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
      reject(
        isGone ? new OutputClosedError() : new Error(`Writing the output failed: ${error.message}`, { cause: error }),
      );
    });
  });
}
