// The benchmark: `npm run bench [-- <corpus>…]`. Prints a table and writes it to test/bench/RESULTS.md. Each figure is the
// median of several runs in fresh processes; peers run on the same files in the same run, and losses are printed too.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseOnly } from '../../native';
import { limits } from '../../server/pipeline/workspaceIndexes';
import { scan } from '../../server/workspace/scan';
import { chosenCorpora, type Corpus } from './corpora';
import { exponent, machine, median } from './measure';
import { svg } from './plot';
import { symbolQueries } from './queries';
import { schedulerMicros } from './schedulerCost';

const threads = 2;
const saves = 40;
const sqlEdits = 50;
const queryCount = 1000;
/** Files that are changed before a kill; one more than a thousand would be saved at once. */
const crashEdits = 950;

interface Row {
  readonly what: string;
  readonly values: readonly string[];
}

interface BuildResult {
  readonly elapsedMs: number;
  /** Until everything was durable and searchable: without the snapshot that follows. */
  readonly searchableMs: number;
  readonly counts: { readonly files: number; readonly bytes: number; readonly symbols: number };
  readonly sizes: { readonly journal: number; readonly snapshot: number; readonly search: number };
  readonly peakRss: number;
  readonly factBytes: number;
  readonly loopDelayP99Ms: number;
}

interface SqlResult {
  readonly makeMs: number;
  readonly bytes: number;
  readonly peakRss: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const work = mkdtempSync(join(tmpdir(), 'almagest-bench-'));

async function main(): Promise<void> {
  const chosen = chosenCorpora(process.argv.slice(2));
  if (chosen.length === 0) throw new Error('no corpus to measure');
  const columns: Row[][] = [];
  let linear: readonly string[] = [];
  for (const corpus of chosen) {
    const { rows, build, tree } = await measure(corpus);
    columns.push(rows);
    if (corpus === chosen.at(-1)) linear = await linearity(corpus.name, tree, build);
    rmSync(tree, { recursive: true, force: true });
  }
  const scheduling = `Scheduler: ${(await schedulerMicros()).toFixed(1)} µs of CPU time a task (≤ 5).`;
  const report = render(chosen, columns, [...linear, '', scheduling]);
  writeFileSync('test/bench/RESULTS.md', report);
  console.log(report);
}

async function measure(corpus: Corpus): Promise<{ rows: Row[]; build: BuildResult; tree: string }> {
  const { name } = corpus;
  // A copy, because saves are part of what is measured; without ignore files of its packaging.
  const folder = writableCopy(corpus.folder, name);
  const runs = name === 'linux' ? 1 : 3;
  const indexDir = join(work, name);
  const builds: BuildResult[] = [];
  for (let run = 0; run < runs; run++) {
    rmSync(indexDir, { recursive: true, force: true });
    builds.push(session<BuildResult>('build', folder, indexDir));
  }
  const build = builds.sort((a, b) => a.elapsedMs - b.elapsedMs)[Math.floor(runs / 2)] as BuildResult;
  const same = await sameFiles(folder, session<string[]>('parsed', folder, indexDir), runs);
  const ctags = await repeat(runs, () =>
    timed('ctags', ['-R', '--links=no', '--sort=no', '-f', join(work, 'tags'), folder]),
  );
  const ripgrep = await repeat(3, () => timed('rg', ['--no-messages', '-c', 'zq_no_such_text', folder]));
  const reopened = Array.from({ length: 3 }, () =>
    session<{ firstAnswerMs: number; settledMs: number }>('reopen', folder, indexDir),
  );
  const queries = join(work, `${name}.queries`);
  writeFileSync(queries, (await symbolQueries(folder, indexDir, queryCount)).join('\n'));
  const asked = session<{ p50Ms: number; p95Ms: number }>('symbols', folder, indexDir, '0', queries);
  const saved = session<{ p50Ms: number; p95Ms: number; watcherRss: number }>('save', folder, indexDir, String(saves));
  const sql = attempted(() => session<SqlResult>('sql', folder, indexDir, String(sqlEdits)));
  const left = killedSession<{ files: number; journal: number }>('crash', folder, indexDir, String(crashEdits));
  const recovered = session<{ firstAnswerMs: number }>('reopen', folder, indexDir);
  const { files, bytes, symbols } = build.counts;
  const stored = build.sizes.snapshot + build.sizes.search;
  const rows = [
    row('files / MB of text', `${files} / ${mb(bytes)}`),
    row('symbols', String(symbols)),
    row('**first build**, with a snapshot', seconds(build.elapsedMs)),
    row(
      'files/s, MB/s',
      `${Math.round((files / build.elapsedMs) * 1000)}, ${(bytes / build.elapsedMs / 1000).toFixed(1)}`,
    ),
    row('files that have a grammar: bare tree-sitter parse', seconds(same.parseMs)),
    row('the same files: durable and searchable (facts, journal, search index)', seconds(same.searchableMs)),
    row('… ÷ bare parse (≤ 1.7)', ratio(same.searchableMs, same.parseMs)),
    row('all files, with a snapshot, ÷ bare parse of those', ratio(build.elapsedMs, same.parseMs)),
    row('universal-ctags, definitions only, 1 thread', seconds(median(ctags))),
    row('build ÷ ctags (aim ≤ 3)', ratio(build.elapsedMs, median(ctags))),
    row('ripgrep, one pass over the text', seconds(median(ripgrep))),
    row('peak RSS, server + extractor (≤ 500 MB)', `${mb(build.peakRss)} MB`),
    row('event-loop delay p99 during build (≤ 50 ms)', `${build.loopDelayP99Ms.toFixed(1)} ms`),
    row('snapshot + search index', `${mb(stored)} MB (${(stored / bytes).toFixed(2)} × text)`),
    row(
      'reopen unchanged: first answer (≤ 1 s at 10,000 files)',
      seconds(median(reopened.map((r) => r.firstAnswerMs))),
    ),
    row('reopen unchanged: proved current', seconds(median(reopened.map((r) => r.settledMs)))),
    row('reopen after kill -9 in mid-snapshot: first answer (≤ 2 s)', seconds(recovered.firstAnswerMs)),
    row('… with so many files in the journal, its size', `${left.files}, ${mb(left.journal)} MB`),
    row('Ctrl+T p50 / p95 (≤ 30 ms)', `${asked.p50Ms.toFixed(1)} / ${asked.p95Ms.toFixed(1)} ms`),
    row('save → visible p50 / p95 (≤ 100 ms)', `${saved.p50Ms.toFixed(0)} / ${saved.p95Ms.toFixed(0)} ms`),
    row('watcher RSS (≤ 60 MB)', `${mb(saved.watcherRss)} MB`),
    row('SQLite form: made in, size', sql === undefined ? 'failed' : `${seconds(sql.makeMs)}, ${mb(sql.bytes)} MB`),
    row('SQLite form: peak RSS of its process (≤ 500 MB)', sql === undefined ? 'failed' : `${mb(sql.peakRss)} MB`),
    row(
      'searchable → row in SQLite p50 / p95 (≤ 200 ms)',
      sql === undefined ? 'failed' : `${sql.p50Ms.toFixed(0)} / ${sql.p95Ms.toFixed(0)} ms`,
    ),
  ];
  return { rows, build, tree: folder };
}

/**
 * The bare parse of some files of a tree, and a first build of the same files: medians of runs that take turns, because a
 * machine is not equally fast all the time.
 */
async function sameFiles(
  folder: string,
  paths: readonly string[],
  runs: number,
): Promise<{ parseMs: number; searchableMs: number }> {
  const tree = join(work, 'same');
  const indexDir = join(work, 'same-index');
  for (const path of paths) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    linkSync(join(folder, path), join(tree, path));
  }
  const [parse, searchable]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    parse.push((await parseOnly({ ...limits, root: tree, threads }, [...paths])).millis);
    searchable.push(session<BuildResult>('build', tree, indexDir).searchableMs);
    rmSync(indexDir, { recursive: true, force: true });
  }
  rmSync(tree, { recursive: true, force: true });
  return { parseMs: median(parse), searchableMs: median(searchable) };
}

/**
 * Build time and memory of an eighth, a quarter and half of a corpus' files, taken evenly, beside those of all; plotted,
 * too.
 */
async function linearity(name: string, folder: string, whole: BuildResult): Promise<string[]> {
  const paths = await filesOf(folder);
  const parts = [8, 4, 2].map((share) => {
    const part = join(work, `${name}-${share}`);
    const chosen = paths.filter((_, index) => index % share === 0);
    for (const path of chosen) {
      mkdirSync(dirname(join(part, path)), { recursive: true });
      cpSync(join(folder, path), join(part, path));
    }
    const built = session<BuildResult>('build', part, join(work, `${name}-index-${share}`));
    rmSync(part, { recursive: true, force: true });
    rmSync(join(work, `${name}-index-${share}`), { recursive: true, force: true });
    return built;
  });
  const builds = [...parts, whole];
  const cost = exponent(builds.map(({ counts, elapsedMs }) => ({ x: counts.bytes, y: elapsedMs })));
  const beyond = builds.map(({ peakRss, factBytes }) => peakRss - factBytes);
  writeFileSync('test/bench/scale.svg', scalePlots(name, builds));
  return [
    `## Cost at 1×, 2×, 4×, 8× files (${name})`,
    '',
    '| files | MB | build | peak RSS | facts in memory | peak RSS beyond them |',
    '| ---: | ---: | ---: | ---: | ---: | ---: |',
    ...builds.map(({ counts, elapsedMs, peakRss, factBytes }) => {
      const memory = [peakRss, factBytes, peakRss - factBytes].map((bytes) => `${mb(bytes)} MB`).join(' | ');
      return `| ${counts.files} | ${mb(counts.bytes)} | ${seconds(elapsedMs)} | ${memory} |`;
    }),
    '',
    `Exponent over bytes: ${cost.toFixed(3)} (≤ 1.05). ` +
      `Peak RSS beyond the facts: ${ratio(Math.max(...beyond), Math.min(...beyond))} between the most and the least (≤ 1.2).`,
    '',
    '![Build time and memory over the number of files](scale.svg)',
  ];
}

function scalePlots(name: string, builds: readonly BuildResult[]): string {
  const over = (value: (build: BuildResult) => number) =>
    builds.map((build) => ({ x: build.counts.files, y: value(build) }));
  const last = builds.at(-1) as BuildResult;
  const straight = [
    { x: 0, y: 0 },
    { x: last.counts.files, y: last.elapsedMs / 1000 },
  ];
  return svg([
    {
      title: `First build of ${name}, seconds`,
      x: 'files',
      series: [
        { name: 'measured', points: over(({ elapsedMs }) => elapsedMs / 1000) },
        { name: 'linear', points: straight, reference: true },
      ],
    },
    {
      title: 'Memory of the build, MB',
      x: 'files',
      series: [
        { name: 'peak RSS', points: over(({ peakRss }) => peakRss / 1e6) },
        { name: 'facts in memory', points: over(({ factBytes }) => factBytes / 1e6) },
        { name: 'beyond them', points: over(({ peakRss, factBytes }) => (peakRss - factBytes) / 1e6) },
      ],
    },
  ]);
}

/** What failed is printed as such, and does not take along what was measured before it. */
function attempted<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    console.error(error);
    return undefined;
  }
}

/** A session in a process of its own: what it printed last. */
function session<T>(task: string, folder: string, indexDir: string, ...more: readonly string[]): T {
  return JSON.parse(ended(task, folder, indexDir, more, null)) as T;
}

/** The same of a session that kills itself. */
function killedSession<T>(task: string, folder: string, indexDir: string, ...more: readonly string[]): T {
  return JSON.parse(ended(task, folder, indexDir, more, 'SIGKILL')) as T;
}

function ended(task: string, folder: string, indexDir: string, more: readonly string[], by: string | null): string {
  // With the heap that the extension and the command line give to whoever answers for an index.
  const args = ['--max-semi-space-size=4', join(__dirname, 'session.js'), task, folder, indexDir, ...more];
  const { status, signal, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  });
  if (signal !== by || (by === null && status !== 0))
    throw new Error(`${task} of ${folder} ended: ${signal ?? status}`);
  return stdout.trim().split('\n').pop() ?? '';
}

async function filesOf(folder: string): Promise<string[]> {
  const result = await scan({ root: folder, excludes: [], threads }, '');
  return Array.from({ length: result.count }, (_, index) => result.path(index));
}

function writableCopy(folder: string, name: string): string {
  const copy = join(work, `${name}-tree`);
  execFileSync('cp', ['-r', folder, copy]);
  rmSync(join(copy, '.gitignore'), { force: true });
  return copy;
}

function timed(command: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  try {
    execFileSync(command, args, { stdio: 'ignore' });
  } catch (error) {
    const { code, status } = error as NodeJS.ErrnoException & { readonly status?: number };
    if (code === 'ENOENT') throw new Error(`${command} is not installed`, { cause: error });
    // ripgrep's "found nothing" is status 1; a peer that fails must not count as fast.
    if (command !== 'rg' || status !== 1) throw error;
  }
  return Promise.resolve(performance.now() - started);
}

async function repeat(times: number, run: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < times; i++) values.push(await run());
  return values;
}

function render(chosen: readonly Corpus[], columns: readonly Row[][], linear: readonly string[]): string {
  const rows = (columns[0] ?? []).map(({ what }, index) => {
    const cells = columns.map((column) => column[index]?.values.join(' ') ?? '');
    return `| ${what} | ${cells.join(' | ')} |`;
  });
  return [
    '# Benchmark results',
    '',
    `${new Date().toISOString().slice(0, 10)}; ${machine()}; extraction on ${threads} threads.`,
    'Medians of 3 runs in fresh processes (1 run on linux), file cache warm. Written by `npm run bench`.',
    '',
    `| | ${chosen.map(({ name }) => name).join(' | ')} |`,
    `| --- | ${chosen.map(() => '---:').join(' | ')} |`,
    ...rows,
    '',
    ...linear,
    '',
  ].join('\n');
}

const row = (what: string, ...values: readonly string[]): Row => ({ what, values });
const mb = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const ratio = (a: number, b: number): string => (a / b).toFixed(2);

main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(work, { recursive: true, force: true }));
