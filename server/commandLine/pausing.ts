// `almagest pause` and `resume`: tell the process that owns an index to leave it alone for a while, and to go on. Without
// such a process there is nothing that could be paused: commands work while they run, and end.

import { folderPositional, indexDirOption, jsonOption, type Command, type CommandContext } from './command';
import { CommandError, ExitCode } from './exitCode';
import { report } from './indexing';
import { findOwner, placeOf, requireIndex } from './opening';

const options = [indexDirOption, jsonOption];
const json = 'ok         true\nmessage    what was done, one sentence\nowner      process that was told';

export const pauseCommand: Command = {
  name: 'pause',
  summary: 'Let the process that keeps an index up to date wait',
  details: 'Answers go on, from what is indexed. It lasts until "almagest resume" or until that process ends.',
  positionals: [folderPositional],
  options,
  examples: [['almagest pause', 'before a long build, say; "almagest resume" after it']],
  json,
  run: (context) => tellOwner(context, 'pause'),
};

export const resumeCommand: Command = {
  name: 'resume',
  summary: 'Let it go on after "almagest pause"',
  details: 'What changed meanwhile is found by a scan.',
  positionals: [folderPositional],
  options,
  examples: [['almagest resume', 'go on with the index of the current folder']],
  json,
  run: (context) => tellOwner(context, 'resume'),
};

async function tellOwner(context: CommandContext, command: 'pause' | 'resume'): Promise<ExitCode> {
  const { args, output, token } = context;
  const place = await placeOf(context, args.positionals[0]);
  requireIndex(place);
  const { path } = place.root;
  const found = await findOwner(place);
  if (found.kind === 'nobody') {
    const message = `No process keeps the index of ${path} up to date, so there is nothing to ${command}.`;
    throw new CommandError(ExitCode.nothing, message, 'An editor that has the folder open would.');
  }
  if (found.kind === 'unanswered') {
    const message = `The index of ${path} has an owner that cannot be told to ${command}: ${found.reason}.`;
    throw new CommandError(ExitCode.inUse, message, 'Wait for that process or end it.');
  }
  const { remote } = found;
  try {
    const result = await remote.ask(command, {}, token);
    report(result);
    if (args.has('json')) await output.printJson({ ok: true, message: result.message, owner: remote.pid });
    else await output.print(`${result.message}\n`);
    return ExitCode.ok;
  } finally {
    await remote.close();
  }
}
