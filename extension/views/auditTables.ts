// The tables of the Audit, from the audit of a build and that of the build before. Pure functions.

import type { Cell, Table, Tone } from '../../media/auditMessages';
import { byteText, type BuildAudit, type BuildPhase, type FileCost, type SchedulerStats } from '../../server/protocol';
import { formatCount, formatDuration, formatMoment, reasonText } from '../format';
import type { Translate } from '../serverState';
import { budgetsOf, countersOf, skippedOf, stepsOf } from './buildSteps';

/** Every table that has rows, in the order in which they are read. */
export function auditTables(audit: BuildAudit, before: BuildAudit | null, t: Translate): readonly Table[] {
  const tables = [
    stageTable(audit, t),
    ...(audit.scheduler === undefined ? [] : [schedulerTable(audit.scheduler, t)]),
    stepTable(audit, t),
    lateRunTable(audit, t),
    budgetTable(audit, t),
    skippedTable(audit, t),
    fileTable('slowest', t('Slowest files'), audit.costs.slowest, t),
    fileTable('heaviest', t('Files with most facts'), audit.costs.heaviest, t),
    counterTable(audit, before, t),
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** "done" in the user's language; what this version does not know is shown as it is. */
export function statusText(status: string, t: Translate): string {
  const texts: Readonly<Record<string, string>> = {
    pending: t('to come'),
    running: t('running'),
    done: t('done'),
    failed: t('failed'),
    interrupted: t('interrupted'),
    unavailable: t('left out'),
  };
  return texts[status] ?? status;
}

export function statusTone(status: string): Tone {
  if (status === 'done') return 'good';
  if (status === 'failed') return 'bad';
  if (status === 'interrupted') return 'warning';
  return status === 'running' ? 'plain' : 'quiet';
}

type Columns = Table['columns'];
const text = (label: string): Columns[number] => ({ label, isNumber: false });
const number = (label: string): Columns[number] => ({ label, isNumber: true });
const plain = (value: string): Cell => ({ text: value });

function stageTable({ state }: BuildAudit, t: Translate): Table {
  return {
    id: 'stages',
    title: t('Stages'),
    columns: [text(t('Stage')), text(t('Status')), text(t('Began')), number(t('Took')), text(t('Remark'))],
    rows: Object.entries(state.phases).map(([name, phase]) => [plain(name), ...phaseCells(phase, t)]),
    isOpen: true,
  };
}

function phaseCells({ status, startedAt, finishedAt, detail }: BuildPhase, t: Translate): readonly Cell[] {
  if (startedAt === null && (status === 'interrupted' || status === 'failed')) {
    return [{ text: t('not reached'), tone: 'quiet' }, plain(''), plain(''), plain('')];
  }
  const [began, ended] = [startedAt, finishedAt].map((time) => (time === null ? undefined : Date.parse(time)));
  return [
    { text: statusText(status, t), tone: statusTone(status) },
    plain(began === undefined || status === 'unavailable' ? '' : formatMoment(began)),
    plain(began === undefined || ended === undefined ? '' : formatDuration(ended - began)),
    plain(detail),
  ];
}

/** What the charts show, as numbers. */
function stepTable({ audits }: BuildAudit, t: Translate): Table {
  return {
    id: 'steps',
    title: t('Steps'),
    columns: [
      ...[text(t('Stage')), text(t('Step'))],
      ...[number(t('Began after')), number(t('Took')), number(t('Memory, server')), text(t('Remark'))],
    ],
    rows: stepsOf(audits).map(({ stage, step, startMs, endMs, rss, detail }) => [
      plain(stage),
      plain(step),
      plain(formatDuration(startMs)),
      plain(formatDuration(endMs - startMs)),
      plain(byteText(rss)),
      plain(detail),
    ]),
    isOpen: false,
  };
}

/** What was made from the facts of the build when it was over. */
function lateRunTable({ lateRuns }: BuildAudit, t: Translate): Table {
  const names: Readonly<Record<string, string>> = { artifacts: t('Artifacts'), sqlite: t('SQLite database') };
  return {
    id: 'lateRuns',
    title: t('Made later'),
    columns: [
      ...[text(t('What')), text(t('Status')), text(t('Began'))],
      ...[number(t('Took')), number(t('Memory, server')), number(t('Memory, SQLite'))],
      ...[number(t('Written')), text(t('Remark'))],
    ],
    rows: lateRuns.map(({ kind, status, audit: { generatedAt, checkpoints, highWater } }) => {
      const last = checkpoints[checkpoints.length - 1];
      const details = checkpoints.flatMap(({ extra }) => extra.detail ?? []);
      return [
        plain(names[kind] ?? kind),
        { text: statusText(status, t), tone: statusTone(status) },
        plain(formatMoment(Date.parse(generatedAt))),
        plain(last === undefined || status === 'running' ? '' : formatDuration(last.elapsedMs)),
        plain(byteText(highWater.memory.rss)),
        plain(last?.extra.sqlite === undefined ? '' : byteText(last.extra.sqlite.peakRss)),
        plain(last?.extra.outputBytes === undefined ? '' : byteText(last.extra.outputBytes)),
        plain(details.join(' ')),
      ];
    }),
    isOpen: true,
  };
}

function budgetTable(audit: BuildAudit, t: Translate): Table {
  const { policies, strict } = audit.state.byteBudgets;
  const budgets = budgetsOf(audit);
  const tones = new Map<string, Tone>([
    ['failed', 'bad'],
    ['none', 'good'],
    ['sharded', 'good'],
    ['discarded', 'quiet'],
    ['', 'quiet'],
  ]);
  const isTimed = budgets.some(({ ms }) => ms !== undefined);
  return {
    id: 'budgets',
    title: t('Byte budgets'),
    note: strict ? t('Strict: whatever exceeds its budget fails, unless it is sharded.') : '',
    columns: [
      ...[text(t('Artifact or store')), number(t('Used')), number(t('Limit'))],
      ...[text(t('Overflow')), text(t('Action'))],
      ...(isTimed ? [number(t('Took'))] : []),
    ],
    rows: budgets.map(({ artifact, usedBytes, limitBytes, action, ms }) => [
      plain(artifact),
      action === '' ? plain('') : { text: byteText(usedBytes), share: shareOf(usedBytes, limitBytes, action) },
      plain(byteText(limitBytes)),
      plain(policies[artifact]?.overflow ?? ''),
      { text: action === '' ? t('not used') : action, tone: tones.get(action) ?? 'warning' },
      // A pool is told of at the same moment as the last of its artifacts.
      ...(isTimed ? [plain(ms === undefined || ms === 0 ? '' : formatDuration(ms))] : []),
    ]),
    isOpen: budgets.some(({ action }) => action !== ''),
  };
}

/** What is sharded has its limit part by part. */
function shareOf(usedBytes: number, limitBytes: number, action: string): number {
  const share = usedBytes / Math.max(1, limitBytes);
  return action === 'sharded' ? Math.min(1, share) : share;
}

function skippedTable(audit: BuildAudit, t: Translate): Table {
  return {
    id: 'skipped',
    title: t('Skipped files by reason'),
    note: t('The Index view lists them.'),
    columns: [text(t('Reason')), number(t('Files')), text(t('Where'))],
    rows: skippedOf(audit).map(({ reason, files, modes, passedOver }) => [
      plain(reasonText(reason as Parameters<typeof reasonText>[0], t)),
      plain(formatCount(files)),
      plain(
        [
          ...modes.map(([mode, count]) => `${mode} ${formatCount(count)}`),
          ...(passedOver === 0 ? [] : [t('passed over by the scan {0}', formatCount(passedOver))]),
        ].join(', '),
      ),
    ]),
    isOpen: true,
  };
}

function fileTable(id: string, title: string, files: readonly FileCost[], t: Translate): Table {
  const most = Math.max(1, ...files.map((file) => (id === 'slowest' ? file.micros : file.rows)));
  return {
    id,
    title,
    columns: [text(t('File')), number(t('Time')), number(t('Size')), number(t('Rows of facts'))],
    rows: files.map(({ path, bytes, micros, rows }) => {
      const time = { text: formatDuration(micros / 1000), ...(id === 'slowest' ? { share: micros / most } : {}) };
      const facts = { text: formatCount(rows), ...(id === 'slowest' ? {} : { share: rows / most }) };
      return [{ text: path, path }, time, plain(byteText(bytes)), facts];
    }),
    isOpen: id === 'slowest',
  };
}

function counterTable(audit: BuildAudit, before: BuildAudit | null, t: Translate): Table {
  return {
    id: 'counters',
    title: t('Counters'),
    note:
      before === null
        ? t('There is no build before this one to compare with.')
        : t('Compared with the build of {0}.', formatMoment(Date.parse(before.state.createdAt))),
    columns: [
      ...[text(t('Mode')), text(t('Step')), text(t('Counter'))],
      ...[number(t('Count')), number(t('Before')), number(t('Difference'))],
    ],
    rows: countersOf(audit.audits, before?.audits).map(({ mode, step, counter, value, before: then }) => [
      plain(mode === '' ? t('all') : mode),
      plain(step),
      plain(counter),
      plain(formatCount(value)),
      plain(then === undefined ? '' : formatCount(then)),
      differenceCell(value, then),
    ]),
    isOpen: before !== null,
  };
}

function differenceCell(value: number, before: number | undefined): Cell {
  if (before === undefined) return plain('');
  const difference = value - before;
  if (difference === 0) return { text: '±0', tone: 'quiet' };
  return { text: `${difference > 0 ? '+' : '−'}${formatCount(Math.abs(difference))}`, tone: 'warning' };
}

/** What waits and runs at this moment; the counts are those since the server began. */
function schedulerTable({ queues, tokens: { cpu, io, mem } }: SchedulerStats, t: Translate): Table {
  const used = [
    t('{0} of {1} for processors', cpu.used, cpu.total),
    t('{0} of {1} for disks', io.used, io.total),
    t('{0} of {1} of memory', byteText(mem.used), byteText(mem.total)),
  ];
  return {
    id: 'scheduler',
    title: t('Scheduler, now'),
    note: t('Tokens in use: {0}.', used.join(', ')),
    columns: [
      text(t('Queue')),
      ...[t('Waiting'), t('Bytes waiting'), t('Oldest wait'), t('Running')].map(number),
      ...[t('Done'), t('Failed'), t('Cancelled'), t('Out of turn')].map(number),
    ],
    rows: Object.entries(queues).map(([name, queue]) => {
      const counters = [queue.completed, queue.failed, queue.rejected, queue.starvation];
      const tone: Tone = queue.scheduled === 0 ? 'quiet' : 'plain';
      const { pending, maxPending } = queue;
      return [
        { text: name, tone },
        { text: `${formatCount(pending)} / ${formatCount(maxPending)}`, share: pending / maxPending, tone },
        { text: byteText(queue.pendingBytes), tone },
        { text: pending === 0 ? '' : formatDuration(queue.oldestWaitMs) },
        { text: formatCount(queue.running), tone },
        ...counters.map((count) => ({ text: formatCount(count), tone })),
      ];
    }),
    isOpen: true,
  };
}
