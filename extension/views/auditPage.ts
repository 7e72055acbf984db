// What the Audit shows of a build: facts, the waterfall and tables, every text ready to be drawn. Pure functions;
// auditView.ts asks for the data and posts the page.

import type { AuditPage, BuildChoice, BuildPage, Waterfall } from '../../media/auditMessages';
import { byteText, type BuildAudit, type BuildInfo } from '../../server/protocol';
import { filesText, formatCount, formatDuration, formatMoment } from '../format';
import type { Translate } from '../serverState';
import { auditTables, statusText, statusTone } from './auditTables';
import { extractorPeak, memoryOf, skippedOf, stageOrder, stepsOf, type BuildStep } from './buildSteps';

/** The page for the chosen build; `before` is the build before it, `now` the time to which a running one is drawn. */
export function auditPage(
  name: string,
  builds: readonly BuildInfo[],
  audit: BuildAudit | null,
  before: BuildAudit | null,
  now: number,
  t: Translate,
): AuditPage {
  if (audit === null) {
    return { builds: [], empty: t('No build of {0} was recorded yet. "Rebuild" makes one.', name) };
  }
  const { buildId } = audit.state;
  return {
    builds: builds.map((build) => buildChoice(build, build.buildId === buildId, t)),
    build: buildPage(name, builds, audit, before, now, t),
  };
}

function buildChoice(build: BuildInfo, chosen: boolean, t: Translate): BuildChoice {
  const took = build.status === 'running' ? [] : [formatDuration(build.elapsedMs)];
  const parts = [statusText(build.status, t), filesText(build.files, t), ...took, build.cause];
  return {
    buildId: build.buildId,
    label: formatMoment(Date.parse(build.createdAt)),
    description: parts.join(', '),
    tone: statusTone(build.status),
    chosen,
  };
}

function buildPage(
  name: string,
  builds: readonly BuildInfo[],
  audit: BuildAudit,
  before: BuildAudit | null,
  now: number,
  t: Translate,
): BuildPage {
  const { state, audits } = audit;
  const info = builds.find(({ buildId }) => buildId === state.buildId);
  const isRunning = state.status === 'running';
  // The account of a running build ends with the last step that is done.
  const elapsedMs = isRunning ? now - Date.parse(state.createdAt) : (info?.elapsedMs ?? lastMs(audit));
  const peak = Math.max(info?.peakRss ?? 0, ...audits.map(({ highWater }) => highWater.memory.rss));
  const extractors = extractorPeak(audits);
  const facts = [
    { label: t('Status'), value: statusText(state.status, t) },
    { label: t('Cause'), value: state.cause },
    { label: t('Began'), value: formatMoment(Date.parse(state.createdAt)) },
    { label: isRunning ? t('Running for') : t('Took'), value: formatDuration(elapsedMs) },
    { label: t('Files read'), value: formatCount(info?.files ?? 0) },
    { label: t('Files skipped'), value: formatCount(skippedOf(audit).reduce((sum, { files }) => sum + files, 0)) },
    { label: t('Most memory, server'), value: byteText(peak) },
    ...(extractors === 0 ? [] : [{ label: t('Most memory, extractor'), value: byteText(extractors) }]),
    ...gitFacts(state.git, t),
    { label: t('Version'), value: state.tool.version },
  ];
  return {
    title: t('{0}: build of {1}', name, formatMoment(Date.parse(state.createdAt))),
    facts,
    waterfall: waterfall(audit, Math.max(elapsedMs, lastMs(audit)), t),
    tables: auditTables(audit, before, t),
  };
}

function gitFacts(git: BuildAudit['state']['git'], t: Translate): BuildPage['facts'] {
  if (git === null) return [];
  const head = git.head?.slice(0, 12) ?? '';
  return [{ label: t('Git'), value: [git.branch ?? '', head].filter((part) => part !== '').join(' ') }];
}

function lastMs({ audits }: BuildAudit): number {
  const ends = audits.flatMap(({ checkpoints }) => checkpoints.map(({ elapsedMs }) => elapsedMs));
  return ends.reduce((last, end) => Math.max(last, end), 0);
}

function waterfall({ state, audits }: BuildAudit, elapsedMs: number, t: Translate): Waterfall {
  const steps = stepsOf(audits);
  const memory = memoryOf(audits);
  const longest = [...steps].sort((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs)).slice(0, 3);
  const most = memory.reduce((max, point) => (point.bytes > max.bytes ? point : max), { ms: 0, bytes: 0 });
  const longestText = longest.map(({ step, startMs, endMs }) => `${step} ${formatDuration(endMs - startMs)}`);
  return {
    title: t('Where time and memory went'),
    timeSummary:
      state.status === 'running'
        ? t('Still running; the longest steps so far: {0}.', longestText.join(', '))
        : t('{0} in all; the longest steps: {1}.', formatDuration(elapsedMs), longestText.join(', ')),
    memorySummary: t('The server had at most {0}, after {1}.', byteText(most.bytes), formatDuration(most.ms)),
    elapsedMs,
    bars: [
      ...steps.map(({ stage, step, startMs, endMs, rss, detail }) => ({
        label: `${stage} ${step}`,
        stage: stageOrder.indexOf(stage),
        startMs,
        endMs,
        title: [formatDuration(endMs - startMs), byteText(rss), detail].filter((part) => part !== '').join(', '),
      })),
      ...runningBars(state, steps, elapsedMs, t),
    ],
    memoryLabel: t('Memory of the server'),
    memory,
  };
}

/** What no step has accounted for yet: from the last one of each running stage until now. */
function runningBars(
  { createdAt, phases }: BuildAudit['state'],
  steps: readonly BuildStep[],
  elapsedMs: number,
  t: Translate,
): Waterfall['bars'] {
  return Object.entries(phases).flatMap(([stage, { status, startedAt }]) => {
    if (status !== 'running' || startedAt === null) return [];
    const ends = steps.filter((step) => step.stage === stage).map(({ endMs }) => endMs);
    const startMs = Math.min(elapsedMs, Math.max(Date.parse(startedAt) - Date.parse(createdAt), ...ends));
    const order = stageOrder.findIndex((each) => each === stage);
    const label = t('{0}, running', stage);
    return [{ label, stage: order, startMs, endMs: elapsedMs, title: formatDuration(elapsedMs - startMs) }];
  });
}
