// Entry of the command line, `almagest`: connects it with the terminal and with signals. What it can do stands in
// commandLine/.

import { createInterface } from 'node:readline/promises';
import { version } from '../package.json';
import { ExitCode } from './commandLine/exitCode';
import { Output } from './commandLine/output';
import { runCommandLine } from './commandLine/run';
import { CancelSource } from './util/cancelSource';

process.umask(0o077); // an index holds the text of the workspace: nobody else reads it

const cancel = new CancelSource();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first time everything is closed in order; who insists may go: what is acknowledged is safe.
    if (cancel.token.isCancellationRequested) process.exit(ExitCode.interrupted);
    cancel.cancel();
  });
}

/** Answered with "y" or "yes"; Ctrl+C and Ctrl+D mean no. */
async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return /^y(es)?$/i.test((await Promise.race([terminal.question(`${question} [y/N] `), closed])).trim());
  } finally {
    terminal.close();
  }
}

void runCommandLine(process.argv.slice(2), {
  output: new Output(process.stdout, process.stderr, process.env),
  token: cancel.token,
  workingFolder: process.cwd(),
  programs: __dirname,
  version,
  ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
}).then((code) => process.exit(code));
