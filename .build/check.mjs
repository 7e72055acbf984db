// Everything that is checked without running the product: types, lint, looks, and Rust's formatter and linter.

import { pathToFileURL } from 'node:url';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { cargoTarget } from './nativeTests.mjs';
import { setUp } from './setup.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs every check, even after one has failed, and returns the names of those that failed. */
export function runChecks() {
  const manifest = ['--manifest-path', 'native/Cargo.toml'];
  const clippy = ['clippy', ...manifest, '--release', '--target', cargoTarget(), '--all-targets', '--quiet'];
  const checks = {
    types: ['npm', 'run', '--silent', 'typecheck'],
    lint: ['npm', 'run', '--silent', 'lint'],
    rustfmt: ['cargo', 'fmt', ...manifest, '--check'],
    clippy: ['cargo', ...clippy, '--', '-D', 'warnings'],
  };
  return Object.entries(checks)
    .filter(([name, [program, ...args]]) => !passes(name, program, args))
    .map(([name]) => name);
}

function passes(name, program, args) {
  const start = performance.now();
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${name} (${Math.round((performance.now() - start) / 1000)} s)`);
  return status === 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setUp({ withChecks: true });
  process.exitCode = runChecks().length === 0 ? 0 : 1;
}
