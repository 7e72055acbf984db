// The programs that rows of the crash suite need besides ours. Where root may do so they are installed; elsewhere those
// rows say what they lack.

import { spawnSync } from 'node:child_process';

/** Quick to install, and enough for the rows that matter most. */
export const fewTools = ['faketime', 'strace'];
export const allTools = ['faketime', 'strace', 'xfsprogs', 'nbdkit', 'nbdkit-plugin-python', 'libnbd-bin', 'fuse3'];

/** Installs the Debian packages that are not there yet. A failure is told, and left to the rows that need them. */
export function installCrashTools(packages) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  const isThere = (name) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status === 0;
  const missing = packages.filter((name) => !isThere(name));
  if (missing.length === 0) return;
  console.log(`Installing ${missing.join(' ')}`);
  const options = { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 };
  spawnSync('apt-get', ['update', '-qq'], options);
  const { status } = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options);
  if (status !== 0) console.log(`${missing.join(' ')} could not be installed; rows that need them are skipped.`);
}
