// `almagest search`: lines that have a text or match a regular expression, or the chunks that answer a question best.

import type { SearchHit, SearchParams, SearchResult } from '../protocol';
import { count, counted } from '../util/counted';
import { usage } from './arguments';
import { indexDirOption, jsonOption, rootOption, type Command, type CommandContext } from './command';
import { ExitCode } from './exitCode';
import { duration } from './format';
import { hitLines } from './hitLines';
import { placeOf, provenanceJson, provenanceOf, withReadableIndex } from './opening';

const defaultLimits = { text: 1000, ranked: 20 } as const;
const maxLimit = 10_000;
const maxContext = 20;

export const searchCommand: Command = {
  name: 'search',
  summary: 'Search the text of indexed files, or ask for the best passages',
  details:
    'Text search finds each line that has the text. Ranked search finds the passages that have most of the words; it\n' +
    'knows "phrases", -word, OR, and the filters lang: path: kind: sym: in: mode: is: changed:',
  positionals: [{ name: 'query', required: true }],
  options: [
    { name: 'text', help: 'each line that has the text, in path order (the default)' },
    { name: 'ranked', help: 'the best passages first' },
    { name: 'regex', short: 'e', help: 'the query is a regular expression' },
    { name: 'case', short: 's', help: 'upper and lower case differ' },
    { name: 'word', short: 'w', help: 'whole words only' },
    { name: 'include', value: 'glob', many: true, help: 'only in these files' },
    { name: 'exclude', value: 'glob', many: true, help: 'not in these files' },
    {
      name: 'limit',
      value: 'n',
      help: `at most n hits (default: ${defaultLimits.text}, ranked ${defaultLimits.ranked})`,
    },
    { name: 'context', short: 'C', value: 'n', help: `n lines around each hit (at most ${maxContext})` },
    rootOption,
    indexDirOption,
    jsonOption,
  ],
  examples: [
    ["almagest search 'def get_queryset' -w --include '**/*.py'", 'each line that has it'],
    ["almagest search --ranked 'http timeout retry lang:go'", 'where that is dealt with'],
  ],
  json: `hits       [{ path, line, column, text, ranges, before, after, mode, symbol?, score? }]; lines and columns
           count from 1; ranges are [start, end) UTF-16 offsets of the matches in text
total      matches found      files   that have one     cut   whether there are more, which are left out
elapsedMs  of the search      notice?  why the answer may be incomplete
${provenanceJson}`,
  async run(context) {
    const { args, output, token } = context;
    const params = paramsOf(context);
    const place = await placeOf(context, args.text('root'));
    return withReadableIndex(context, place, async (answers, changed) => {
      const result = await answers.ask('search', params, token);
      if (args.has('json')) {
        const hits = result.hits.map(toJson);
        const elapsedMs = Math.round(result.elapsedMs);
        await output.printJson({ ...result, hits, elapsedMs, ...(await provenanceOf(answers, changed)) });
      } else await print(context, result);
      return result.hits.length > 0 ? ExitCode.ok : ExitCode.nothing;
    });
  },
};

function paramsOf({ args }: CommandContext): SearchParams {
  const kind = args.has('ranked') ? 'ranked' : 'text';
  if (kind === 'ranked') {
    const wrong = ['text', 'regex', 'case', 'word'].find((name) => args.has(name));
    if (wrong !== undefined) throw usage(`--ranked and --${wrong} do not go together.`, 'Leave one of them out.');
  }
  return {
    query: args.positionals[0] ?? '',
    kind,
    regex: args.has('regex'),
    caseSensitive: args.has('case'),
    wholeWord: args.has('word'),
    include: args.list('include'),
    exclude: args.list('exclude'),
    limit: args.number('limit', 1, maxLimit) ?? defaultLimits[kind],
    contextLines: args.number('context', 0, maxContext) ?? 0,
  };
}

async function print({ output, args }: CommandContext, result: SearchResult): Promise<void> {
  const { hits, total, files, cut, elapsedMs, notice } = result;
  await output.print(hitLines(output, hits, args.has('ranked')));
  if (notice !== undefined) await output.note(`almagest: ${output.foreign(notice)}`);
  if (cut) await output.note(`almagest: the first ${count(hits.length)} hits are shown; --limit shows more.`);
  if (!output.isTerminal) return;
  const places = `${counted(total, 'match', 'matches')} in ${counted(files, 'file')}`;
  await output.note(output.style('dim', `${cut ? 'At least ' : ''}${places}, ${duration(elapsedMs)}`));
}

function toJson({ uri: _, line, ...hit }: SearchHit): object {
  return { ...hit, line: line + 1, column: (hit.ranges[0]?.[0] ?? 0) + 1 };
}
