// What crosses the pipe between the owner of an index and its clients: a greeting, then the questions by their names,
// pings, and the owner's status. JSON-RPC in LSP's framing; both ends check that the other belongs to the same user.

import type { Socket } from 'node:net';
import {
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { peerUser } from '../../native';
import type { RootStatus } from '../protocol';
import { QueryError, type QueryErrorPart } from '../query/queryError';
import { CancellationError } from '../util/cancellation';
import { messageOf } from '../util/messageOf';
import { flag, number, object, ShapeError, text, type Shape } from '../util/shape';
import type { Root } from '../workspace/roots';
import { BoundedMessageReader } from './framing';
import { OwnerLostError } from './questions';

/** Version of the questions and of this file. Processes of different formats do not talk to each other. */
export const wireFormat = 1;

export const helloMethod = 'hello';
export const pingMethod = 'ping';
export const statusMethod = 'status';
/** From a client, at most once a second: its user is typing. */
export const typingMethod = 'typing';
/** From a client, on each change: whether its user debugs. It ends with the client. */
export const debuggingMethod = 'debugging';

export interface Hello {
  readonly format: number;
  /** As the client spells it. */
  readonly root: Root;
}

const anyText = text();
export const helloShape: Shape<Hello> = object({
  format: number,
  root: object({ uri: anyText, name: anyText, path: anyText, givenPath: anyText }),
});

export const debuggingShape = object({ debugging: flag });

export interface Welcome {
  readonly format: number;
  /** Process id and version of the owner. */
  readonly pid: number;
  readonly version: string;
  readonly status: RootStatus;
}

/** Of a question: room for the text of an editor. */
export const maxQuestionBytes = 64 << 20;
/** Of an answer: as long as a string can be. */
export const maxAnswerBytes = 511 << 20;

/** LSP's code for a request that its sender cancelled. */
const requestCancelled = -32800;

/** Speaks JSON-RPC over a socket. Whoever calls it calls `listen`, and disposes it when the socket is closed. */
export function speak(socket: Socket, maxBytes: number): MessageConnection {
  return createMessageConnection(new BoundedMessageReader(socket, maxBytes), new StreamMessageWriter(socket));
}

/**
 * Whether the process at the other end belongs to this user. Where neither Node nor the system tells, the folder that
 * nobody else can enter has to do.
 */
export function isOurs(socket: Socket): boolean {
  const { fd } = (socket as unknown as { readonly _handle?: { readonly fd?: number } })._handle ?? {};
  if (process.getuid === undefined || fd === undefined || fd < 0) return true;
  const user = peerUser(fd);
  return user === undefined || user === process.getuid();
}

/** An error as it crosses the pipe. */
export function toWireError(error: unknown): ResponseError<unknown> {
  const message = messageOf(error);
  if (error instanceof QueryError) return new ResponseError(ErrorCodes.InvalidParams, message, { part: error.part });
  if (error instanceof ShapeError) return new ResponseError(ErrorCodes.InvalidParams, message);
  if (error instanceof CancellationError) return new ResponseError(requestCancelled, message);
  return new ResponseError(ErrorCodes.InternalError, message);
}

/** The connection ended before the answer came, or before the question was written. */
const losses: ReadonlySet<number> = new Set([ErrorCodes.PendingResponseRejected, ErrorCodes.MessageWriteError]);

/** What an error that crossed the pipe, or hindered it, means to whoever asked. */
export function fromWireError(error: unknown, lost: string): Error {
  if (!(error instanceof ResponseError)) return new OwnerLostError(lost, { cause: error });
  const { code, message } = error;
  const { part } = (error.data ?? {}) as { readonly part?: QueryErrorPart };
  if (part !== undefined) return new QueryError(part, message);
  if (code === requestCancelled) return new CancellationError();
  return losses.has(code) ? new OwnerLostError(lost) : new Error(message);
}
