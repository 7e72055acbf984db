// `almagest explain`: why a file, or the symbol of a name, is or is not in the index.

import { relative, resolve, sep } from 'node:path';
import { URI } from 'vscode-uri';
import { limits } from '../pipeline/workspaceIndexes';
import type { FileExplanation, SymbolExplanation } from '../protocol';
import { explainFile } from '../query/explain';
import { locateReal } from '../workspace/roots';
import { indexDirOption, jsonOption, rootOption, type Command, type CommandContext } from './command';
import { ExitCode } from './exitCode';
import { table } from './format';
import { answeredBy, placeOf, withReadableIndex } from './opening';
import type { Output } from './output';

const inIndex: readonly FileExplanation['verdict'][] = ['indexed', 'textOnly', 'partial', 'stale'];

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Tell why a file or a symbol is, or is not, in the index',
  details:
    'Exits with 0 when it is in the index, with 1 when it is not. Of a symbol that is missing it names what is spelled\n' +
    'nearly like it, and the files that could define it but are not parsed.',
  positionals: [{ name: 'file', required: true }],
  options: [
    rootOption,
    { name: 'symbol', help: 'the argument is the name of a symbol: parse, or Parser.parse' },
    indexDirOption,
    jsonOption,
  ],
  examples: [
    ['almagest explain src/main.ts', 'what is known of it'],
    ['almagest explain node_modules/x/index.js', 'names the ignore rule that leaves it out'],
    ['almagest explain --symbol Parser.prase', 'where it is defined, or what could be meant'],
  ],
  json: `path       relative to the indexed folder     verdict   indexed, textOnly, partial, stale, skipped, ignored,
                                                       missing or outside
summary    one sentence                       reason?   of a verdict that is a restriction
details    [{ label, value }]                 rule?     { text, source, line? } that ignores it
answeredBy owner, or stores: read from the disk
With --symbol:
name       as asked                           verdict   found, otherCase or missing
summary    one sentence                       places    [{ path, uri, line }], lines count from 0
near       names                              gaps      [{ reason, files, detail }] that could hide it`,
  run: (context) => (context.args.has('symbol') ? runOnSymbol(context) : runOnFile(context)),
};

async function runOnFile(context: CommandContext): Promise<ExitCode> {
  const { args, output, workingFolder } = context;
  const file = resolve(workingFolder, args.positionals[0] ?? '');
  const place = await placeOf(context, args.text('root'));
  return withReadableIndex(context, place, async (answers) => {
    const uri = URI.file(file).toString();
    const located = await locateReal([place.root], uri);
    const explanation =
      located === undefined
        ? await explainFile(undefined, '', uri, limits.maxFileBytes)
        : await answers.ask('explain', { path: located.path, uri }, context.token);
    if (args.has('json')) {
      const { uri: _, ...shown } = explanation;
      await output.printJson({ ...shown, ...answeredBy(answers.status) });
    } else {
      const name = explanation.path || relative(workingFolder, file).split(sep).join('/') || '.';
      const rows = explanation.details.map(({ label, value }) => [label, output.foreign(value)] as const);
      await output.print(`${output.foreign(name)}: ${output.foreign(explanation.summary)}\n${table(rows)}`);
    }
    return inIndex.includes(explanation.verdict) ? ExitCode.ok : ExitCode.nothing;
  });
}

async function runOnSymbol(context: CommandContext): Promise<ExitCode> {
  const { args, output, token } = context;
  const place = await placeOf(context, args.text('root'));
  return withReadableIndex(context, place, async (answers, stale) => {
    await stale; // what the walk leaves out could define it, too
    const explanation = await answers.ask('explainSymbol', { name: args.positionals[0] ?? '' }, token);
    if (args.has('json')) await output.printJson({ ...explanation, ...answeredBy(answers.status) });
    else await output.print(symbolText(output, explanation));
    return explanation.verdict === 'found' ? ExitCode.ok : ExitCode.nothing;
  });
}

function symbolText(output: Output, { summary, places, near, gaps }: SymbolExplanation): string {
  const parts: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['Defined in', places.map(({ path, line }) => `${output.foreign(path)}:${line + 1}`)],
    ['Names that are near', near.map((name) => output.foreign(name))],
    ['What could hide it', gaps.map(({ files, detail }) => `${files.toLocaleString('en')}: ${detail}`)],
  ];
  const shown = parts.filter(([, lines]) => lines.length > 0);
  return [output.foreign(summary), ...shown.flatMap(([title, lines]) => [title, ...lines.map((line) => `  ${line}`)])]
    .map((line) => `${line}\n`)
    .join('');
}
