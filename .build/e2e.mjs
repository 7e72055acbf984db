// The end-to-end tests: the packaged extension, installed in a real VS Code workbench. First a mocha suite inside the
// extension host, then the workbench driven like a user drives it.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { setUpHarness } from '../test/e2e/harness/setup.mjs';
import { nodeOptions, root } from './bundle.mjs';
import { runMocha, summary, testFiles } from './mocha.mjs';
import { makePackage } from './package.mjs';
import { setUp } from './setup.mjs';

/** Packages the extension, runs both parts and returns how many tests passed, failed and were skipped. */
export async function runEndToEnd() {
  const vsix = makePackage();
  setUpHarness();
  rmSync(join(root, 'test/e2e/artifacts'), { recursive: true, force: true });
  await build({
    ...nodeOptions(join(root, 'native/index.js')),
    entryPoints: testFiles('test/e2e/suite', '.test.ts'),
    outbase: 'test',
    outdir: 'dist-test',
  });
  const { runInExtensionHost } = await import('../test/e2e/exthost.mjs');
  const inHost = await runInExtensionHost(vsix);
  // The workbench needs tens of seconds on a busy machine where a test needs one.
  const inWorkbench = runMocha(['test/e2e/ui.mjs'], ['--timeout', '120000', '--bail']);
  return {
    passed: inHost.passed + inWorkbench.passed,
    failed: inHost.failed + inWorkbench.failed,
    skipped: inHost.skipped + inWorkbench.skipped,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setUp();
  const counts = await runEndToEnd();
  console.log(summary(counts));
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
