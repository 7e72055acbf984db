// `almagest symbols`: find definitions by name.

import { symbolKindName } from '../model/symbolKind';
import type { SymbolMatch } from '../query/symbols';
import { indexDirOption, jsonOption, rootOption, type Command } from './command';
import { ExitCode } from './exitCode';
import type { Output } from './output';
import { placeOf, provenanceJson, provenanceOf, withReadableIndex } from './opening';

const defaultLimit = 50;
const maxLimit = 10_000;

export const symbolsCommand: Command = {
  name: 'symbols',
  summary: 'Find definitions by name',
  details:
    'The letters of the query have to occur in this order; exact names come first, then prefixes, then beginnings of\n' +
    'words. "Foo.bar" and "Foo::bar" look for bar in Foo.',
  positionals: [{ name: 'query', required: true }],
  options: [
    rootOption,
    { name: 'limit', value: 'n', help: `at most n symbols (default: ${defaultLimit})` },
    indexDirOption,
    jsonOption,
  ],
  examples: [
    ['almagest symbols QuerySet.filter', 'the method filter of QuerySet'],
    ['almagest symbols gcfs --root ~/src/project', 'finds getCodeFileSymbols in another folder'],
  ],
  json: `symbols    [{ name, kind, path, line, column, endLine, endColumn, container? }], best first;
           lines and columns count from 1, columns in UTF-16 units
cut        whether there may be more
${provenanceJson}`,
  async run(context) {
    const { args, output } = context;
    const limit = args.number('limit', 1, maxLimit) ?? defaultLimit;
    const place = await placeOf(context, args.text('root'));
    return withReadableIndex(context, place, async (answers, changed) => {
      const asked = { query: args.positionals[0] ?? '', limit: Math.min(limit + 1, maxLimit) };
      const found = await answers.ask('symbols', asked, context.token);
      const shown = found.slice(0, limit);
      const cut = found.length > limit || found.length === maxLimit;
      if (args.has('json')) {
        await output.printJson({ symbols: shown.map(toJson), cut, ...(await provenanceOf(answers, changed)) });
      } else {
        await output.print(shown.map((symbol) => symbolLine(output, symbol)).join(''));
        if (cut) await output.note(`almagest: there may be more; ${moreAdvice(limit)}.`);
      }
      return found.length > 0 ? ExitCode.ok : ExitCode.nothing;
    });
  },
};

function moreAdvice(limit: number): string {
  return limit < maxLimit ? `--limit ${Math.min(limit * 2, maxLimit)} shows more` : 'more letters of the name find it';
}

/** `src/a.ts:12:3: method Foo.bar` */
export function symbolLine(output: Output, { path, nameRange, kind, name, container }: SymbolMatch): string {
  const place = `${output.style('magenta', output.foreign(path))}:${nameRange.startLine + 1}:${nameRange.startColumn + 1}`;
  const within = container === undefined ? '' : output.foreign(`${container}.`);
  return `${place}: ${output.style('dim', symbolKindName(kind))} ${within}${output.style('bold', output.foreign(name))}\n`;
}

function toJson({ name, kind, path, range, nameRange, container }: SymbolMatch): object {
  return {
    name,
    kind: symbolKindName(kind),
    path,
    line: nameRange.startLine + 1,
    column: nameRange.startColumn + 1,
    endLine: range.endLine + 1,
    endColumn: range.endColumn + 1,
    ...(container === undefined ? {} : { container }),
  };
}
