// `almagest dump`: every fact of an index as canonical text, for comparing indexes and for programs that want facts.

import { CancellationError } from '../util/cancellation';
import { folderPositional, indexDirOption, jsonOption, type Command } from './command';
import { ExitCode } from './exitCode';
import { placeOf, provenanceJson, provenanceOf, withReadableIndex } from './opening';

export const dumpCommand: Command = {
  name: 'dump',
  summary: 'Print every fact of an index as text, in path order',
  details: 'Equal indexes print equal text, whatever order of edits and crashes led to them.',
  positionals: [folderPositional],
  options: [indexDirOption, jsonOption],
  examples: [
    ['almagest dump | less', 'look at the facts of the current folder'],
    ['almagest dump ~/src/project | sha256sum', 'a fingerprint of all facts'],
  ],
  json: `files      [{ path, facts }]: the text of one file each, in path order\n${provenanceJson}`,
  async run(context) {
    const { args, output, token } = context;
    const json = args.has('json');
    const place = await placeOf(context, args.positionals[0]);
    return withReadableIndex(context, place, async (answers, changed) => {
      if (json) await output.print('{"files":[');
      for (let begin = true, more = true; more; begin = false) {
        const page = await answers.ask('dump', { begin }, token);
        if (token.isCancellationRequested) throw new CancellationError();
        ({ more } = page);
        const objects = page.files.map((file) => JSON.stringify(file)).join(',');
        const separator = begin || objects === '' ? '' : ',';
        await output.print(json ? `${separator}${objects}` : page.files.map(({ facts }) => facts).join(''));
      }
      if (json) await output.print(`],${JSON.stringify(await provenanceOf(answers, changed)).slice(1)}\n`);
      return ExitCode.ok;
    });
  },
};
