// What is in an index, how large it is and where the time of a build went, as a table.

import type { RootStatus, UnsavedChanges } from '../protocol';
import { limitReasons, type LimitReason } from '../model/skipReason';
import { byteText } from '../model/byteText';
import { count, counted } from '../util/counted';
import { duration, spelled, table, topCounts } from './format';

const shownLanguages = 6;
/** Of less text the size of an index is that of its empty files. */
const minRatedBytes = 64 << 10;
/** With fewer files it is the start of the program that takes the time, and the speed says nothing. */
const minTimedFiles = 50;
/** These limits leave the parsed part of a file in the index; the others leave only its text. */
const partialReasons: readonly LimitReason[] = ['syntaxErrors', 'rowLimit'];

/** The table of an index's contents, then `more`; one row per line, without what is zero. */
export function contentTable(
  { counts, sizes, unsaved, quarantine, indexFolder, lastBuild }: RootStatus,
  more: readonly (readonly [label: string, value: string])[] = [],
): string {
  const index = sizes.journal + sizes.snapshot + sizes.search;
  const ratio = counts.bytes < minRatedBytes ? '' : `, ${(index / counts.bytes).toFixed(2)}× the text`;
  const parts = `snapshot ${byteText(sizes.snapshot)}, journal ${byteText(sizes.journal)}, search ${byteText(sizes.search)}`;
  return table([
    ['Files', `${count(counts.files)}, ${byteText(counts.bytes)}`],
    ['Languages', topCounts(counts.languages, shownLanguages)],
    ['Symbols', unlessNone(counts.symbols)],
    ['Imports', unlessNone(counts.imports)],
    ['Calls', unlessNone(counts.callSites)],
    ['Type references', unlessNone(counts.typeRefs)],
    ['Chunks', unlessNone(counts.chunks)],
    ['Text only', limitedBy(counts.limited, (reason) => !partialReasons.includes(reason))],
    ['Partial', limitedBy(counts.limited, (reason) => partialReasons.includes(reason))],
    ['Skipped', spelled(topCounts(counts.skipped, Infinity))],
    ['Index', `${byteText(index)}${ratio} (${parts})`],
    ['SQLite', sizes.sqlite === undefined ? '' : `${byteText(sizes.sqlite)}, for SQL queries`],
    ['Unsaved', unsavedText(unsaved)],
    ['Quarantine', quarantine.items === 0 ? '' : `${counted(quarantine.items, 'item')}, ${byteText(quarantine.bytes)}`],
    ['Time', lastBuild === undefined ? '' : stageTimes(lastBuild.stages)],
    ['Peak memory', lastBuild === undefined ? '' : peaks(lastBuild.peakRss)],
    ['Folder', indexFolder],
    ...more,
  ]);
}

/** `Read 2,817 files in 4.3 s (655 files/s, 20.2 MiB/s).`, or why nothing had to be done. */
export function workSentence(
  work: { readonly indexed: number; readonly removed: number; readonly bytes: number },
  elapsedMs: number,
  knownFiles: number,
): string {
  const { indexed, removed } = work;
  if (indexed + removed + knownFiles === 0)
    return 'There is nothing to index: no files, or ignore rules leave all of them out.';
  if (indexed + removed === 0) return `Nothing changed; checked in ${duration(elapsedMs)}.`;
  const seconds = Math.max(elapsedMs / 1000, 0.001);
  const speed = `${count(indexed / seconds)} files/s, ${byteText(work.bytes / seconds)}/s`;
  const parts = [
    ...(indexed > 0 ? [`read ${counted(indexed, 'file')}`] : []),
    ...(removed > 0 ? [`removed ${counted(removed, 'file')}`] : []),
  ].join(' and ');
  return `${parts.charAt(0).toUpperCase()}${parts.slice(1)} in ${duration(elapsedMs)}${indexed >= minTimedFiles ? ` (${speed})` : ''}.`;
}

function unlessNone(value: number): string {
  return value === 0 ? '' : count(value);
}

function unsavedText({ files, next }: UnsavedChanges): string {
  if (files === 0) return '';
  const held = `${counted(files, 'file')} in the journal only`;
  if (next === undefined) return held;
  const at = new Date(next.at).toLocaleTimeString('sv-SE');
  const when = {
    many: 'when nothing else runs, as much has changed',
    journal: 'when nothing else runs, as the journal is long',
    quiet: `at ${at}, if nothing changes until then`,
    age: `at ${at} at the latest, for the age of the first change`,
  };
  return `${held}; next snapshot ${when[next.why]}`;
}

function limitedBy(limited: RootStatus['counts']['limited'], isWanted: (reason: LimitReason) => boolean): string {
  const wanted = limitReasons.filter(isWanted).map((reason) => [reason, limited[reason] ?? 0] as const);
  return spelled(topCounts(Object.fromEntries(wanted), Infinity));
}

function stageTimes(stages: Readonly<Record<string, number>>): string {
  return Object.entries(stages)
    .map(([stage, ms]) => `${spelled(stage)} ${duration(ms)}`)
    .join(', ');
}

function peaks({ server, extractors }: { readonly server: number; readonly extractors: number }): string {
  return `server ${byteText(server)}${extractors > 0 ? `, extractor ${byteText(extractors)}` : ''}`;
}
