import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { Message } from 'vscode-jsonrpc/node';
import { BoundedMessageReader, maxMessageDepth } from '../../../server/sharing/framing';

interface Read {
  readonly messages: readonly Message[];
  readonly errors: readonly string[];
  /** Whether the reader hung up. */
  readonly ended: boolean;
}

describe('messages of a peer', () => {
  /** What a reader with room for `maxBytes` makes of some bytes, given in pieces of `step`. */
  function read(bytes: Buffer, maxBytes = 100, step = bytes.length): Read {
    const stream = new PassThrough();
    const reader = new BoundedMessageReader(stream, maxBytes);
    const messages: Message[] = [];
    const errors: string[] = [];
    reader.onError((error) => errors.push(error.message));
    reader.listen((message) => messages.push(message));
    for (let at = 0; at < bytes.length; at += step) stream.emit('data', bytes.subarray(at, at + step));
    return { messages, errors, ended: stream.destroyed };
  }

  function framed(text: string): Buffer {
    return Buffer.from(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  it('are read whole, however they are cut', () => {
    const bytes = Buffer.concat([framed('{"jsonrpc":"2.0","id":1}'), framed('{"text":"ä→🜨"}')]);
    for (let step = 1; step <= bytes.length; step++) {
      const { messages, errors } = read(bytes, 100, step);
      assert.deepEqual([messages, errors], [[{ jsonrpc: '2.0', id: 1 }, { text: 'ä→🜨' }], []]);
    }
  });

  it('may be as long as allowed and no longer, and are refused by their header alone', () => {
    const longest = `{"a":"${'x'.repeat(92)}"}`;
    assert.equal(read(framed(longest)).messages.length, 1);
    assert.deepEqual(read(framed(` ${longest}`)).errors, ['A message of 101 bytes; at most 100 are read.']);
    for (const length of ['999999999999', '9'.repeat(13), '-1', '1e3', '0x10', '']) {
      const { errors, ended } = read(Buffer.from(`Content-Length: ${length}\r\n\r\n`));
      assert.match(errors[0] ?? '', /^A message of \S+ bytes; /);
      assert.ok(ended);
    }
  });

  it('end the connection where nobody can tell what comes next', () => {
    const { errors, ended } = read(Buffer.alloc(4096, 'GET / '));
    assert.match(errors[0] ?? '', /^A message begins with \d+ bytes of header\.$/);
    assert.ok(ended);
  });

  it('are nested as deep as allowed and no deeper', () => {
    const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    assert.equal(read(framed(nested(maxMessageDepth)), 1000).messages.length, 1);
    const { messages, errors } = read(Buffer.concat([framed(nested(maxMessageDepth + 1)), framed('{"id":1}')]), 1000);
    assert.deepEqual(messages, [{ id: 1 }]);
    assert.deepEqual(errors, ['A message is nested deeper than the 100 levels that are read.']);
  });

  it('may be none, and the next one is read', () => {
    for (const text of ['{"a":', 'null', '7', '']) {
      const { messages, errors, ended } = read(Buffer.concat([framed(text), framed('{"id":1}')]));
      assert.deepEqual([messages, errors.length, ended], [[{ id: 1 }], 1, false], text);
    }
  });
});
