// `npm test`: prepares the clone, then runs every check and every suite there is, also after a failure. The last line
// adds up all tests; a failed check, or a suite that could not run, counts as one failure.

import { runChecks } from './check.mjs';
import { fewTools, installCrashTools } from './crashTools.mjs';
import { runNativeTests } from './nativeTests.mjs';
import { setUp } from './setup.mjs';

await setUp({ withChecks: true });
installCrashTools(fewTools);
const { runSuites, summary } = await import('./mocha.mjs');
const { runEndToEnd } = await import('./e2e.mjs');

const failedChecks = runChecks();
const suites = {
  native: runNativeTests,
  'unit and contract': () => runSuites(['unit', 'contract']),
  'integration and crash': () => runSuites(['integration', 'crash']),
  'end to end': runEndToEnd,
};

const total = { passed: 0, failed: failedChecks.length, skipped: 0 };
const failures = [...failedChecks];
for (const [name, runSuite] of Object.entries(suites)) {
  const start = performance.now();
  const counts = await runSuite().catch((error) => {
    console.error(error);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  console.log(`${name}: ${summary(counts)} (${Math.round((performance.now() - start) / 1000)} s)\n`);
  for (const key of Object.keys(total)) total[key] += counts[key];
  if (counts.failed > 0) failures.push(name);
}

if (failures.length > 0) console.log(`Failed: ${failures.join(', ')}`);
console.log(summary(total));
process.exitCode = total.failed === 0 ? 0 : 1;
