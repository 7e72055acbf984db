// Runs the crate's own tests. Same profile and target as the build of the addon, so that dependencies compile once.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The target triple of this machine, as the build of the addon passes it to cargo. */
export function cargoTarget() {
  const { stdout } = spawnSync('rustc', ['-vV'], { encoding: 'utf8' });
  const host = /^host: (.+)$/m.exec(stdout)?.[1];
  if (!host) throw new Error('rustc -vV names no host');
  return host;
}

/** Runs `cargo test` and returns how many tests passed, failed and were skipped. Code that does not compile counts as one failure. */
export async function runNativeTests() {
  const args = ['test', '--manifest-path', 'native/Cargo.toml', '--release', '--target', cargoTarget()];
  const cargo = spawn('cargo', [...args, '--no-fail-fast'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  cargo.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
  const [code] = await once(cargo, 'close');
  return addUp(output, code);
}

/** Adds up the `test result:` lines of cargo's output; `code` is cargo's exit code. */
export function addUp(output, code) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(
    /^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm,
  )) {
    total.passed += Number(passed);
    total.failed += Number(failed);
    total.skipped += Number(ignored);
  }
  return code !== 0 && total.failed === 0 ? { ...total, failed: 1 } : total;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { failed } = await runNativeTests();
  process.exitCode = failed === 0 ? 0 : 1;
}
