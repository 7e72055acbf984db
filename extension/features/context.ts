// What every feature gets, and the two things that all of them need: commands whose failures are told to the user in one
// place, and context keys for the `when` clauses of package.json.

import {
  CancellationError,
  commands,
  l10n,
  window,
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
} from 'vscode';
import type { Server } from '../client';

export interface FeatureContext {
  readonly extension: ExtensionContext;
  readonly server: Server;
  readonly log: LogOutputChannel;
}

/** Error codes of LSP that mean "nobody wants the answer any more". */
const cancelledCodes: readonly unknown[] = [-32800, -32801, -32802];

/** Registers a command; what its handler throws is reported. */
export function registerCommand<A extends unknown[]>(
  context: FeatureContext,
  id: string,
  handler: (...args: A) => unknown,
): Disposable {
  return commands.registerCommand(id, async (...args: A) => {
    try {
      return await handler(...args);
    } catch (error) {
      await reportError(context, error);
      return undefined;
    }
  });
}

/** The one place where a failure becomes a message: logged, shown once with a way to the log; cancellations are neither. */
export async function reportError({ log }: FeatureContext, error: unknown): Promise<void> {
  if (isCancellation(error)) return;
  const message = messageOf(error);
  log.error(error instanceof Error ? error : message);
  const showLog = l10n.t('Show Log');
  if ((await window.showErrorMessage(message, showLog)) === showLog) log.show();
}

/** What an error says, without the name of the request that it answers. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Request \S+ failed with message: /, '');
}

/** Whether an error only says that a request was cancelled or has become pointless. */
export function isCancellation(error: unknown): boolean {
  if (error instanceof CancellationError) return true;
  return typeof error === 'object' && error !== null && 'code' in error && cancelledCodes.includes(error.code);
}

/** Sets a context key of the `almagest.` family. */
export function setContextKey(key: string, value: string | boolean): void {
  void commands.executeCommand('setContext', `almagest.${key}`, value);
}

/** Calls `run` once, `delayMs` after the first of a series of `trigger` calls. */
export class Throttle implements Disposable {
  readonly #run: () => void;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number, run: () => void) {
    this.#run = run;
    this.#delayMs = delayMs;
  }

  trigger(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#run();
    }, this.#delayMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
