// Reads the messages of a peer or a client within limits: what is too long, or has no length, ends the connection before
// memory is given to it, and what is nested too deep is no message. The framing is LSP's: a Content-Length header, an empty
// line, JSON.

import type { Readable } from 'node:stream';
import { AbstractMessageReader, type DataCallback, type Disposable, type Message } from 'vscode-jsonrpc/node';
import { isDeeper } from '../util/jsonDepth';

/** Levels of a message, itself the first. The deepest of ours is an outline (`query/fileSymbols.ts`). */
export const maxMessageDepth = 100;
const maxHeaderBytes = 256;
const headerEnd = '\r\n\r\n';

/** Nobody can tell where the next message begins, or it is too long: nothing more is read. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/**
 * Tells by `onError` of a `FramingError`, and of each message that is no JSON object or is nested too deep, after which it
 * goes on.
 */
export class BoundedMessageReader extends AbstractMessageReader {
  readonly #stream: Readable;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Length of the message that is being read; undefined while its header is. */
  #expected: number | undefined;

  /** @param maxBytes of one message; a longer one ends the connection */
  constructor(stream: Readable, maxBytes: number) {
    super();
    this.#stream = stream;
    this.#maxBytes = maxBytes;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer): void => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      try {
        for (let body = this.#next(); body !== undefined; body = this.#next()) this.#deliver(body, callback);
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

  /** The text of the next message that is complete. Throws when what came cannot become one. */
  #next(): string | undefined {
    if (this.#expected === undefined) {
      const start = this.#take(this.#size);
      const end = start.indexOf(headerEnd);
      const header = start.toString('latin1', 0, end < 0 ? undefined : Math.min(end, maxHeaderBytes + 1));
      if (header.length > maxHeaderBytes) {
        throw new FramingError(`A message begins with ${header.length} bytes of header.`);
      }
      this.#put(end < 0 ? start : start.subarray(end + headerEnd.length));
      if (end < 0) return undefined;
      const length = Number(/^Content-Length:[ \t]*(\d{1,12})[ \t]*$/im.exec(header)?.[1] ?? NaN);
      if (!(length <= this.#maxBytes)) {
        throw new FramingError(`A message of ${length} bytes; at most ${this.#maxBytes} are read.`);
      }
      this.#expected = length;
    }
    if (this.#size < this.#expected) return undefined;
    const bytes = this.#take(this.#size);
    this.#put(bytes.subarray(this.#expected));
    const text = bytes.toString('utf8', 0, this.#expected);
    this.#expected = undefined;
    return text;
  }

  #deliver(text: string, callback: DataCallback): void {
    try {
      if (isDeeper(text, maxMessageDepth)) {
        throw new SyntaxError(`A message is nested deeper than the ${maxMessageDepth} levels that are read.`);
      }
      const message: unknown = JSON.parse(text);
      if (typeof message !== 'object' || message === null) throw new SyntaxError('A message is no JSON object.');
      callback(message as Message);
    } catch (error) {
      this.fireError(error);
    }
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
