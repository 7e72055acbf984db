// Runs the mocha suite of test/e2e/suite inside VS Code's extension host, against the installed package: VS Code wants
// some extension under development, so it gets an empty one.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startCodeServer } from './harness/codeServer.mjs';
import { openWorkbench, startBrowser } from './harness/workbench.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const artifacts = join(here, 'artifacts');
const limitMs = 240_000;

/** Runs the suite with the package at `vsix` and returns how many tests passed, failed and were skipped. */
export async function runInExtensionHost(vsix) {
  mkdirSync(artifacts, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'almagest-suite-'));
  const results = join(artifacts, 'exthost.json');
  rmSync(results, { force: true });
  cpSync(join(here, '../fixtures/workbench'), folder, { recursive: true });
  const env = { ALMAGEST_TEST_RESULTS: results };
  const server = await startCodeServer({ vsix: [vsix], env, log: join(artifacts, 'exthost.log') });
  const browser = await startBrowser();
  try {
    await runSuite(browser, server, folder);
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return count(results);
}

/** Resolves when VS Code reports the end of the tests; how they went is in the results file. */
async function runSuite(browser, server, folder) {
  let end;
  const ended = new Promise((resolve) => (end = () => resolve('ended')));
  const page = await openWorkbench(browser, server, folder, {
    development: { extension: join(here, 'harness/stub'), tests: join(here, 'harness/extensionTests.cjs') },
    // VS Code calls these two where a page has them.
    prepare: async (blank) => {
      await blank.exposeFunction('codeAutomationLog', () => undefined);
      await blank.exposeFunction('codeAutomationExit', end);
    },
  });
  const outcome = await Promise.race([ended, delay(limitMs, 'late', { ref: false })]);
  if (outcome === 'late') {
    await page.screenshot({ path: join(artifacts, 'exthost.png') });
    throw new Error(`the suite did not end within ${limitMs / 1000} s; see ${artifacts}`);
  }
}

function count(results) {
  if (!existsSync(results)) throw new Error(`the suite wrote no results; see ${artifacts}/exthost.log`);
  const tests = JSON.parse(readFileSync(results, 'utf8'));
  for (const { title, outcome, ms, error } of tests) {
    console.log(`  ${outcome}  ${title}${ms === undefined ? '' : ` (${ms} ms)`}${error ? `\n${error}` : ''}`);
  }
  const of = (wanted) => tests.filter(({ outcome }) => outcome === wanted).length;
  // A suite that ran no test proves nothing.
  return { passed: of('passed'), failed: tests.length === 0 ? 1 : of('failed'), skipped: of('skipped') };
}
