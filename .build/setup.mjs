// Brings a clone to where it can run: packages, native code, bundles; each only when something changed. The only
// imports are Node's until the packages are there.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { requirePrerequisites } from './prerequisites.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, 'native');
const stamp = join(native, 'target/built');

/** Prepares everything and bundles. Ends the process with a message where the machine lacks something. */
export async function setUp({ withChecks = false } = {}) {
  requirePrerequisites({ withChecks });
  if (!isInstalled(readJson('package-lock.json'), readJson('node_modules/.package-lock.json'))) {
    console.log('Installing packages (npm ci)');
    run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
  }
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== nativeFingerprint()) {
    console.log('Building the native part (the first time takes minutes)');
    run('npm', 'run', '--silent', 'build:native');
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, nativeFingerprint());
  }
  const { bundle } = await import('./bundle.mjs');
  await bundle();
}

/** Runs a program in the root of the repository; ends this process with its code when it fails. */
export function run(program, ...args) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether npm's record of what lies in node_modules has each package of the lock file, in its version. */
export function isInstalled(lock, installed) {
  return Object.entries(lock.packages).every(
    ([path, { version, optional }]) => path === '' || optional || installed?.packages[path]?.version === version,
  );
}

function readJson(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Hash of the crate's sources and of the addons made from them: a stale or foreign addon is built again. */
function nativeFingerprint() {
  const atTop = readdirSync(native).filter((name) => /^Cargo\.|^build\.rs$|\.node$/.test(name));
  const sources = readdirSync(join(native, 'src'), { recursive: true }).filter((name) => /\.(rs|scm)$/.test(name));
  const files = [...atTop, ...sources.map((name) => join('src', name))].sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(native, file)));
  return hash.digest('hex');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await setUp();
