// What the status bar item says in each state of the server and its roots. A pure function; statusBar.ts draws it.

import {
  progressText,
  rateText,
  type RootStatus,
  type StageProgress,
  type UnreachableFolder,
} from '../../server/protocol';
import { filesText, formatDuration, slowText, stageText, stateText, symbolsText } from '../format';
import { isBusy, rootsOf, unreachableOf, type ServerState, type Translate } from '../serverState';

export interface StatusText {
  /** With an icon in front, as the status bar renders it. */
  readonly text: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly severity: 'none' | 'error';
  readonly tooltip: readonly TooltipSection[];
}

/** A paragraph of the tooltip: plain text, never markup, as it shows names from the workspace. */
export interface TooltipSection {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The text for a state: of several roots the worst is shown, and the first one that is busy. */
export function statusText(state: ServerState, t: Translate): StatusText {
  switch (state.kind) {
    case 'idle':
      return plain('$(telescope)', t('No folder is open'), t);
    case 'starting':
      return plain('$(sync~spin)', t('Starting the server'), t);
    case 'waiting':
      return plain('$(sync~spin)', t('The server ended unexpectedly. It starts again in a moment.'), t);
    case 'failed':
      return { ...plain('$(error)', state.message, t), severity: 'error' };
    case 'running':
      return runningText(rootsOf(state), unreachableOf(state), t);
  }
}

function plain(icon: string, line: string, t: Translate): StatusText {
  const title = t('Almagest');
  return {
    text: `${icon} ${title}`,
    label: `${title}: ${line}`,
    severity: 'none',
    tooltip: [{ title, lines: [line] }],
  };
}

function runningText(
  roots: readonly RootStatus[],
  unreachable: readonly UnreachableFolder[],
  t: Translate,
): StatusText {
  const tooltip = [
    ...roots.map((root) => ({ title: `${root.name}: ${stateText(root, t)}`, lines: rootLines(root, t) })),
    ...unreachable.map(({ name, reason }) => ({ title: `${name}: ${t('cannot be opened')}`, lines: [reason] })),
  ];
  const label = [t('Almagest'), ...tooltip.map(({ title }) => title)].join(', ');
  const damaged = roots.some((root) => root.state === 'corrupted');
  if (damaged) return { text: `$(error) ${t('Index damaged')}`, label, severity: 'error', tooltip };

  const busy = roots.find(isBusy);
  if (busy !== undefined) {
    const progress = busy.progress === undefined ? '' : progressText(busy.progress);
    const stage = busy.progress === undefined ? t('Almagest') : stageText(busy.progress.stage, t);
    const isCountOfFiles = busy.progress?.unit === undefined && progress !== '';
    const text = isCountOfFiles ? progress : `${stage} ${progress}`.trimEnd();
    return {
      text: `$(sync~spin) ${text}`,
      label: `${label}, ${stage} ${progress}`.trimEnd(),
      severity: 'none',
      tooltip,
    };
  }
  const paused = roots.find((root) => root.paused);
  if (paused !== undefined) {
    const progress = paused.progress === undefined ? '' : progressText(paused.progress);
    return { text: `$(debug-pause) ${progress || t('Paused')}`, label, severity: 'none', tooltip };
  }
  if (tooltip.length === 0) return plain('$(telescope)', t('No folder is indexed'), t);
  const isWhole = unreachable.length === 0 && roots.every((root) => root.unreadable === undefined);
  const icon = isWhole ? '$(telescope)' : '$(warning)';
  // Everything answers meanwhile, so nothing turns.
  const following = roots.find(({ progress }) => progress !== undefined)?.progress;
  if (following !== undefined) {
    const text = workText(following, t);
    return { text: `${icon} ${text}`, label: `${label}, ${text}`, severity: 'none', tooltip };
  }
  return { text: `${icon} ${t('Almagest')}`, label, severity: 'none', tooltip };
}

function workText(progress: StageProgress, t: Translate): string {
  return `${stageText(progress.stage, t)} ${progressText(progress)}`.trimEnd();
}

function rootLines(root: RootStatus, t: Translate): readonly string[] {
  const { counts, progress } = root;
  const lines = [root.cause];
  if (progress !== undefined) {
    lines.push(workText(progress, t));
    if (progress.current !== undefined) lines.push(progress.current);
    const speed = speedText(progress, t);
    if (speed !== '') lines.push(speed);
    if (root.slowed !== undefined) lines.push(slowText(root.slowed, t));
  }
  lines.push([filesText(counts.files, t), symbolsText(counts.symbols, t)].join(', '));
  if (root.unreadable !== undefined && root.unreadable !== root.cause) lines.push(root.unreadable);
  if (root.safeMode !== undefined) lines.push(root.safeMode);
  lines.push(...(root.opening?.repaired ?? []));
  if (root.readOnly !== undefined) lines.push(t('Read-only: {0}', root.readOnly));
  return [...lines, ...root.suggestions].filter((line) => line !== '');
}

function speedText(progress: StageProgress, t: Translate): string {
  const parts: string[] = [];
  const rate = rateText(progress);
  const { etaMs } = progress;
  if (rate !== '') parts.push(t('{0} per second', rate));
  if (etaMs !== undefined) parts.push(t('about {0} left', formatDuration(roundUpSeconds(etaMs))));
  return parts.join(', ');
}

/** An estimate in milliseconds would claim more than is known. */
function roundUpSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000)) * 1_000;
}
