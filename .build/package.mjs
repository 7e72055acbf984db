// Makes the .vsix for this platform from dist/, native/ and media/, and checks what is in it before anyone installs it.

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setUp } from './setup.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const platform = `${process.platform}-${process.arch}`;
const largestMiB = 60;
/** The README as it ships. */
const readme = 'dist/README.md';

/** What an installed extension cannot run without. */
const required = [
  ...['package.json', 'package.nls.json', readme, 'CHANGELOG.md', 'LICENSE', 'native/index.js', 'dist/sqlite.wasm'],
  ...['extension', 'server', 'extractor', 'watcher', 'sqlite', 'cli'].map((program) => `dist/${program}.js`),
];
const addon = new RegExp(`^native/almagest\\.${platform}[\\w-]*\\.node$`);
/** What must never be shipped: sources, maps, packages, tests. */
const refused = /\.(ts|map|rs|scm)$|^(node_modules|test|\.build|extension|server)\//;

/** Builds the package from what setUp() left and returns its path. Throws when a check fails. */
export function makePackage() {
  const file = join(root, `almagest-${platform}.vsix`);
  writeReadme();
  const quiet = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  vsce('package', '--target', platform, ...quiet, '--readme-path', readme, '--out', file);
  const files = vsce('ls', '--no-dependencies', '--readme-path', readme).trim().split(/\r?\n/);
  const mebibytes = statSync(file).size / 2 ** 20;
  const complaints = [
    ...required.filter((name) => !files.includes(name)).map((name) => `${name} is missing`),
    ...(files.some((name) => addon.test(name)) ? [] : [`native/ has no addon for ${platform}`]),
    ...files.filter((name) => refused.test(name)).map((name) => `${name} does not belong in it`),
    ...(mebibytes < largestMiB ? [] : [`it has ${mebibytes.toFixed(1)} MiB, more than ${largestMiB}`]),
  ];
  if (complaints.length > 0) throw new Error(`${file} is not fit to ship:\n  ${complaints.join('\n  ')}`);
  console.log(`${file}: ${files.length} files, ${mebibytes.toFixed(1)} MiB`);
  return file;
}

/**
 * The page of an installed extension shows no pictures but those of a web server, and opens no files: pictures go with
 * the empty line behind them, and of links to files of the repository their words stay.
 */
function writeReadme() {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const local = /\]\((?!\w+:)[^)]+\)/.source;
  const withoutPictures = text.replace(new RegExp(`!\\[[^\\]]*${local}\\s*`, 'g'), '');
  writeFileSync(join(root, readme), withoutPictures.replace(new RegExp(`\\[([^\\]]*)${local}`, 'g'), '$1'));
}

function vsce(...args) {
  const command = [join(root, 'node_modules/@vscode/vsce/vsce'), ...args];
  const run = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`vsce ${args[0]} failed:\n${run.stdout}${run.stderr}`);
  return run.stdout;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setUp();
  makePackage();
}
