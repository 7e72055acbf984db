// One measured session in a process of its own, so that its memory is its own: builds or opens an index and prints what
// it saw as one line of JSON. Started by main.ts.

import { appendFileSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { SqliteProcess, SqliteTaskError } from '../../server/export/sqlite/sqliteProcess';
import { decodeHeader } from '../../server/facts/layout';
import type { RowRef } from '../../server/facts/merge';
import { limitReasons } from '../../server/model/skipReason';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { WorkspaceIndexes } from '../../server/pipeline/workspaceIndexes';
import { findSymbols } from '../../server/query/symbols';
import { formOf } from '../../server/sharing/sqlForm';
import { CancelSource } from '../../server/util/cancelSource';
import { openRoot } from '../../server/workspace/roots';
import { percentile, residentBytes } from './measure';

const programs = join(process.cwd(), 'dist');
const [task = '', folder = '', indexDir = '', count = '0', queriesFile = ''] = process.argv.slice(2);

const tasks: Readonly<Record<string, () => Promise<unknown>>> = { build, parsed, reopen, save, symbols, sql, crash };

/** How often the memory of the processes is added up, ms. */
const sampleMs = 100;
/** Fewer than make a bulk load, which would end with a snapshot. */
const filesPerSave = 50;
/** How often the database is looked at; it cannot be written meanwhile. */
const lookMs = 10;

/** First build of an empty index, from opening to everything searchable and saved. */
async function build(): Promise<unknown> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  const { indexes, index } = await open(false);
  let peakRss = 0;
  const sampling = setInterval(() => {
    peakRss = Math.max(peakRss, residentBytes([process.pid, ...indexes.extractorPids], 'VmRSS'));
  }, sampleMs);
  await index.indexed();
  const elapsedMs = performance.now() - started;
  clearInterval(sampling);
  delay.disable();
  const { counts, sizes, lastBuild, indexFolder } = index.status;
  await indexes.close();
  const loopDelayP99Ms = delay.percentile(99) / 1e6;
  return {
    elapsedMs,
    searchableMs: elapsedMs - (lastBuild?.stages.snapshot ?? 0),
    counts,
    sizes,
    lastBuild,
    peakRss,
    factBytes: factBytes(indexFolder),
    loopDelayP99Ms,
  };
}

/** Paths of the files that a grammar has read. */
async function parsed(): Promise<readonly string[]> {
  const { indexes, index } = await open(false);
  const isParsed = ({ segment, file }: RowRef): boolean => {
    const limit = limitReasons[segment.byte(file, 'limit')];
    return segment.byte(file, 'skip') === 0 && (limit === 'none' || limit === 'syntaxErrors');
  };
  const paths = [...index.facts.paths()].filter((path) => {
    const row = index.facts.findStored(path);
    return row !== undefined && isParsed(row);
  });
  await indexes.close();
  return paths;
}

/** What the facts of an index's only snapshot take in memory while it is made: the rows of its files. The rest is on the disk. */
function factBytes(indexFolder: string): number {
  const name = readdirSync(indexFolder).find((entry) => /^snapshot-\d+\.seg$/.test(entry));
  if (name === undefined) throw new Error(`no snapshot in ${indexFolder}`);
  const bytes = readFileSync(join(indexFolder, name));
  return decodeHeader(bytes, bytes.length).warmOffset;
}

/** Opening an index of an unchanged tree: to the first answer, and until the scan has proved it current. */
async function reopen(): Promise<unknown> {
  const started = performance.now();
  const { indexes, index } = await open(false);
  const answers = findSymbols(index.facts, 'main', { limit: 200 }).length;
  const firstAnswerMs = performance.now() - started;
  await index.settled();
  const settledMs = performance.now() - started;
  await indexes.close();
  return { firstAnswerMs, settledMs, answers };
}

/** Saves of one file, from the write to the moment its new symbol is found. The watcher has to notice by itself. */
async function save(): Promise<unknown> {
  const { indexes, index } = await open(true);
  await index.settled();
  await indexes.watching;
  const path = [...index.facts.paths()].find((candidate) => /kernel\/.*\.c$|\.go$|\.py$/.test(candidate)) ?? '';
  const file = join(folder, path);
  const original = readFileSync(file);
  const times: number[] = [];
  try {
    for (let i = 0; i < Number(count); i++) {
      const name = `almagest_bench_${i}`;
      appendFileSync(file, definition(path, name));
      const written = performance.now();
      // Asking at every turn would keep the event loop from what is waited for: only when the file has new facts.
      let seen = index.facts.findStored(path)?.segment;
      for (let found = false; !found; found = findSymbols(index.facts, name, { limit: 1 })[0]?.name === name) {
        while (index.facts.findStored(path)?.segment === seen) await turn();
        seen = index.facts.findStored(path)?.segment;
      }
      times.push(performance.now() - written);
    }
  } finally {
    writeFileSync(file, original);
    await index.settled();
  }
  const watcherRss = residentBytes(indexes.watcherPids, 'VmHWM');
  await indexes.close();
  return { p50Ms: percentile(times, 50), p95Ms: percentile(times, 95), saves: times.length, watcherRss };
}

/**
 * Saves of so many files, a few at a time, which stay in the journal, and a snapshot of them, in the middle of which this
 * process is killed.
 */
async function crash(): Promise<never> {
  const { index } = await open(false);
  await index.settled();
  const all = [...index.facts.paths()].filter((path) => /\.(c|go|py)$/.test(path));
  const step = Math.max(1, Math.floor(all.length / Number(count)));
  const paths = all.filter((_, i) => i % step === 0).slice(0, Number(count));
  for (let at = 0; at < paths.length; at += filesPerSave) {
    const saved = paths.slice(at, at + filesPerSave);
    for (const path of saved) appendFileSync(join(folder, path), definition(path, 'almagest_bench'));
    index.hint(saved);
    await index.settled();
  }
  const { indexFolder, sizes, unsaved } = index.status;
  console.log(JSON.stringify({ files: unsaved.files, journal: sizes.journal }));
  watch(indexFolder, (_, name) => {
    if (name?.endsWith('.seg.tmp') !== true) return;
    const written = statSync(join(indexFolder, name), { throwIfNoEntry: false })?.size ?? 0;
    if (written > sizes.snapshot / 2) process.kill(process.pid, 'SIGKILL');
  });
  await index.save();
  throw new Error('The snapshot was over before it was half written.');
}

/** Symbol queries as typed: prefixes, humps and scattered letters of names that are there, and of some that are not. */
async function symbols(): Promise<unknown> {
  const { indexes, index } = await open(false);
  const queries = readFileSync(queriesFile, 'utf8').split('\n').filter(Boolean);
  findSymbols(index.facts, 'warm', { limit: 200 });
  const times = queries.map((query) => {
    const started = performance.now();
    findSymbols(index.facts, query, { limit: 200 });
    return performance.now() - started;
  });
  await indexes.close();
  return {
    queries: times.length,
    p50Ms: percentile(times, 50),
    p95Ms: percentile(times, 95),
    maxMs: Math.max(...times),
    rss: process.resourceUsage().maxRSS * 1024,
  };
}

/**
 * The SQLite form: made by its first query, then following saves of one file, from the moment that a new symbol is
 * searchable to that at which its row is in the database.
 */
async function sql(): Promise<unknown> {
  const { indexes, index } = await open(false);
  await index.settled();
  const form = formOf(index, { programs, log: (line) => console.error(line) });
  index.onDidApply = (paths) => form.noteChanged(paths);
  const started = performance.now();
  const query = 'SELECT count(*) FROM symbols';
  const { rows } = await form.query({ query, limit: 1, timeoutMs: 600_000 }, new CancelSource().token);
  const makeMs = performance.now() - started;
  const [made] = (await index.audit())?.lateRuns ?? [];
  const place = { file: form.file ?? '', temporary: dirname(form.file ?? '') };
  const bytes = statSync(place.file).size;
  const peakRss = Math.max(0, ...(made?.audit.checkpoints ?? []).map(({ extra }) => extra.sqlite?.peakRss ?? 0));
  const path = [...index.facts.paths()].find((candidate) => /kernel\/.*\.c$|\.go$|\.py$/.test(candidate)) ?? '';
  const file = join(folder, path);
  const original = readFileSync(file);
  const reader = new SqliteProcess(join(programs, 'sqlite.js'), () => 8 << 20);
  const times: number[] = [];
  try {
    for (let i = 0; i < Number(count); i++) {
      const name = `almagest_bench_${i}`;
      const limits = { rows: 1, characters: 1000 };
      const look = { kind: 'query', place, query: `SELECT 1 FROM symbols WHERE name = '${name}'`, limits } as const;
      const before = index.facts.findStored(path)?.segment;
      appendFileSync(file, definition(path, name));
      index.hint([path]);
      while (index.facts.findStored(path)?.segment === before) await turn();
      const searchable = performance.now();
      while ((await reader.run(look).catch(unlessBusy)).rows.length === 0) await pause(lookMs);
      times.push(performance.now() - searchable);
    }
  } finally {
    writeFileSync(file, original);
    index.hint([path]);
    await index.settled();
    await form.settled();
    reader.end();
    form.close();
  }
  await indexes.close();
  return { symbols: rows[0]?.[0], makeMs, bytes, peakRss, p50Ms: percentile(times, 50), p95Ms: percentile(times, 95) };
}

/** While the database is being written it cannot be read. */
function unlessBusy(error: unknown): { readonly rows: readonly unknown[] } {
  if (error instanceof SqliteTaskError && error.failure === 'busy') return { rows: [] };
  throw error;
}

async function open(watch: boolean): Promise<{ indexes: WorkspaceIndexes; index: RootIndex }> {
  const indexes = new WorkspaceIndexes({
    programs,
    version: 'bench',
    watch,
    log: (level, line) => void (level === 'info' || console.error(line)),
    onDidChange: () => undefined,
  });
  indexes.settings = { indexDir, exclude: [], threads: 2, outline: 'never' };
  const index = await indexes.add(await openRoot(pathToFileURL(folder).href));
  return { indexes, index };
}

function definition(path: string, name: string): string {
  if (path.endsWith('.py')) return `\ndef ${name}():\n    pass\n`;
  return path.endsWith('.go') ? `\nfunc ${name}() {}\n` : `\nint ${name}(void) { return 0; }\n`;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

void (async () => {
  const run = tasks[task];
  if (run === undefined) throw new Error(`no such session: ${task}`);
  console.log(JSON.stringify(await run()));
})();
