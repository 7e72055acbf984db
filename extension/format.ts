// Numbers, sizes, times and the names of stages, states and reasons as people read them. Knows nothing of VS Code.

import type { RootStatus, SkippedFile, SlowReason } from '../server/protocol';
import type { Translate } from './serverState';

const counts = new Intl.NumberFormat('en-US');

/** `1,204` */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** `1 file`, `1,204 files` */
export function filesText(count: number, t: Translate): string {
  return count === 1 ? t('1 file') : t('{0} files', formatCount(count));
}

/** `1 symbol`, `1,204 symbols` */
export function symbolsText(count: number, t: Translate): string {
  return count === 1 ? t('1 symbol') : t('{0} symbols', formatCount(count));
}

/** `340 ms`, `1.2 s`, `41 s`, `2 min 5 s`, `1 h 12 min` */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2026-01-31 14:05`, in the time zone of this machine; empty for a time that never was. */
export function formatTime(at: number): string {
  if (at === 0) return '';
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `2026-01-31 14:05:09`: builds may follow each other within a minute. */
export function formatMoment(at: number): string {
  return at === 0 ? '' : `${formatTime(at)}:${String(new Date(at).getSeconds()).padStart(2, '0')}`;
}

export function stageText(stage: string, t: Translate): string {
  const texts: Readonly<Record<string, string>> = {
    loading: t('Loading the index'),
    scanning: t('Looking for files'),
    extracting: t('Extracting facts'),
    searchIndex: t('Updating the search index'),
    snapshot: t('Writing the snapshot'),
    verifying: t('Verifying'),
    repairing: t('Repairing'),
    relations: t('Resolving references'),
    analyzers: t('Analyzing'),
    artifacts: t('Writing artifacts'),
    sqlite: t('Making the SQLite database'),
    conclusions: t('Making edges and metrics'),
  };
  return texts[stage] ?? stage;
}

export function stateText(root: RootStatus, t: Translate): string {
  if (root.paused) return t('paused');
  const texts: Readonly<Record<RootStatus['state'], string>> = {
    empty: t('no index yet'),
    loading: t('loading'),
    ready: t('ready'),
    indexing: t('indexing'),
    saving: t('saving'),
    corrupted: t('damaged'),
  };
  return texts[root.state];
}

/** Why bulk work makes room. */
export function slowText(reason: SlowReason, t: Translate): string {
  const texts: Readonly<Record<SlowReason, string>> = {
    typing: t('Slowed: you are typing'),
    debugging: t('Slowed: you are debugging'),
    battery: t('Slowed: this machine runs on battery'),
  };
  return texts[reason];
}

/** Why files are skipped or limited; a reason this version does not know is shown as it is. */
export function reasonText(reason: SkippedFile['reason'], t: Translate): string {
  const texts: Readonly<Record<string, string>> = {
    binary: t('Not text'),
    tooLarge: t('Larger than the limit for indexed files'),
    unreadable: t('Could not be read'),
    notRegular: t('Not regular files'),
    symlink: t('Symbolic links, which are never followed'),
    secret: t('Names that say "secret"'),
    invalidPath: t('Names that are not valid UTF-8'),
    tooDeep: t('Nested too deep'),
    vanished: t('Gone when read'),
    unstable: t('Kept changing while read'),
    crashed: t('Crashed the extractor'),
    tooManyFiles: t('Beyond the number of files that an index takes'),
    noGrammar: t('No grammar for their language'),
    parseLimit: t('Too large to parse'),
    deadline: t('Took too long to parse'),
    longLines: t('Lines too long to parse'),
    syntaxErrors: t('Syntax errors: indexed in part'),
    rowLimit: t('More facts than one file may contribute'),
    memoryLimit: t('Needed too much memory to parse'),
  };
  return texts[reason] ?? reason;
}
