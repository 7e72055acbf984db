// Registers handlers that see only what they expect: a request that is wrong is answered with what is wrong with it, a
// notification, which nobody waits for, is left out and logged. So no message of a client can end the server.

import {
  ErrorCodes,
  ResponseError,
  type CancellationToken,
  type Connection,
  type NotificationType,
  type RequestType,
  type RequestType0,
} from 'vscode-languageserver/node';
import { QueryError } from './query/queryError';
import { messageOf } from './util/messageOf';
import { ShapeError, type Shape } from './util/shape';

export class CheckedConnection {
  readonly #connection: Connection;
  #phase: 'new' | 'open' | 'over' = 'new';

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Between these two requests are answered, and notifications heeded. Throws when it was called before. */
  open(): void {
    if (this.#phase !== 'new') throw new ResponseError(ErrorCodes.InvalidRequest, 'The server is initialized already.');
    this.#phase = 'open';
  }

  end(): void {
    this.#phase = 'over';
  }

  onRequest<Given, Result, Fault, Params>(
    type: RequestType<Given, Result, Fault>,
    shape: Shape<Params>,
    handler: (params: Params, token: CancellationToken) => Result | Promise<Result>,
  ): void {
    this.#answer(type.method, (params, token) => handler(shape(params, ''), token));
  }

  /** For a request without parameters; what a client sends as such is left out. */
  onQuestion<Result, Fault>(
    type: RequestType0<Result, Fault>,
    handler: (token: CancellationToken) => Result | Promise<Result>,
  ): void {
    this.#answer(type.method, (_, token) => handler(token));
  }

  onNotification<Given, Params>(
    type: NotificationType<Given>,
    shape: Shape<Params>,
    handler: (params: Params) => void | Promise<void>,
  ): void {
    this.#connection.onNotification(type.method, async (params?: unknown) => {
      if (this.#phase !== 'open') return; // as the protocol wants it
      try {
        await handler(shape(params, ''));
      } catch (error) {
        this.#connection.console.error(`${type.method} is left out: ${messageOf(error)}`);
      }
    });
  }

  #answer<Result>(
    method: string,
    handler: (params: unknown, token: CancellationToken) => Result | Promise<Result>,
  ): void {
    this.#connection.onRequest(method, (...given: readonly unknown[]) => {
      if (this.#phase === 'new') {
        throw new ResponseError(ErrorCodes.ServerNotInitialized, `${method} came before "initialize".`);
      }
      if (this.#phase === 'over') {
        throw new ResponseError(ErrorCodes.InvalidRequest, `${method} came after "shutdown".`);
      }
      // A list is handed over as so many parameters, and the token comes after what there is.
      const params = given.length > 2 ? given.slice(0, -1) : given.length === 2 ? given[0] : undefined;
      return answer(() => handler(params, given.at(-1) as CancellationToken));
    });
  }
}

/** Runs a handler; a mistake of the one who asked is answered as such. */
export async function answer<Result>(run: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ShapeError || error instanceof QueryError) {
      throw new ResponseError(ErrorCodes.InvalidParams, error.message);
    }
    throw error;
  }
}
