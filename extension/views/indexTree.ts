// The rows of the Index view, from the status of the roots. Pure functions; indexView.ts draws the rows.

import {
  byteText,
  progressText,
  type NextSnapshot,
  type RootStatus,
  type SkippedFile,
  type UnreachableFolder,
} from '../../server/protocol';
import { filesText, formatCount, formatDuration, formatTime, reasonText, stageText, stateText } from '../format';
import { bytesOnDisk, isBusy, type Translate } from '../serverState';

export interface IndexRow {
  /** Stable while the row means the same thing. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly icon?: string;
  /** What menus of package.json see as `viewItem`. */
  readonly kind?: string;
  readonly root: string;
  readonly expanded?: boolean;
  readonly rows?: readonly IndexRow[];
  /** Rows that have to be asked for: the files with this reason. */
  readonly filesOf?: SkippedFile['reason'];
  /** File that the row opens. */
  readonly uri?: string;
  /** Command that the row runs on its root. */
  readonly command?: string;
}

/** One row per root, with everything that the status says below it. */
export function indexRows(roots: readonly RootStatus[], t: Translate): readonly IndexRow[] {
  return roots.map((root) => ({
    id: root.root,
    root: root.root,
    label: root.name,
    description: root.readOnly === undefined ? stateText(root, t) : t('{0}, read-only', stateText(root, t)),
    icon: stateIcon(root),
    kind: root.paused ? 'root paused' : 'root active',
    expanded: true,
    rows: root.state === 'empty' ? stateRows(root, t) : [...stateRows(root, t), ...builtRows(root, t)],
  }));
}

/** One row per folder that has no root because it cannot be opened, with the reason below it. */
export function unreachableRows(folders: readonly UnreachableFolder[], t: Translate): readonly IndexRow[] {
  return folders.map(({ uri, name, reason }) => ({
    id: uri,
    root: uri,
    label: name,
    description: t('cannot be opened'),
    icon: 'warning',
    expanded: true,
    rows: [{ id: `${uri}/cause`, root: uri, label: t('Cause'), description: reason, icon: 'info' }],
  }));
}

/** The row of a file that is skipped, or limited. */
export function fileRow(root: string, { uri, path, reason, detail }: SkippedFile): IndexRow {
  return { id: `${root}/file/${reason}/${path}`, root, label: path, description: detail, kind: 'file', uri };
}

/** The row that says that a list was cut. */
export function cutRow(root: string, reason: string, shown: number, total: number, t: Translate): IndexRow {
  const label = t('{0} more are not listed', formatCount(total - shown));
  return { id: `${root}/cut/${reason}`, root, label, icon: 'ellipsis' };
}

function stateIcon(root: RootStatus): string {
  if (root.state === 'corrupted') return 'error';
  if (root.paused) return 'debug-pause';
  if (isBusy(root)) return 'sync~spin';
  if (root.unreadable !== undefined) return 'warning';
  return root.readOnly === undefined ? 'database' : 'lock';
}

function stateRows(root: RootStatus, t: Translate): readonly IndexRow[] {
  const row = rowMaker(root);
  const rows: IndexRow[] = [
    row('cause', t('Cause'), root.cause, 'info'),
    row('since', t('Since'), formatTime(root.since), 'clock'),
  ];
  if (root.progress !== undefined) {
    const { stage, current } = root.progress;
    const progress = [progressText(root.progress), current ?? ''].filter((part) => part !== '').join('  ');
    rows.push(row('progress', stageText(stage, t), progress, 'sync'));
  }
  if (root.unreadable !== undefined && root.unreadable !== root.cause) {
    rows.push(row('unreadable', t('Cannot be read'), root.unreadable, 'warning'));
  }
  if (root.readOnly !== undefined) rows.push(row('readOnly', t('Read-only'), root.readOnly, 'lock'));
  if (root.safeMode !== undefined) {
    const resume = { ...row('action/resume', t('Resume indexing'), '', 'debug-continue'), command: 'almagest.resume' };
    rows.push(row('safeMode', t('Safe mode'), root.safeMode, 'shield'), resume);
  }
  const repaired = root.opening?.repaired ?? [];
  if (repaired.length > 0) {
    rows.push({
      ...row('repaired', t('Repaired when it was opened'), formatCount(repaired.length), 'tools'),
      expanded: true,
      rows: repaired.map((text, i) => row(`repaired/${i}`, text)),
    });
  }
  if (root.quarantine.items > 0) {
    const { items, bytes } = root.quarantine;
    const text = t('{0}, {1}', formatCount(items), byteText(bytes));
    rows.push({ ...row('quarantine', t('Quarantine'), text, 'archive'), command: 'almagest.openIndexFolder' });
  }
  root.suggestions.forEach((text, i) => rows.push(row(`suggestion${i}`, text, '', 'lightbulb')));
  const action = (id: string, label: string, icon: string): IndexRow => ({
    ...row(`action/${id}`, label, '', icon),
    command: `almagest.${id}`,
  });
  if (root.state === 'corrupted') {
    rows.push(action('repair', t('Repair the index'), 'tools'), action('rebuild', t('Rebuild the index'), 'refresh'));
  }
  if (root.state === 'empty' && !isBusy(root)) rows.push(action('rebuild', t('Build the index'), 'refresh'));
  return rows;
}

/** What there is to tell of an index that is there. */
function builtRows(root: RootStatus, t: Translate): readonly IndexRow[] {
  return [...contentRows(root, t), ...storeRows(root, t), ...gapRows(root, t)];
}

function contentRows(root: RootStatus, t: Translate): readonly IndexRow[] {
  const row = rowMaker(root);
  const { files, bytes, symbols, imports, callSites, typeRefs, chunks, languages } = root.counts;
  const counted = (id: string, label: string, count: number): IndexRow => row(`count/${id}`, label, formatCount(count));
  const byCount = Object.entries(languages).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  const rows: IndexRow[] = [
    {
      ...row('files', t('Files'), t('{0}, {1}', formatCount(files), byteText(bytes)), 'files'),
      rows: byCount.map(([language, count]) => row(`language/${language}`, language, formatCount(count))),
    },
    {
      ...row('facts', t('Symbols'), formatCount(symbols), 'symbol-class'),
      rows: [
        counted('imports', t('Imports'), imports),
        counted('callSites', t('Call sites'), callSites),
        counted('typeRefs', t('Type references'), typeRefs),
        counted('chunks', t('Chunks'), chunks),
      ],
    },
  ];
  if (root.lastBuild !== undefined) {
    const { cause, elapsedMs, stages, peakRss, files: built } = root.lastBuild;
    rows.push({
      ...row('build', t('Last build'), t('{0} in {1}', filesText(built, t), formatDuration(elapsedMs)), 'history'),
      rows: [
        { ...row('build/audit', t('Show Audit'), '', 'graph'), command: 'almagest.showAudit' },
        row('build/cause', t('Cause'), cause),
        ...Object.entries(stages).map(([stage, ms]) => row(`build/${stage}`, stageText(stage, t), formatDuration(ms))),
        row('build/server', t('Most memory, server'), byteText(peakRss.server)),
        row('build/extractors', t('Most memory, extractors'), byteText(peakRss.extractors)),
      ],
    });
  }
  return rows;
}

function storeRows(root: RootStatus, t: Translate): readonly IndexRow[] {
  const row = rowMaker(root);
  const { journal, snapshot, search, sqlite } = root.sizes;
  const verify = root.lastVerify;
  const rows: IndexRow[] = [
    {
      ...row('store', t('On disk'), byteText(bytesOnDisk(root)), 'save'),
      kind: 'store',
      rows: [
        row('store/generation', t('Generation'), formatCount(root.generation)),
        row('store/seq', t('Last durable batch'), formatCount(root.seq)),
        row('store/snapshot', t('Snapshot'), byteText(snapshot)),
        row('store/journal', t('Journal'), byteText(journal)),
        row('store/unsaved', t('Files in the journal only'), unsavedText(root, t)),
        ...(root.unsaved.next === undefined
          ? []
          : [row('store/next', t('Next snapshot'), nextSnapshotText(root.unsaved.next, t))]),
        row('store/search', t('Search index'), byteText(search)),
        ...(sqlite === undefined ? [] : [row('store/sqlite', t('SQLite database'), byteText(sqlite))]),
        { ...row('store/folder', t('Folder'), root.indexFolder), command: 'almagest.openIndexFolder' },
      ],
    },
  ];
  if (root.opening !== undefined) {
    const { at, elapsedMs, rungs } = root.opening;
    rows.push({
      ...row('opening', t('Opened'), t('{0}, in {1}', formatTime(at), formatDuration(elapsedMs)), 'folder-opened'),
      rows: rungs.map(({ name, result, ms }, i) => row(`opening/${i}`, name, `${result}, ${formatDuration(ms)}`)),
    });
  }
  if (verify === undefined) rows.push(row('verify', t('Verified'), t('not yet'), 'circle-outline'));
  else {
    const verified = row('verify', t('Verified'), formatTime(verify.at), verify.ok ? 'pass' : 'warning');
    rows.push({ ...verified, rows: [row('verify/summary', verify.summary)] });
  }
  return rows;
}

function unsavedText({ unsaved: { files, since } }: RootStatus, t: Translate): string {
  return since === undefined ? formatCount(files) : t('{0}, since {1}', formatCount(files), formatTime(since));
}

function nextSnapshotText({ at, why }: NextSnapshot, t: Translate): string {
  switch (why) {
    case 'many':
      return t('when nothing else runs, as much has changed');
    case 'journal':
      return t('when nothing else runs, as the journal is long');
    case 'quiet':
      return t('{0}, if nothing changes until then', formatTime(at));
    case 'age':
      return t('{0} at the latest, for the age of the first change', formatTime(at));
  }
}

function gapRows(root: RootStatus, t: Translate): readonly IndexRow[] {
  const group = (id: string, label: string, icon: string, reasons: Readonly<Record<string, number>>): IndexRow[] => {
    const entries = Object.entries(reasons).filter(([, count]) => count > 0);
    if (entries.length === 0) return [];
    const total = entries.reduce((sum, [, count]) => sum + count, 0);
    const rows = entries
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => ({
        ...rowMaker(root)(`${id}/${reason}`, reasonText(reason as SkippedFile['reason'], t), formatCount(count)),
        filesOf: reason as SkippedFile['reason'],
      }));
    return [{ ...rowMaker(root)(id, label, formatCount(total), icon), rows }];
  };
  return [
    ...group('skipped', t('Skipped files'), 'circle-slash', root.counts.skipped),
    ...group('limited', t('Files indexed in part'), 'circle-large-outline', root.counts.limited),
  ];
}

function rowMaker({ root }: RootStatus) {
  return (id: string, label: string, description = '', icon?: string): IndexRow => ({
    id: `${root}/${id}`,
    root,
    label,
    description,
    ...(icon === undefined ? {} : { icon }),
  });
}
