// `almagest explain`: why a file is, or is not, in the index.

import { relative, resolve, sep } from 'node:path';
import { URI } from 'vscode-uri';
import { limits } from '../pipeline/workspaceIndexes';
import type { FileExplanation } from '../protocol';
import { explainFile } from '../query/explain';
import { locateReal } from '../workspace/roots';
import { indexDirOption, jsonOption, rootOption, type Command } from './command';
import { ExitCode } from './exitCode';
import { table } from './format';
import { placeOf, withReadableIndex } from './opening';

const inIndex: readonly FileExplanation['verdict'][] = ['indexed', 'textOnly', 'partial', 'stale'];

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Tell why a file is, or is not, in the index',
  details: 'Exits with 0 when the file is in the index, with 1 when it is not.',
  positionals: [{ name: 'file', required: true }],
  options: [rootOption, indexDirOption, jsonOption],
  examples: [
    ['almagest explain src/main.ts', 'what is known of it'],
    ['almagest explain node_modules/x/index.js', 'names the ignore rule that leaves it out'],
  ],
  json: `path       relative to the indexed folder     verdict   indexed, textOnly, partial, stale, skipped, ignored,
                                                       missing or outside
summary    one sentence                       reason?   of a verdict that is a restriction
details    [{ label, value }]                 rule?     { text, source, line? } that ignores it`,
  async run(context) {
    const { args, output, workingFolder } = context;
    const file = resolve(workingFolder, args.positionals[0] ?? '');
    const place = await placeOf(context, args.text('root'));
    return withReadableIndex(context, place, async ({ index, root }) => {
      const uri = URI.file(file).toString();
      const located = await locateReal([root], uri);
      const explanation = await explainFile(located && index, located?.path ?? '', uri, limits.maxFileBytes);
      if (args.has('json')) {
        const { uri: _, ...shown } = explanation;
        await output.printJson(shown);
      } else {
        const name = explanation.path || relative(workingFolder, file).split(sep).join('/') || '.';
        const rows = explanation.details.map(({ label, value }) => [label, output.foreign(value)] as const);
        await output.print(`${output.foreign(name)}: ${output.foreign(explanation.summary)}\n${table(rows)}`);
      }
      return inIndex.includes(explanation.verdict) ? ExitCode.ok : ExitCode.nothing;
    });
  },
};
