// What the command line tells other programs by its exit code, and the errors that carry one.

/** Exit codes, documented by `almagest help`. */
export const ExitCode = {
  ok: 0,
  /** Nothing was found, or is there to pause, or verification found problems. */
  nothing: 1,
  usage: 2,
  noIndex: 3,
  /** Another process owns the index. */
  inUse: 4,
  /** The index is damaged or cannot be opened, or the command failed. */
  failed: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** One line per exit code, for help. */
export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [ExitCode.ok, 'done, or something was found'],
  [ExitCode.nothing, 'nothing was found or is there to pause, or verification found problems'],
  [ExitCode.usage, 'the command line was not understood'],
  [ExitCode.noIndex, 'there is no index of this folder yet'],
  [ExitCode.inUse, 'another process owns the index, and this command has to write'],
  [ExitCode.failed, 'the index is damaged or could not be opened, or the command failed'],
  [ExitCode.interrupted, 'interrupted (Ctrl+C, SIGTERM)'],
];

/** The name of an exit code, for programs that read JSON: `noIndex`. */
export function exitCodeName(code: ExitCode): string {
  return Object.entries(ExitCode).find(([, each]) => each === code)?.[0] ?? String(code);
}

/** An end of a command that is its user's business: what is wrong and where, what to do about it, how to exit. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    /** What to do; '' when the message says it. */
    readonly advice = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
