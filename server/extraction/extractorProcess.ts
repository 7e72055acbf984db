// The server's end of one extractor process: starts it, speaks with it, notices that it fell silent, and says how it
// ended. It knows nothing of jobs.

import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ExtractorReply, ExtractorRequest, LastWords } from './messages';

export interface ExtractorProcessEvents {
  log(line: string): void;
  onReply(reply: Exclude<ExtractorReply, LastWords | { readonly kind: 'ready' }>): void;
  /** Called once, after the last reply. */
  onExit(exit: ExtractorExit): void;
}

/** How a process ended. */
export interface ExtractorExit {
  /** Whether it ever got as far as being ready. */
  readonly started: boolean;
  /** One sentence. */
  readonly how: string;
  readonly words?: LastWords;
}

/** Seconds without a sign of life, while there is work, after which a process is killed. It gives one each second. */
const silenceLimit = 15;

/** Lines of the process's output that are quoted when it could not start. */
const quotedLines = 15;

export class ExtractorProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #lastLines: string[] = [];
  #words: LastWords | undefined;
  #started = false;
  #failure = '';
  #open = 0;
  #silentSeconds = 0;

  constructor(entry: string, memoryLimit: number, events: ExtractorProcessEvents) {
    this.#child = fork(entry, [String(memoryLimit)], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Not the server's own: a debugger port can be opened once. The room for new objects would grow for as long as
      // there is work, to no advantage: what a batch leaves dies with it.
      execArgv: ['--expose-gc', '--max-semi-space-size=4'],
      // What one file frees the next ones take: giving it back between them costs a tenth of the time. A batch takes a few
      // of these times, and begins with its largest file.
      env: { ...process.env, MIMALLOC_PURGE_DELAY: '200' },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#onLine(line, events));
    }
    this.#child.on('message', (reply: ExtractorReply) => this.#onReply(reply, events));
    this.#child.on('error', (error) => (this.#failure = error.message));
    const watch = setInterval(() => this.#tick(), 1000).unref();
    // 'close' comes after 'exit', when all output and messages have been read; it also comes when the start failed.
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        clearInterval(watch);
        const words = this.#words === undefined ? {} : { words: this.#words };
        events.onExit({ started: this.#started, how: this.#describeExit(code, signal), ...words });
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Messages to a process that has just died are lost; its exit tells. */
  send(request: ExtractorRequest): void {
    if (request.kind === 'extract') this.#open++;
    if (this.#child.connected) this.#child.send(request, () => undefined);
  }

  /** Kills the process; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #onReply(reply: ExtractorReply, events: ExtractorProcessEvents): void {
    this.#silentSeconds = 0;
    switch (reply.kind) {
      case 'ready':
        this.#started = true;
        break;
      case 'dying':
        this.#words = reply;
        break;
      case 'alive':
        events.onReply(reply);
        break;
      case 'done':
      case 'cancelled':
      case 'refused':
        this.#open--;
        events.onReply(reply);
        break;
    }
  }

  /** Counts seconds of our own clock that did tick, so that a suspended machine is not taken for silence. */
  #tick(): void {
    if (this.#open === 0) return void (this.#silentSeconds = 0);
    if (++this.#silentSeconds <= silenceLimit) return;
    this.#failure = `it gave no sign of life for ${silenceLimit} s`;
    this.#child.kill('SIGKILL');
  }

  #onLine(line: string, events: ExtractorProcessEvents): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > quotedLines) this.#lastLines.shift();
    events.log(`extractor: ${line}`);
  }

  #describeExit(code: number | null, signal: NodeJS.Signals | null): string {
    const status = signal === null ? `exit code ${code}` : `signal ${signal}`;
    if (!this.#started) {
      const said = [this.#failure, ...this.#lastLines].filter((line) => line !== '').join('\n');
      return `The extractor could not start (${status}). ${said || 'It said nothing.'}`;
    }
    return this.#words?.detail ?? (this.#failure || `it ended with ${status}`);
  }
}
