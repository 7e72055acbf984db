// `almagest index` and `almagest rebuild`: bring the index of a folder up to date, or make it anew.

import type { RootStatus } from '../protocol';
import type { RootAnswers, UpdateResult } from '../sharing/questions';
import {
  folderPositional,
  indexDirOption,
  jsonOption,
  type Command,
  type CommandContext,
  type OptionSpec,
} from './command';
import { CommandError, ExitCode } from './exitCode';
import { placeOf, withWritableIndex } from './opening';
import { contentTable, workSentence } from './summary';

const buildJson = `indexed, removed   files of this run        bytes      of the indexed files
elapsedMs          of this run              peakRss?   { server, extractors } of whoever did it, in bytes
status             of the index, as "almagest status --json" prints it`;

const threadsOption: OptionSpec = {
  name: 'threads',
  value: 'n',
  help: 'read files on so many threads; one per core, at most 4, if absent',
};

const resolveOption: OptionSpec = {
  name: 'resolve',
  help: 'also resolve and count every reference (stage2), and write the artifacts of the build',
};

export const indexCommand: Command = {
  name: 'index',
  summary: 'Index a folder, or bring its index up to date',
  details:
    'Only files that changed are read. Interrupting loses nothing: the next run goes on from what is indexed.\n' +
    'Ignore files (.gitignore, .ignore) are honoured, symbolic links are not followed, secrets are left out.',
  positionals: [folderPositional],
  options: [threadsOption, resolveOption, indexDirOption, jsonOption],
  examples: [
    ['almagest index', 'index the current folder'],
    ['almagest index ~/src/linux --index-dir /var/tmp/almagest', 'keep the index somewhere else'],
  ],
  json: buildJson,
  run: (context) => build(context, (answers) => answers.ask('update', {}, context.token)),
};

export const rebuildCommand: Command = {
  name: 'rebuild',
  summary: 'Make the whole index of a folder anew',
  details: 'The old facts answer until new ones are there. Without an index it does what "almagest index" does.',
  positionals: [folderPositional],
  options: [threadsOption, resolveOption, indexDirOption, jsonOption],
  examples: [
    ['almagest rebuild', 'read every file of the current folder again'],
    ['almagest rebuild ~/src/project --json', 'the same for another folder, for programs'],
  ],
  json: buildJson,
  run: (context) => build(context, (answers) => answers.ask('rebuild', {}, context.token)),
};

async function build(
  context: CommandContext,
  work: (answers: RootAnswers) => Promise<UpdateResult>,
): Promise<ExitCode> {
  const { output, args } = context;
  const started = performance.now();
  const place = await placeOf(context, args.positionals[0]);
  return withWritableIndex(context, place, async ({ answers, peakRss: extractors }) => {
    const { ok, message, findings: _, ...done } = await work(answers);
    if (answers.status.state === 'corrupted') return ExitCode.failed; // its cause is told by whoever opened it
    report({ ok, message });
    // An owner goes on by itself; what this process has begun ends with it.
    if (answers.status.owner === undefined || args.has('resolve')) await answers.ask('settled', {}, context.token);
    const { status } = answers;
    const elapsedMs = Math.round(performance.now() - started);
    const own = { server: process.resourceUsage().maxRSS * 1024, extractors: extractors() };
    const peakRss = status.owner === undefined ? own : status.lastBuild?.peakRss;
    if (args.has('json')) await output.printJson({ ...done, elapsedMs, peakRss, status });
    else await output.print(`${workSentence(done, elapsedMs, knownFiles(status))}\n${contentTable(status)}`);
    return ExitCode.ok;
  });
}

/** Files that the index knows of, skipped ones too. */
function knownFiles({ counts }: RootStatus): number {
  return Object.values(counts.skipped).reduce((sum, files) => sum + files, counts.files);
}

/** Throws when a command of the index did not do what it was asked for. */
export function report({ ok, message }: { readonly ok: boolean; readonly message: string }): void {
  if (!ok) throw new CommandError(ExitCode.failed, message);
}
