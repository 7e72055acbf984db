// `almagest audit`: where the time, memory and bytes of a build went, and what it skipped. Reads the account of the build
// only; it needs neither the index nor its owner.

import { isBuildId, listBuilds, readBuild } from '../pipeline/audit/builds';
import { spansOf, stableProjection } from '../pipeline/audit/summary';
import { modes, type Mode } from '../model/mode';
import { stepsOfAllModes, type Checkpoint } from '../model/stageAudit';
import type { BuildAudit, BuildInfo, FileCost, LateRun, StageAudit } from '../protocol';
import { byteText } from '../model/byteText';
import { count, counted } from '../util/counted';
import { usage } from './arguments';
import { folderPositional, indexDirOption, jsonOption, type Command } from './command';
import { CommandError, ExitCode } from './exitCode';
import { duration, table } from './format';
import { placeOf, quoted, requireIndex } from './opening';

/** Files of each kind in the text. */
const shownCosts = 10;

export const auditCommand: Command = {
  name: 'audit',
  summary: 'Show where the time, memory and bytes of a build went',
  details:
    'Without --build it is the newest of the last ten builds. First builds, rebuilds and large changes are builds.\n' +
    'What was made of it later, artifacts and the SQLite form, is told with it.\n' +
    'With --stable, what differs from run to run is left out: builds of equal trees print equal text.',
  positionals: [folderPositional],
  options: [
    { name: 'build', value: 'id', help: 'the build, by its id; see --list' },
    { name: 'mode', value: 'mode', help: `only this mode: ${modes.join(', ')}` },
    { name: 'list', help: 'list the builds that are kept' },
    { name: 'stable', help: 'print, as JSON, what is equal for equal trees' },
    indexDirOption,
    jsonOption,
  ],
  examples: [
    ['almagest audit', 'the newest build of the current folder'],
    ['almagest audit --list', 'ids, causes and times of the builds'],
    ['almagest audit --stable | sha256sum', 'a fingerprint of what a build counted'],
  ],
  json: `state    of the build (build_state.json)          audits   one per mode (stage-audit-<mode>.json)
costs    { slowest, heaviest }: [{ path, bytes, micros, rows }]
lateRuns of artifacts and of the SQLite form, newest first: [{ kind, status, audit }]
With --list: builds [{ buildId, status, cause, createdAt, finishedAt, elapsedMs, files, skipped, peakRss }]`,
  async run(context) {
    const { args, output } = context;
    const place = await placeOf(context, args.positionals[0]);
    requireIndex(place);
    if (args.has('list')) {
      const builds = await listBuilds(place.indexFolder);
      await (args.has('json') ? output.printJson({ builds }) : output.print(buildList(builds)));
      return ExitCode.ok;
    }
    const mode = modeOf(args.text('mode'));
    const id = args.text('build');
    if (id !== undefined && !isBuildId(id))
      throw usage(`"${id}" is not the id of a build.`, 'See "almagest audit --list".');
    const audit = await readBuild(place.indexFolder, id);
    if (audit === undefined) {
      const what = id === undefined ? 'There is no build yet' : `There is no build ${id} any more`;
      throw new CommandError(
        ExitCode.nothing,
        `${what} of ${place.root.path}.`,
        `"almagest rebuild ${quoted(place.root.givenPath)}" makes one.`,
      );
    }
    const shown = { ...audit, audits: audit.audits.filter((each) => mode === undefined || each.mode === mode) };
    if (args.has('stable')) await output.print(`${JSON.stringify(shown.audits.map(stableProjection), undefined, 2)}\n`);
    else if (args.has('json')) await output.printJson(shown);
    else await output.print(buildText(shown, (text) => output.foreign(text)));
    return ExitCode.ok;
  },
};

function modeOf(name: string | undefined): Mode | undefined {
  const mode = modes.find((each) => each === name);
  if (name !== undefined && mode === undefined)
    throw usage(`There is no mode "${name}".`, `There are ${modes.join(', ')}.`);
  return mode;
}

function buildList(builds: readonly BuildInfo[]): string {
  if (builds.length === 0) return 'No build is kept.\n';
  return builds
    .map(({ buildId, status, cause, elapsedMs, files }) => {
      return `${buildId}  ${status.padEnd(11)}  ${duration(elapsedMs).padStart(9)}  ${counted(files, 'file')}  ${cause}\n`;
    })
    .join('');
}

function buildText({ state, audits, costs, lateRuns }: BuildAudit, foreign: (text: string) => string): string {
  const phases = Object.entries(state.phases).map(([name, { status, detail }]) => {
    return [name, `${status}${detail === '' ? '' : `: ${detail}`}`] as const;
  });
  const commit = state.git?.head?.slice(0, 12) ?? '';
  const about = table([
    ['Status', state.status],
    ['Cause', state.cause],
    ['Began', state.createdAt],
    ['Ended', state.finishedAt ?? ''],
    ['Commit', state.git === null ? '' : foreign(`${commit} ${state.git.branch ?? ''}`.trim())],
    ...phases,
  ]);
  return [
    `Build ${state.buildId}\n${about}`,
    ...(audits.length > 1 ? audits.slice(0, 1).map(commonText) : []),
    ...audits.map((audit) => modeText(audit, audits.length > 1)),
    ...lateRuns.map(lateRunText),
    budgetText([...audits, ...lateRuns.map(({ audit }) => audit).reverse()]),
    costText('Slowest files', costs.slowest, ({ micros }) => duration(micros / 1000), foreign),
    costText('Heaviest files', costs.heaviest, ({ rows }) => counted(rows, 'row'), foreign),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** The steps that know no modes, and the time of each stage. */
function commonText(audit: StageAudit): string {
  return `${headOf('All modes', audit)}${table(stepRows(audit, (step) => stepsOfAllModes.includes(step)))}`;
}

/** The steps of a mode with time, memory and counters; those of all modes only where they are told nowhere else. */
function modeText(audit: StageAudit, isOneOfMany: boolean): string {
  const head = isOneOfMany ? `${audit.mode}\n` : headOf(audit.mode, audit);
  return `${head}${table(stepRows(audit, (step) => !isOneOfMany || !stepsOfAllModes.includes(step)))}`;
}

function headOf(name: string, { stages, highWater }: StageAudit): string {
  const times = Object.entries(stages).map(([stage, { elapsedMs }]) => `${stage} ${duration(elapsedMs)}`);
  return `${name}: ${times.join(', ')}; at most ${byteText(highWater.memory.rss)} of memory\n`;
}

function lateRunText({ kind, status, audit }: LateRun): string {
  return `Later: ${lateRunNames[kind]}, ${status}, began ${audit.generatedAt}\n${table(stepRows(audit, () => true))}`;
}

const lateRunNames: Readonly<Record<LateRun['kind'], string>> = {
  artifacts: 'artifacts',
  sqlite: 'the SQLite form',
};

function stepRows(
  { checkpoints }: StageAudit,
  isShown: (step: string) => boolean,
): readonly (readonly [step: string, text: string])[] {
  const spans = spansOf(checkpoints);
  return checkpoints.flatMap((point, i) => {
    const step = `${point.stage}/${point.step}`;
    return point.stage === 'artifacts' || !isShown(step) ? [] : [[step, stepText(point, spans[i]?.ms ?? 0)] as const];
  });
}

function stepText({ memory, extra: { counts, outputBytes, sqlite, detail } }: Checkpoint, ms: number): string {
  const counters = Object.entries(counts)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${name.toLowerCase().endsWith('bytes') ? byteText(value) : count(value)}`);
  const written = outputBytes === undefined ? [] : [`wrote ${byteText(outputBytes)}`];
  const inSqlite = sqlite === undefined ? [] : [`SQLite at most ${byteText(sqlite.peakRss)}`];
  const columns = `${duration(ms).padStart(9)}  ${byteText(memory.rss).padStart(8)}`;
  return `${columns}  ${[...counters, ...written, ...inSqlite, ...(detail === undefined ? [] : [detail])].join(', ')}`;
}

function budgetText(audits: readonly StageAudit[]): string {
  // The last use of a budget counts.
  const uses = new Map<string, string>();
  for (const { extra } of audits.flatMap(({ checkpoints }) => checkpoints)) {
    if (extra.artifact === undefined || extra.budget === undefined) continue;
    const { usedBytes, limitBytes, action } = extra.budget;
    uses.set(extra.artifact, `${byteText(usedBytes)} of ${byteText(limitBytes)}  ${action}`);
  }
  const rows = [...uses];
  return rows.length === 0 ? '' : `Byte budgets\n${table(rows)}`;
}

function costText(
  title: string,
  costs: readonly FileCost[],
  measure: (cost: FileCost) => string,
  foreign: (text: string) => string,
): string {
  if (costs.length === 0) return '';
  return `${title}\n${table(costs.slice(0, shownCosts).map((cost) => [measure(cost), `${foreign(cost.path)} (${byteText(cost.bytes)})`]))}`;
}
