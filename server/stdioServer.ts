// The language server over this process's standard input and output. It ends with its client, and over bytes that cannot
// become messages; it knows nothing of the editor's own way, ipc.

import {
  createConnection,
  ErrorCodes,
  ProposedFeatures,
  StreamMessageWriter,
  type ResponseMessage,
} from 'vscode-languageserver/node';
import { startServer, type ServerOptions } from './server';
import { BoundedMessageReader, FramingError } from './sharing/framing';

/** Of one message: the text of an open editor is the longest that there is. */
const maxMessageBytes = 64 << 20;

/**
 * Resolves with the exit code of the process when the client has gone: 0 after its `shutdown`, else 1, as LSP has it. After
 * its `exit` the process ends by itself.
 */
export function serveStdio(options: ServerOptions): Promise<0 | 1> {
  const reader = new BoundedMessageReader(process.stdin, maxMessageBytes);
  const writer = new StreamMessageWriter(process.stdout);
  let asked = false;
  const ended = new Promise<0 | 1>((resolve) => {
    process.stdin.once('end', () => resolve(asked ? 0 : 1)).once('close', () => resolve(asked ? 0 : 1));
    reader.onError((error) => {
      process.stderr.write(`almagest: what came over standard input is left out: ${error.message}\n`);
      if (error instanceof FramingError) resolve(1);
      else void writer.write(answerToNobody(error.message));
    });
  });
  startServer(createConnection(ProposedFeatures.all, reader, writer), { ...options, onShutdown: () => (asked = true) });
  return ended;
}

/** JSON-RPC's answer to what is no message: whose it was cannot be told. */
function answerToNobody(message: string): ResponseMessage {
  return { jsonrpc: '2.0', id: null, error: { code: ErrorCodes.ParseError, message } };
}
