// `almagest status`: what is in the index of a folder, and whether it is up to date.

import type { RootStatus } from '../protocol';
import { counted } from '../util/counted';
import { folderPositional, indexDirOption, jsonOption, type Command } from './command';
import { ExitCode } from './exitCode';
import { isDamaged, placeOf, provenanceOf, runningWriter, withReadableIndex, type Provenance } from './opening';
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
  json: `root, name                     which index this is
state, since, cause            ready, or what else it is, since when (ms since 1970), and why
suggestions                    what can be done about it, a sentence each
paused                         whether indexing waits until it is resumed
generation, seq                of the last snapshot, and of the last durable batch
changedFiles                   files on disk that differ from what is indexed; null where that cannot be told
writer?                        process that wrote to the index last, while it is running
owner?                         { pid, answers } of the process that owns the index
answeredBy                     owner, or stores: read from the disk
counts                         { files, bytes, symbols, imports, callSites, typeRefs, chunks, textOnly, partial,
                                 skipped, limited, languages }; the last three by reason or name
sizes, indexFolder             { journal, snapshot, search, sqlite? }, in bytes, and where they lie
unsaved                        { files, since?, next? }: what is in the journal only
quarantine                     { items, bytes } that were damaged and are kept
opening                        { at, elapsedMs, rungs, repaired }: how it was opened
progress?                      { stage, done, total, unit?, current?, rate?, etaMs?, scheduler? } of what is in work;
                               total 0: not known yet; unit: files if absent, bytes, passes through files, or steps
slowed?, safeMode?              why work makes room, or why nothing is indexed until it is resumed
unreadable?                    why the folder could not be read when it was last looked at
lastBuild?                     { cause, files, bytes, elapsedMs, stages, peakRss } of the process that answered
lastVerify?                    { at, ok, summary } of the last verification; at in ms since 1970`,
  async run(context) {
    const { args, output } = context;
    const place = await placeOf(context, args.positionals[0]);
    return withReadableIndex(context, place, async (answers, changed) => {
      const provenance = await provenanceOf(answers, changed);
      // A reader cannot write: that is how it was opened, not how the index is.
      const { readOnly: _, ...status } = answers.status;
      const writer = await runningWriter(place);
      if (args.has('json')) {
        await output.printJson({
          ...status,
          ...provenance,
          ...(writer === undefined ? {} : { writer }),
        });
      } else {
        const { progress } = status;
        const contents = contentTable(status, [
          ['At work', progress === undefined ? '' : progressLine(progress, workColumns)],
          ['Verified', verified(status.lastVerify)],
          ['Last writer', writer === undefined ? '' : `${writer}, still running`],
        ]);
        const condition = isDamaged(status) ? 'damaged; what is left of it is ' : '';
        await output.print(
          `The index of ${output.foreign(place.root.path)} is ${condition}${freshness(provenance)}.\n${contents}`,
        );
      }
      return ExitCode.ok;
    });
  },
};

function freshness({ changedFiles }: Provenance): string {
  if (changedFiles === null) return 'as it was when its folder could last be read';
  return changedFiles === 0 ? 'up to date' : `${counted(changedFiles, 'file')} behind the disk`;
}

function verified(last: RootStatus['lastVerify']): string {
  if (last === undefined) return 'not yet';
  // In the time of this place, to the second, without the zone's name.
  return `${new Date(last.at).toLocaleString('sv-SE')}: ${last.summary}`;
}
