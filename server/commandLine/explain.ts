// `almagest explain`: why a file, or the symbol of a name, is or is not in the index.

import { resolve } from 'node:path';
import { URI } from 'vscode-uri';
import type { FileExplanation, SymbolExplanation } from '../protocol';
import { byteText } from '../model/byteText';
import { locateReal } from '../workspace/roots';
import { indexDirOption, jsonOption, rootOption, type Command, type CommandContext } from './command';
import { ExitCode } from './exitCode';
import { duration, grid, table } from './format';
import { placeOf, provenanceJson, provenanceOf, withReadableIndex, type IndexPlace } from './opening';
import type { Output } from './output';

const inIndex: readonly FileExplanation['verdict'][] = ['indexed', 'textOnly', 'partial', 'stale'];

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Tell why a file or a symbol is, or is not, in the index',
  details:
    'Exits with 0 when it is in the index, with 1 when it is not. Of a symbol that is missing it names what is spelled\n' +
    'nearly like it, and the files that could define it but are not parsed.\n' +
    'A path is relative to the current folder or, where that lies elsewhere, to the indexed one.',
  positionals: [{ name: 'file or symbol', required: true }],
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
ledger     [{ step, status, at?, ms?, bytes?, detail }], the way into the index; status is done, limited, waiting,
           skipped or notReached; at is when it was done, ms of extracted what all steps from reading on took
With --symbol:
name       as asked                           verdict   found, otherCase or missing
summary    one sentence                       places    [{ path, uri, line }], lines count from 1
near       names                              gaps      [{ reason, files, detail }] that could hide it
With either:
${provenanceJson}`,
  run: (context) => (context.args.has('symbol') ? runOnSymbol(context) : runOnFile(context)),
};

async function runOnFile(context: CommandContext): Promise<ExitCode> {
  const { args, output, workingFolder } = context;
  const name = args.positionals[0] ?? '';
  const given = resolve(workingFolder, name);
  const place = await placeOf(context, args.text('root'));
  const { path: root } = place.root;
  const path = (await locate(place, given)) ?? (await locate(place, resolve(root, name)));
  return withReadableIndex(context, place, async (answers, changed) => {
    const explanation =
      path === undefined
        ? outside(given, root)
        : await answers.ask('explain', { path, uri: URI.file(resolve(root, path)).toString() }, context.token);
    if (args.has('json')) {
      const { uri: _, ...shown } = explanation;
      await output.printJson({ ...shown, ...(await provenanceOf(answers, changed)) });
    } else {
      const rows = explanation.details.map(({ label, value }) => [label, output.foreign(value)] as const);
      const shown = path === undefined ? given : path || '.';
      const way = ledgerText(output, explanation.ledger);
      await output.print(`${output.foreign(shown)}: ${output.foreign(explanation.summary)}\n${table(rows)}${way}`);
    }
    return inIndex.includes(explanation.verdict) ? ExitCode.ok : ExitCode.nothing;
  });
}

/** How far the file came on its way into the index, a line a step. */
function ledgerText(output: Output, ledger: FileExplanation['ledger']): string {
  if (ledger.length === 0) return '';
  const lines = ledger.map(({ step, status, at = '', ms, bytes, detail }) => {
    const size = bytes === undefined ? '' : byteText(bytes);
    const took = ms === undefined ? '' : duration(ms);
    const text = [output.foreign(detail), size, took, at].filter((part) => part !== '').join(', ');
    return [step, statusNames[status], text];
  });
  return `The way into the index\n${grid(lines)}`;
}

const statusNames: Readonly<Record<FileExplanation['ledger'][number]['status'], string>> = {
  done: 'done',
  limited: 'limited',
  waiting: 'waiting',
  skipped: 'stopped',
  notReached: 'not reached',
};

function outside(file: string, root: string): FileExplanation {
  const summary = `It does not lie in ${root}, whose index was asked; --root names another folder.`;
  return { uri: URI.file(file).toString(), path: '', verdict: 'outside', summary, details: [], ledger: [] };
}

/** The path of a file below the root; undefined when it does not lie there. */
async function locate({ root }: IndexPlace, file: string): Promise<string | undefined> {
  return (await locateReal([root], URI.file(file).toString()))?.path;
}

async function runOnSymbol(context: CommandContext): Promise<ExitCode> {
  const { args, output, token } = context;
  const place = await placeOf(context, args.text('root'));
  return withReadableIndex(context, place, async (answers, changed) => {
    await changed; // what the walk leaves out could define it, too
    const explanation = await answers.ask('explainSymbol', { name: args.positionals[0] ?? '' }, token);
    if (args.has('json')) {
      const places = explanation.places.map((each) => ({ ...each, line: each.line + 1 }));
      await output.printJson({ ...explanation, places, ...(await provenanceOf(answers, changed)) });
    } else await output.print(symbolText(output, explanation));
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
