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
import { CommandError, ExitCode } from './exitCode';
import { explainCommand } from './explain';
import { exportCommand } from './export';
import { commandHelp, generalHelp } from './help';
import { indexCommand, rebuildCommand } from './indexing';
import { OutputClosedError } from './output';
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
    if (error instanceof CancellationError || context.token.isCancellationRequested) {
      await context.output.note('almagest: interrupted; what was indexed so far stays.');
      return ExitCode.interrupted;
    }
    return explainFailure(error, context, args.includes('--verbose'));
  }
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

async function explainFailure(
  error: unknown,
  { output }: Pick<CommandContext, 'output'>,
  verbose: boolean,
): Promise<ExitCode> {
  const { exitCode, message, advice } = describe(error);
  await output.note(`almagest: ${message}`);
  if (advice !== '') await output.note(`  ${advice}`);
  for (let at = error; verbose && at instanceof Error; at = at.cause) await output.note(at.stack ?? at.message);
  return exitCode;
}

function describe(error: unknown): Pick<CommandError, 'exitCode' | 'message' | 'advice'> {
  if (error instanceof CommandError) return error;
  if (error instanceof QueryError) return { exitCode: ExitCode.usage, message: error.message, advice: '' };
  if (error instanceof StoreError) {
    const exitCode = error.code === 'ERR_LOCKED' ? ExitCode.inUse : ExitCode.failed;
    return { exitCode, message: error.message, advice: '' };
  }
  const message = messageOf(error);
  return { exitCode: ExitCode.failed, message, advice: 'Run it again with --verbose to see where this comes from.' };
}
