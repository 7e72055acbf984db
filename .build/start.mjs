// `npm start [-- <folder>] [--headless]`: prepares the clone, indexes a folder in the terminal and opens VS Code on it.
// Without VS Code on this machine it serves the workbench to a browser until Ctrl+C.

import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { run, setUp } from './setup.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Reads the command line; `problem` says what is wrong with it, in one sentence. */
export function parseArguments(args, cwd) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const folders = args.filter((arg) => !arg.startsWith('-'));
  const unknown = options.find((option) => option !== '--headless');
  if (unknown) return { problem: `unknown option ${unknown}; there is only --headless` };
  if (folders.length > 1) return { problem: `one folder at a time, not ${folders.length}` };
  const folder = folders[0] === undefined ? root : resolve(cwd, folders[0]);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats) return { problem: `${folder} does not exist` };
  if (!stats.isDirectory()) return { problem: `${folder} is not a folder` };
  return { folder, headless: options.length > 0 };
}

async function start() {
  // npm runs this in the root of the repository; INIT_CWD is where the user stood.
  const { folder, headless, problem } = parseArguments(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (problem) {
    console.error(`npm start: ${problem}.\nUsage: npm start [-- <folder>] [--headless]`);
    process.exit(2);
  }
  await setUp();
  run(process.execPath, 'dist/cli.js', 'index', folder);
  if (headless) return;
  if (spawnSync('code', ['--version'], { shell: process.platform === 'win32' }).status === 0) {
    run('code', `--extensionDevelopmentPath=${root}`, folder);
  } else {
    await serveWorkbench(folder);
  }
}

async function serveWorkbench(folder) {
  console.log('VS Code (`code`) is not on PATH: serving its workbench to your browser instead.');
  const { makePackage } = await import('./package.mjs');
  const { setUpHarness } = await import('../test/e2e/harness/setup.mjs');
  const { startCodeServer } = await import('../test/e2e/harness/codeServer.mjs');
  const vsix = makePackage();
  setUpHarness();
  const artifacts = join(root, 'test/e2e/artifacts');
  mkdirSync(artifacts, { recursive: true });
  // The workbench has a home of its own; the index is the one that the terminal has just built.
  const env = { XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache') };
  const server = await startCodeServer({ vsix: [vsix], env, log: join(artifacts, 'start.log') });
  console.log(`\nOpen ${server.url}/?${new URLSearchParams({ folder })}\nCtrl+C ends it.`);
  await new Promise((ended) => ['SIGINT', 'SIGTERM'].forEach((signal) => process.once(signal, ended)));
  await server.stop();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await start();
