// Reads the messages of a peer within limits: what is too long, or no message at all, ends the connection before memory
// is given to it. The framing is LSP's: a Content-Length header, an empty line, JSON.

import type { Duplex } from 'node:stream';
import { AbstractMessageReader, type DataCallback, type Disposable, type Message } from 'vscode-jsonrpc/node';

const maxHeaderBytes = 256;
const headerEnd = '\r\n\r\n';

export class BoundedMessageReader extends AbstractMessageReader {
  readonly #stream: Duplex;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Length of the message that is being read; undefined while its header is. */
  #expected: number | undefined;

  /** @param maxBytes of one message; a longer one ends the connection */
  constructor(stream: Duplex, maxBytes: number) {
    super();
    this.#stream = stream;
    this.#maxBytes = maxBytes;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer): void => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      try {
        for (let message = this.#next(); message !== undefined; message = this.#next()) callback(message);
      } catch (error) {
        this.#chunks = [];
        this.#stream.destroy();
        this.fireError(error);
      }
    };
    const onClose = (): void => this.fireClose();
    this.#stream.on('data', onData).on('close', onClose);
    return { dispose: () => void this.#stream.off('data', onData).off('close', onClose) };
  }

  /** The next message that is complete. Throws when what came cannot become one. */
  #next(): Message | undefined {
    if (this.#expected === undefined) {
      const start = this.#take(this.#size);
      const end = start.indexOf(headerEnd);
      const header = start.toString('latin1', 0, end < 0 ? undefined : Math.min(end, maxHeaderBytes + 1));
      if (header.length > maxHeaderBytes) throw new Error(`A message begins with ${header.length} bytes of header.`);
      this.#put(end < 0 ? start : start.subarray(end + headerEnd.length));
      if (end < 0) return undefined;
      const length = Number(/^Content-Length: (\d{1,12})$/im.exec(header)?.[1] ?? NaN);
      if (!(length <= this.#maxBytes))
        throw new Error(`A message of ${length} bytes; at most ${this.#maxBytes} are read.`);
      this.#expected = length;
    }
    if (this.#size < this.#expected) return undefined;
    const bytes = this.#take(this.#size);
    this.#put(bytes.subarray(this.#expected));
    const message: unknown = JSON.parse(bytes.toString('utf8', 0, this.#expected));
    this.#expected = undefined;
    if (typeof message !== 'object' || message === null) throw new Error('A message is no JSON object.');
    return message as Message;
  }

  #take(size: number): Buffer {
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, size);
    this.#chunks = [];
    this.#size = 0;
    return bytes;
  }

  #put(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#chunks.push(rest);
    this.#size += rest.length;
  }
}
