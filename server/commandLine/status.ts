// `almagest status`: what is in the index of a folder, and whether it is up to date.

import type { RootStatus } from '../protocol';
import { counted } from '../util/counted';
import { folderPositional, indexDirOption, jsonOption, type Command } from './command';
import { ExitCode } from './exitCode';
import { answeredBy, isDamaged, placeOf, runningWriter, withReadableIndex } from './opening';
import { progressLine } from './progressBar';
import { contentTable } from './summary';

/** Room for what is being done: a line of its own would not be cut. */
const workColumns = 100;

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show what is in an index, and whether it is up to date',
  positionals: [folderPositional],
  options: [indexDirOption, jsonOption],
  examples: [
    ['almagest status', 'the index of the current folder'],
    ['almagest status ~/src/project --json', 'for programs'],
  ],
  json: `root, name, indexFolder        which index this is
state                          ready, or what else it is
generation, seq                of the last snapshot, and of the last durable batch
changedFiles                   files on disk that differ from what is indexed
writer?                        process that wrote to the index last, while it is running
owner?                         { pid, answers } of the process that owns the index
answeredBy                     owner, or stores: read from the disk
counts                         { files, bytes, symbols, imports, callSites, typeRefs, chunks, textOnly, partial,
                                 skipped, limited, languages }; the last three by reason or name
sizes                          { journal, snapshot, search }, in bytes
progress?                      { stage, done, total, unit?, current?, rate?, etaMs?, scheduler? } of what is in work;
                               total 0: not known yet; unit: files if absent, bytes, passes through files, or steps
lastVerify?                    { at, ok, summary } of the last verification; at in ms since 1970`,
  async run(context) {
    const { args, output } = context;
    const place = await placeOf(context, args.positionals[0]);
    return withReadableIndex(context, place, async (answers, stale) => {
      const changedFiles = await stale;
      // A reader cannot write: that is how it was opened, not how the index is.
      const { readOnly: _, ...status } = answers.status;
      const writer = await runningWriter(place);
      if (args.has('json')) {
        await output.printJson({
          ...status,
          changedFiles,
          ...answeredBy(status),
          ...(writer === undefined ? {} : { writer }),
        });
      } else {
        const freshness = changedFiles === 0 ? 'up to date' : `${counted(changedFiles, 'file')} behind the disk`;
        const { progress } = status;
        const contents = contentTable(status, [
          ['At work', progress === undefined ? '' : progressLine(progress, workColumns)],
          ['Verified', verified(status.lastVerify)],
          ['Last writer', writer === undefined ? '' : `${writer}, still running`],
        ]);
        const condition = isDamaged(status) ? 'damaged; what is left of it is ' : '';
        await output.print(`The index of ${output.foreign(place.root.path)} is ${condition}${freshness}.\n${contents}`);
      }
      return ExitCode.ok;
    });
  },
};

function verified(last: RootStatus['lastVerify']): string {
  if (last === undefined) return 'not yet';
  // In the time of this place, to the second, without the zone's name.
  return `${new Date(last.at).toLocaleString('sv-SE')}: ${last.summary}`;
}
