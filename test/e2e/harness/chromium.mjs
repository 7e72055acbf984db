// Finds the browser that draws the workbench, and installs Debian's Chromium where that is possible without asking.

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium: $CHROMIUM or the first on PATH. Installs one as root on Debian; throws where it cannot. */
export function findChromium() {
  const found = process.env.CHROMIUM ?? onPath();
  if (found) return found;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.log('Installing Chromium with apt-get (once, about 400 MB)');
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'chromium');
    const installed = onPath();
    if (installed) return installed;
  }
  throw new Error(
    'The end-to-end tests need Chromium, and none is on PATH.\n' +
      'Install it (Debian, Ubuntu: sudo apt-get install chromium), or set CHROMIUM to the path of one.',
  );
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // Not there, or not for us: the caller looks at the next one.
  }
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = spawnSync('apt-get', args, { encoding: 'utf8', env });
  if (run.status !== 0) throw new Error(`apt-get ${args.join(' ')} failed:\n${run.stdout}${run.stderr}`);
}
