// What must be on a machine before anything here can be built, and how to say that it is not. Uses nothing but Node, so
// that it can speak before the first `npm ci`.

import { spawnSync } from 'node:child_process';

/** Each tool: the oldest version that works, how to ask for its version, and how a user gets it. */
const tools = [
  { name: 'Node.js', oldest: '20.19.0', command: ['node', '--version'], get: 'https://nodejs.org' },
  { name: 'npm', oldest: '9.0.0', command: ['npm', '--version'], get: 'it comes with Node.js' },
  { name: 'Rust', oldest: '1.90.0', command: ['cargo', '--version'], get: 'https://rustup.rs' },
  {
    name: 'a C compiler',
    oldest: '0',
    command: [process.env.CC ?? 'cc', '--version'],
    get: 'Debian, Ubuntu: apt-get install build-essential; macOS: xcode-select --install',
  },
];

/** What the checks of `npm test` need besides. */
const checkTools = [
  { name: 'rustfmt', oldest: '0', command: ['cargo', 'fmt', '--version'], get: 'rustup component add rustfmt' },
  { name: 'clippy', oldest: '0', command: ['cargo', 'clippy', '--version'], get: 'rustup component add clippy' },
];

/** Ends the process with a message when something is missing or too old. `withChecks`: for `npm test`, not only a build. */
export function requirePrerequisites({ withChecks = false } = {}) {
  const wanted = withChecks ? [...tools, ...checkTools] : tools;
  const complaints = complain(
    wanted,
    wanted.map(({ command }) => versionOf(command)),
  );
  if (complaints.length === 0) return;
  console.error(['Almagest cannot be built here yet:', ...complaints.map((line) => `  - ${line}`)].join('\n'));
  process.exit(1);
}

/** One line for each tool whose version (same order; undefined: the tool is not there) is not good enough. */
export function complain(wanted, versions) {
  return wanted.flatMap(({ name, oldest, command, get }, index) => {
    const version = versions[index];
    if (version === undefined) return [`${name} is missing (\`${command.join(' ')}\` did not run). Get it: ${get}`];
    if (isOlder(version, oldest))
      return [`${name} ${version} is too old, ${oldest} or newer is needed. Get it: ${get}`];
    return [];
  });
}

/** Whether version `found` comes before `oldest`: numbers compared part by part, missing parts count as 0. */
export function isOlder(found, oldest) {
  const [left, right] = [found, oldest].map((version) => version.split('.').map((part) => parseInt(part, 10) || 0));
  const differs = [0, 1, 2].find((part) => (left[part] ?? 0) !== (right[part] ?? 0));
  return differs !== undefined && (left[differs] ?? 0) < (right[differs] ?? 0);
}

function versionOf([program, ...args]) {
  const run = spawnSync(program, args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (run.status !== 0) return undefined;
  return /\d+(\.\d+)*/.exec(run.stdout)?.[0] ?? '0';
}
