// `almagest export`: the artifacts of an index, for other programs.

import { resolve } from 'node:path';
import type { ArtifactsResult } from '../export/artifacts/writeArtifacts';
import {
  artifactNames,
  overflows,
  resolveByteBudgets,
  ByteBudgetSettingError,
  warningOf,
  type ArtifactName,
  type BudgetName,
  type ByteBudget,
} from '../model/byteBudget';
import { byteText } from '../model/byteText';
import { count, counted } from '../util/counted';
import { usage, type ParsedArguments } from './arguments';
import { folderPositional, indexDirOption, jsonOption, type Command } from './command';
import { CommandError, ExitCode } from './exitCode';
import { table } from './format';
import { placeOf, withReadableIndex } from './opening';
import { ProgressBar } from './progressBar';

export const exportCommand: Command = {
  name: 'export',
  summary: 'Write what is known of a folder, and what follows from it, as files of JSON lines',
  details:
    `Artifacts: ${artifactNames.slice(0, 6).join(', ')},\n${artifactNames.slice(6).join(', ')}.\n` +
    'manifest.json names the files of each with rows, bytes and BLAKE3, and schema.json describes the rows.\n' +
    'Equal folders give equal bytes. The result is switched into place when it is whole.',
  positionals: [folderPositional],
  options: [
    { name: 'out', value: 'folder', help: 'where to (default: artifacts, in the folder of the index)' },
    { name: 'artifact', value: 'name', many: true, help: 'only this artifact' },
    {
      name: 'budget',
      value: 'budget',
      many: true,
      help: `artifact=bytes[:overflow]: bytes of it, or of one part of it, and what to do\nbeyond: ${overflows.join(', ')}; stage2=bytes: of all together`,
    },
    { name: 'strict', help: 'fail where a budget is exceeded' },
    indexDirOption,
    jsonOption,
  ],
  examples: [
    ['almagest export --out /tmp/artifacts', 'all artifacts of the current folder'],
    ['almagest export --artifact symbol_edges --artifact call_sites', 'two of them'],
    ['almagest export --budget symbol_edges=1048576:trim', 'the first MiB of the edges'],
  ],
  json: `out         folder of the artifacts           files   that they tell of
artifacts   [{ name, order, rows, bytes, removedRows, action, parts }]
budgets     [{ artifact, usedBytes, limitBytes, action, rows, removedRows, parts }]
unreadTexts files that changed since they were indexed, which are not in token_postings`,
  async run(context) {
    const { args, output, token } = context;
    const artifacts = args.list('artifact').map(artifactOf);
    const budgets = budgetsOf(args);
    const given = args.text('out');
    const out = given === undefined ? {} : { out: resolve(context.workingFolder, given) };
    const place = await placeOf(context, args.positionals[0]);
    return withReadableIndex(context, place, async (answers) => {
      const bar = new ProgressBar(output, () => answers.status.progress);
      try {
        const result = await answers.ask('export', { ...out, artifacts, budgets }, token);
        await bar.dispose();
        if ('refusal' in result) throw new CommandError(ExitCode.failed, result.refusal);
        for (const use of result.budgets) {
          const warning = warningOf(use);
          if (warning !== undefined) await output.note(`almagest: ${warning}`);
        }
        await (args.has('json') ? output.printJson(result) : output.print(textOf(result)));
        return ExitCode.ok;
      } finally {
        await bar.dispose();
      }
    });
  },
};

function textOf({ out, artifacts, unreadTexts }: ArtifactsResult): string {
  const rows = artifacts.map(
    ({ name, rows: written, bytes: size, parts, action, removedRows }) =>
      [
        name,
        `${counted(written, 'row')}, ${byteText(size)} in ${counted(parts.length, 'part')}` +
          (action === 'none' ? '' : `  (${action}${removedRows > 0 ? `, ${count(removedRows)} rows left out` : ''})`),
      ] as const,
  );
  const unread =
    unreadTexts === 0 ? '' : `${counted(unreadTexts, 'file')} changed since and left out of token_postings\n`;
  return `${table(rows)}${unread}Written to ${out}\n`;
}

function artifactOf(name: string): ArtifactName {
  const found = artifactNames.find((each) => each === name);
  if (found === undefined) throw usage(`There is no artifact "${name}".`, `There are ${artifactNames.join(', ')}.`);
  return found;
}

function budgetsOf(args: ParsedArguments): Readonly<Record<BudgetName, ByteBudget>> {
  const byteBudgets = Object.fromEntries(
    args.list('budget').map((text) => {
      const [, name, size = '', overflow] = /^(\w+)=(\d+|auto|maxJsonBytes)(?::(\w+))?$/.exec(text) ?? [];
      const isOverflow = overflow === undefined || [...overflows, 'abort'].includes(overflow);
      if (name === undefined || Number(size) === 0 || !isOverflow) {
        const words = `Bytes are a whole number above 0, or "auto". An overflow is ${overflows.join(', ')}.`;
        throw usage(`--budget is artifact=bytes[:overflow], not "${text}".`, words);
      }
      const artifact = name === 'stage2' ? name : artifactOf(name);
      const maxBytes = /^\d/.test(size) ? Number(size) : size;
      return [artifact, { maxBytes, ...(overflow === undefined ? {} : { overflow }) }];
    }),
  );
  try {
    return resolveByteBudgets({ byteBudgets, strict: args.has('strict') });
  } catch (error) {
    if (error instanceof ByteBudgetSettingError) throw usage(error.message);
    throw error;
  }
}
