// Finds the command that is meant, runs it and turns its end, good or bad, into an exit code and words.

import { QueryError } from '../query/queryError';
import { StoreError } from '../store/errors';
import { CancellationError } from '../util/cancellation';
import { messageOf } from '../util/messageOf';
import { nearest } from '../util/nearest';
import { parseArguments, usage } from './arguments';
import { auditCommand } from './audit';
import type { Command, CommandContext } from './command';
import { dumpCommand } from './dump';
import { CommandError, ExitCode, exitCodeName } from './exitCode';
import { explainCommand } from './explain';
import { exportCommand } from './export';
import { commandHelp, generalHelp } from './help';
import { indexCommand, rebuildCommand } from './indexing';
import { OutputClosedError, type Output } from './output';
import { pauseCommand, resumeCommand } from './pausing';
import { searchCommand } from './search';
import { lspCommand } from './serve';
import { sqlCommand } from './sql';
import { statusCommand } from './status';
import { symbolsCommand } from './symbols';
import { clearCommand, repairCommand, verifyCommand } from './upkeep';

export const commands: readonly Command[] = [
  indexCommand,
  statusCommand,
  searchCommand,
  symbolsCommand,
  explainCommand,
  sqlCommand,
  auditCommand,
  dumpCommand,
  exportCommand,
  verifyCommand,
  repairCommand,
  rebuildCommand,
  clearCommand,
  pauseCommand,
  resumeCommand,
  lspCommand,
];

/** Runs `almagest <args>`. Resolves, never rejects, with the exit code, when everything is written and closed. */
export async function runCommandLine(
  args: readonly string[],
  context: Omit<CommandContext, 'args'>,
): Promise<ExitCode> {
  try {
    return await runCommand(args, context);
  } catch (error) {
    if (error instanceof OutputClosedError) return ExitCode.ok;
    const isInterrupted = error instanceof CancellationError || context.token.isCancellationRequested;
    const failure = isInterrupted ? interrupted : describe(error);
    try {
      await tell(failure, context.output, isGiven('--json', args));
      if (!isInterrupted && isGiven('--verbose', args)) await tellStacks(error, context.output);
    } catch (unheard) {
      if (!(unheard instanceof OutputClosedError)) await context.output.note(`almagest: ${messageOf(unheard)}`);
    }
    return failure.exitCode;
  }
}

type Failure = Pick<CommandError, 'exitCode' | 'message' | 'advice'>;

const interrupted: Failure = {
  exitCode: ExitCode.interrupted,
  message: 'interrupted; what was indexed so far stays.',
  advice: '',
};

/** Whether a switch was given, also on a command line that was not understood. */
function isGiven(option: string, args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes(option);
}

async function runCommand(args: readonly string[], context: Omit<CommandContext, 'args'>): Promise<ExitCode> {
  const { output, version } = context;
  const [name, ...rest] = args;
  if (name === undefined) {
    await output.note(generalHelp(commands, version).trimEnd());
    return ExitCode.usage;
  }
  if (name === '--version') {
    await output.print(`${version}\n`);
    return ExitCode.ok;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    const [about] = rest;
    await output.print(about === undefined ? generalHelp(commands, version) : commandHelp(findCommand(about)));
    return ExitCode.ok;
  }
  const command = findCommand(name);
  const parsed = parseArguments(command, rest);
  if (parsed.has('help')) {
    await output.print(commandHelp(command));
    return ExitCode.ok;
  }
  return command.run({ ...context, args: parsed });
}

/** Throws a usage error, with the command that was probably meant. */
function findCommand(name: string): Command {
  const command = commands.find((each) => each.name === name);
  if (command !== undefined) return command;
  if (name.startsWith('-')) throw usage(`The command comes first, not ${name}.`, 'See "almagest help".');
  const meant = nearest(name, [...commands.map((each) => each.name), 'help']);
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  throw usage(`There is no command "${name}".${hint}`, '"almagest help" lists the commands.');
}

/** For people on standard error, and for programs that asked for JSON on standard output, unless a part is there already. */
async function tell({ exitCode, message, advice }: Failure, output: Output, json: boolean): Promise<void> {
  await output.note(`almagest: ${message}`);
  if (advice !== '') await output.note(`  ${advice}`);
  if (!json || output.hasPrinted) return;
  const error = { code: exitCodeName(exitCode), message, ...(advice === '' ? {} : { advice }) };
  await output.printJson({ error });
}

async function tellStacks(error: unknown, output: Output): Promise<void> {
  for (let at = error; at instanceof Error; at = at.cause) await output.note(at.stack ?? at.message);
}

function describe(error: unknown): Failure {
  if (error instanceof CommandError) return error;
  if (error instanceof QueryError) return { exitCode: ExitCode.usage, message: error.message, advice: '' };
  if (error instanceof StoreError) {
    const exitCode = error.code === 'ERR_LOCKED' ? ExitCode.inUse : ExitCode.failed;
    return { exitCode, message: error.message, advice: '' };
  }
  const message = messageOf(error);
  return { exitCode: ExitCode.failed, message, advice: 'Run it again with --verbose to see where this comes from.' };
}
