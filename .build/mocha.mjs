// Runs test suites with mocha: `node .build/mocha.mjs unit contract [-- mocha options]`. Each test file is bundled into
// dist-test/ first, which is far quicker than compiling in mocha; so are the programs that tests start, `*.program.ts`.
// Tests run from the root of the repository.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundle, nodeOptions, root } from './bundle.mjs';

/**
 * Runs the suites, folders of test/, one after the other in one mocha process, and returns how many tests passed,
 * failed and were skipped. The suite `unit` includes the tests of the build scripts. A run that gives no result counts
 * as one failure; a suite without tests as none.
 */
export async function runSuites(suites, mochaOptions = []) {
  const filesOf = (ending) => suites.flatMap((suite) => testFiles(join('test', suite), ending));
  const sources = filesOf('.test.ts');
  rmSync(join(root, 'dist-test'), { recursive: true, force: true });
  await build({
    ...nodeOptions(join(root, 'native/index.js')),
    entryPoints: [...sources, ...filesOf('.program.ts')],
    outbase: 'test',
    outdir: 'dist-test',
  });
  const scripts = suites.includes('unit') ? testFiles('.build', '.test.mjs') : [];
  const files = [...sources.map((file) => file.replace(/^test\/(.*)\.ts$/, 'dist-test/$1.js')), ...scripts];
  return files.length === 0 ? { passed: 0, failed: 0, skipped: 0 } : runMocha(files, mochaOptions);
}

/** Counts in the words of every last line: `3 passed, 0 failed, 1 skipped`. */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Runs mocha over files that Node can load as they are, and returns the counts. */
export function runMocha(files, mochaOptions = []) {
  const results = join(root, 'dist-test/results.json');
  rmSync(results, { force: true });
  mkdirSync(join(root, 'dist-test'), { recursive: true });
  const reporter = join(root, '.build/reporter.cjs');
  const command = ['--enable-source-maps', 'node_modules/mocha/bin/mocha.js', '--no-config', '--reporter', reporter];
  const { status } = spawnSync(
    process.execPath,
    [...command, '--reporter-option', `results=${results}`, '--timeout', '20000', ...mochaOptions, ...files],
    { cwd: root, stdio: 'inherit' },
  );
  if (!existsSync(results)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = JSON.parse(readFileSync(results, 'utf8'));
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Paths below `folder`, relative to the root, that end in `ending`, in a stable order. */
export function testFiles(folder, ending) {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { recursive: true });
  return entries
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const split = process.argv.indexOf('--');
  const end = split < 0 ? process.argv.length : split;
  const suites = process.argv.slice(2, end);
  // Unit and contract tests start no process of ours, so they run whatever state dist/ is in.
  if (suites.some((suite) => suite !== 'unit' && suite !== 'contract')) await bundle();
  const counts = await runSuites(suites, process.argv.slice(end + 1));
  console.log(summary(counts));
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
