// `npm run test:soak [-- --minutes 60] [--only F5,F6]`: the crash suite with its big counts, for so many minutes or until
// it is done, and its table, test/crash/RESULTS.md. Rows that were not run now keep their line of an earlier soak.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './bundle.mjs';
import { allTools, installCrashTools } from './crashTools.mjs';
import { setUp } from './setup.mjs';

const table = join(root, 'test/crash/RESULTS.md');
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, only: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes takes a number above 0, not "${values.minutes}".`);

installCrashTools(allTools);
await setUp();
const { runSuites, summary } = await import('./mocha.mjs');

const results = join(root, 'test/crash/.results.jsonl');
rmSync(results, { force: true });
process.env['ALMAGEST_SOAK_MINUTES'] = String(minutes);
process.env['ALMAGEST_SOAK'] = String(Math.ceil(minutes / 20));
process.env['ALMAGEST_KILLS'] = String(Math.ceil(minutes * 15));
process.env['ALMAGEST_CRASH_RESULTS'] = results;
const grep = values.only === undefined ? [] : ['--grep', ` (${values.only.replaceAll(',', '|')}): `];
const counts = await runSuites(['crash'], ['--timeout', '0', ...grep]);
const tallies = existsSync(results) ? readFileSync(results, 'utf8').trim().split('\n') : [];
writeTable(
  tallies.map((line) => JSON.parse(line)),
  (counts.tests ?? []).filter(({ title }) => !/ F\d+: /.test(title)),
);
rmSync(results, { force: true });
console.log(summary(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

/** Rows of processes, then the tests that run in one process and count their cases themselves. */
function writeTable(tallies, tests) {
  const date = new Date().toISOString().slice(0, 10);
  const earlier = existsSync(table) ? readFileSync(table, 'utf8') : '';
  const rows = new Map((earlier.match(/^\| F\d+ .*$/gm) ?? []).map((line) => [line.split('|', 3).join('|'), line]));
  for (const { row, method, runs, failures, ms, skipped } of tallies) {
    const outcome = skipped === undefined ? `${failures}` : `skipped: ${skipped}`;
    const start = `| ${row} | ${method} `;
    rows.set(start, `${start}| ${runs.toLocaleString('en')} | ${outcome} | ${(ms / 1000).toFixed(0)} s | ${date} |`);
  }
  const others = tests.map(
    ({ title, state, ms }) => `| ${title} | ${state ?? 'skipped'} | ${(ms / 1000).toFixed(0)} s | ${date} |`,
  );
  const earlierOthers = /\| test \|.*\n.*\n((?:\|.*\n)*)/.exec(earlier)?.[1]?.trimEnd().split('\n') ?? [];
  const byRow = (a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b));
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`;
  const text = [
    '# Crash suite: what was run',
    '',
    'Written by `npm run test:soak`. A run is one life of an index with one fault, or one state of a disk.',
    'It passes when the oracles of `support/oracles.ts` hold: nothing acknowledged is lost, both stores agree, the index equals a fresh one.',
    '',
    `Machine: ${machine}.`,
    '',
    '| row | what is done | runs | failures | time | date |',
    '| --- | --- | ---: | ---: | ---: | --- |',
    ...[...rows.values()].sort(byRow),
    '',
    'In one process, on a disk in memory or on copies of an index:',
    '',
    '| test | outcome | time | date |',
    '| --- | --- | ---: | --- |',
    ...(others.length > 0 ? others : earlierOthers),
    '',
  ];
  writeFileSync(table, text.join('\n'));
  console.log(text.join('\n'));
}
