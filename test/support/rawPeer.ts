// The other end of a connection that believes in nothing: sends any text as parameters, and whole messages of any bytes.

import type { Readable, Writable } from 'node:stream';
import { StreamMessageReader, type Message } from 'vscode-jsonrpc/node';

/** What came back for a request. */
export interface RawAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

export class RawPeer {
  readonly #output: Writable;
  readonly #waiting = new Map<number, (answer: RawAnswer) => void>();
  #last = 0;
  /** What came for nobody: answers to what was no message. */
  readonly unasked: Message[] = [];
  /** Resolves when the other end has closed the connection. */
  readonly closed: Promise<void>;

  constructor(input: Readable, output: Writable) {
    this.#output = output;
    output.on('error', () => undefined); // whoever hangs up tells so by `closed`
    const reader = new StreamMessageReader(input);
    this.closed = new Promise((resolve) => reader.onClose(resolve));
    reader.listen((message: Message) => {
      const { id } = message as { readonly id?: unknown };
      if (id === null) this.unasked.push(message);
      if (typeof id !== 'number' || 'method' in message) return;
      this.#waiting.get(id)?.(message as RawAnswer);
      this.#waiting.delete(id);
    });
  }

  /** `params` is JSON, or empty for none. Rejects when no answer comes in a time in which anything is answered. */
  request(method: string, params: string, patienceMs = 60_000): Promise<RawAnswer> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const shown = `${method} ${params.slice(0, 200)}`;
      const timer = setTimeout(() => reject(new Error(`no answer to ${shown}`)), patienceMs);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#send(`"id":${id},`, method, params);
    });
  }

  notify(method: string, params: string): void {
    this.#send('', method, params);
  }

  /** Anything at all. */
  write(bytes: string): void {
    this.#output.write(bytes);
  }

  #send(id: string, method: string, params: string): void {
    const given = params === '' ? '' : `,"params":${params}`;
    const body = `{"jsonrpc":"2.0",${id}"method":${JSON.stringify(method)}${given}}`;
    this.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }
}
