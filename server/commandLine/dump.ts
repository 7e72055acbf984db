// `almagest dump`: every fact of an index as canonical text, for comparing indexes and for programs that want facts.

import { dumpRows } from '../export/dump';
import { CancellationError } from '../util/cancellation';
import { folderPositional, indexDirOption, jsonOption, type Command } from './command';
import { ExitCode } from './exitCode';
import { placeOf, withReadableIndex } from './opening';

/** Written at once: large enough for few system calls. */
const pieceLength = 1 << 16;

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
  json: 'files   [{ path, facts }]: the text of one file each, in path order',
  async run(context) {
    const { args, output, token } = context;
    const json = args.has('json');
    const place = await placeOf(context, args.positionals[0]);
    return withReadableIndex(context, place, async ({ index }) => {
      const lease = index.facts.lease();
      try {
        let waiting = json ? '{"files":[' : '';
        let first = true;
        for (const row of lease.rows) {
          const [facts = ''] = dumpRows([row]);
          waiting += json ? `${first ? '' : ','}${JSON.stringify({ path: row.segment.path(row.file), facts })}` : facts;
          first = false;
          if (waiting.length < pieceLength) continue;
          if (token.isCancellationRequested) throw new CancellationError();
          await output.print(waiting);
          waiting = '';
        }
        await output.print(json ? `${waiting}]}\n` : waiting);
      } finally {
        lease.release();
      }
      return ExitCode.ok;
    });
  },
};
