// How work ends because nobody wants it any more: the token that says so, and what is thrown then, which is never
// logged as a failure.

/** The part of a `vscode-jsonrpc` cancellation token that this server uses. */
export interface CancellationToken {
  readonly isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): void };
}

export class CancellationError extends Error {
  constructor() {
    super('cancelled');
    this.name = 'CancellationError';
  }
}

/** The promise's result, unless the token is cancelled first: CancellationError. What the promise does goes on. */
export async function untilCancelled<T>(token: CancellationToken, work: Promise<T>): Promise<T> {
  let registration: { dispose(): void } | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    registration = token.onCancellationRequested(() => reject(new CancellationError()));
    if (token.isCancellationRequested) reject(new CancellationError());
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    registration?.dispose();
    // Whoever lost the race has nobody to hear of its failure any more.
    cancelled.catch(() => undefined);
    work.catch(() => undefined);
  }
}
