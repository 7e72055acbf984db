// Starts VS Code's server with its Node extension host, on a port of this machine only, with everything it writes in
// one temporary folder. Knows nothing of browsers.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { workbenchNode } from './setup.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const entry = join(here, 'node_modules/code-server/out/node/entry.js');
const startLimitMs = 60_000;

/** A quiet editor: nothing phones home, pops up, or competes with the extension under test. */
const quietSettings = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'chat.disableAIFeatures': true,
  'security.workspace.trust.enabled': false,
  'git.enabled': false,
  'window.commandCenter': false,
};

/**
 * Starts the server with the given .vsix packages installed and resolves once it answers. `settings` are user settings,
 * `env` is seen by the extension host, `log` is a file for the server's output. `stop()` ends every process that the
 * server started and removes its folder.
 */
export async function startCodeServer({ vsix = [], settings = {}, env = {}, log }) {
  const folder = mkdtempSync(join(tmpdir(), 'vsc-')); // Short: socket paths in it may hold 107 bytes at most.
  try {
    const { args, childEnv } = prepare(folder, settings, env);
    for (const each of vsix) install(each, args, childEnv);
    const port = await freePort();
    const child = spawn(workbenchNode(), [...args, ...listenOn(port)], {
      env: childEnv,
      detached: true, // A process group of its own, so that stop() ends exactly what was started here.
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = createWriteStream(log);
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    const stop = () => end(child, folder);
    const url = `http://127.0.0.1:${port}`;
    try {
      await answer(child, url);
    } catch (error) {
      await stop();
      throw new Error(`the VS Code server did not start; its output is in ${log}`, { cause: error });
    }
    return { url, pid: child.pid, folder, stop };
  } catch (error) {
    remove(folder);
    throw error;
  }
}

function prepare(folder, settings, env) {
  const at = (name) => join(folder, name);
  for (const name of ['user/User', 'extensions', 'home', 'tmp']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('config.yaml'), 'auth: none\ncert: false\n');
  writeFileSync(at('user/User/settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  const paths = ['--config', at('config.yaml'), '--user-data-dir', at('user'), '--extensions-dir', at('extensions')];
  const childEnv = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: at('home'),
    TMPDIR: at('tmp'),
    XDG_RUNTIME_DIR: at('tmp'),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    ...env,
  };
  return { args: [entry, ...paths], childEnv };
}

function install(vsix, args, env) {
  const run = spawnSync(workbenchNode(), [...args, '--install-extension', vsix, '--force'], { env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${vsix} could not be installed:\n${run.stdout}${run.stderr}`);
}

function listenOn(port) {
  const quiet = ['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'];
  const page = ['--disable-workspace-trust', '--ignore-last-opened'];
  return ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...quiet, ...page];
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

async function answer(child, url) {
  const limit = performance.now() + startLimitMs;
  while (performance.now() < limit) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    const healthy = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false, // Nothing listens yet.
    );
    if (healthy) return;
    await delay(50);
  }
  throw new Error(`no answer within ${startLimitMs / 1000} s`);
}

async function end(child, folder) {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    signalGroup(child.pid, 'SIGTERM');
    await Promise.race([gone, delay(5000)]);
  }
  signalGroup(child.pid, 'SIGKILL');
  remove(folder);
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // ESRCH: the whole group is gone, which is the aim.
  }
}

const remove = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
