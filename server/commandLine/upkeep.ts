// `almagest verify`, `repair` and `clear`: check an index, mend it, remove it.

import { realpath } from 'node:fs/promises';
import { StoreError } from '../store/errors';
import { emptyIndexFolder } from '../store/indexFolder';
import { takeWriterLock } from '../store/lock';
import { folderPositional, indexDirOption, jsonOption, type Command } from './command';
import { CommandError, ExitCode } from './exitCode';
import { report } from './indexing';
import {
  findOwner,
  placeOf,
  quoted,
  requireIndex,
  withIndexAtRest,
  withWritableIndex,
  type IndexPlace,
} from './opening';

/** Problems listed by name; the rest is counted. */
const shownFindings = 50;

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Check every part of an index, changing nothing',
  details: 'Checks the checksums of facts, journals and search index, that they agree, and a sample of the sources.',
  positionals: [folderPositional],
  options: [indexDirOption, jsonOption],
  examples: [
    ['almagest verify', 'check the index of the current folder'],
    ['almagest verify || almagest repair', 'mend it when something is wrong'],
  ],
  json: 'ok         whether nothing is wrong\nmessage    one sentence\nfindings   what is wrong, a sentence each',
  async run(context) {
    const { args, output, token } = context;
    const place = await placeOf(context, args.positionals[0]);
    requireIndex(place);
    return withIndexAtRest(context, place, async ({ answers }) => {
      const result = await answers.ask('verify', {}, token);
      // No findings and yet not well: the verification itself did not come to its end.
      if (result.findings.length === 0) report(result);
      if (args.has('json')) {
        await output.printJson(result);
      } else {
        const more = result.findings.length - shownFindings;
        const findings = result.findings.slice(0, shownFindings).map((finding) => `  ${output.foreign(finding)}\n`);
        await output.print(`${result.message}\n${findings.join('')}${more > 0 ? `  … and ${more} more\n` : ''}`);
        if (!result.ok) await output.note(`almagest: "almagest repair ${quoted(place.root.givenPath)}" mends them.`);
      }
      return result.ok ? ExitCode.ok : ExitCode.nothing;
    });
  },
};

export const repairCommand: Command = {
  name: 'repair',
  summary: 'Mend what "almagest verify" finds',
  details:
    'Damaged facts are extracted again, what is damaged of the search index is fed again; what is sound stays as it is.',
  positionals: [folderPositional],
  options: [indexDirOption, jsonOption],
  examples: [
    ['almagest repair', 'mend the index of the current folder'],
    ['almagest repair ~/src/project --verbose', 'and show what is done'],
  ],
  json: 'ok         true\nmessage    what was done, one sentence',
  async run(context) {
    const { args, output, token } = context;
    const place = await placeOf(context, args.positionals[0]);
    requireIndex(place);
    return withWritableIndex(context, place, async ({ answers }) => {
      const result = await answers.ask('repair', {}, token);
      report(result);
      await answers.ask('settled', {}, token);
      if (args.has('json')) await output.printJson({ ok: result.ok, message: result.message });
      else await output.print(`${result.message}\n`);
      return ExitCode.ok;
    });
  },
};

export const clearCommand: Command = {
  name: 'clear',
  summary: 'Remove the index of a folder from the disk',
  details: 'The folder itself is not touched. Asks first; where nobody can answer, --yes is needed.',
  positionals: [folderPositional],
  options: [{ name: 'yes', short: 'y', help: 'do not ask' }, indexDirOption, jsonOption],
  examples: [
    ['almagest clear', 'remove the index of the current folder, after asking'],
    ['almagest clear ~/src/project --yes', 'remove it without asking'],
  ],
  json: 'removed       whether the index was removed\nindexFolder   where it was',
  async run(context) {
    const { args, output, ask } = context;
    const place = await placeOf(context, args.positionals[0]);
    requireIndex(place);
    const { indexFolder, root } = place;
    if (!args.has('yes')) {
      if (ask === undefined) {
        const message = 'There is nobody to ask whether to remove the index.';
        throw new CommandError(ExitCode.usage, message, 'Add --yes to remove it without a question.');
      }
      if (!(await ask(`Remove the index of ${root.path} in ${indexFolder}?`))) {
        await output.note('Nothing was removed.');
        return ExitCode.nothing;
      }
    }
    await removeIndex(place);
    if (args.has('json')) await output.printJson({ removed: true, indexFolder });
    else await output.print(`Removed the index of ${root.path}.\n`);
    return ExitCode.ok;
  },
};

/** Asks the owner to, where there is one. Works on damaged indexes too, so it opens none. */
async function removeIndex(place: IndexPlace): Promise<void> {
  const folder = await realpath(place.indexFolder);
  const found = await findOwner(place);
  if (found.kind === 'connected') {
    report(await found.remote.ask('clear', {}));
    return found.remote.close();
  }
  const lock = await takeWriterLock(folder);
  if (lock instanceof StoreError) {
    throw new CommandError(ExitCode.inUse, lock.message, 'Wait for that process or end it.', { cause: lock });
  }
  try {
    await emptyIndexFolder(folder);
  } finally {
    lock.release();
  }
}
