// What is thrown when work ends because nobody wants it any more. Never logged as a failure.

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
