// Bundles what ships into dist/ with esbuild: the extension, the processes of the server, the command line and the
// webview front ends. `--watch` bundles again on each change. It checks no types and builds no native code.

import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, context } from 'esbuild';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node programs: file in dist/ → source. All lie side by side, so each finds the others and `../native`. */
const programs = {
  extension: 'extension/extension.ts',
  server: 'server/main.ts',
  extractor: 'server/extractor.ts',
  watcher: 'server/workspace/watcherProcess.ts',
  sqlite: 'server/sqlite.ts',
  cli: 'server/cli.ts',
};

/** Whoever answers for an index: with the memory that the server of a window has (extension/client.ts). */
const heap = '--max-semi-space-size=4';

/** Settings that every bundle for Node shares, tests included. `native` is what `require` gets for the addon. */
export function nodeOptions(native) {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    sourcemap: true,
    logLevel: 'warning',
    external: ['vscode', 'mocha'],
    plugins: [keepNativeOutside(native)],
  };
}

/** Bundles everything into dist/, once. Throws when a source does not compile. */
export async function bundle() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  await Promise.all(configurations().map((options) => build(options)));
  copySqlite();
  chmodSync(join(root, 'dist/cli.js'), 0o755);
}

async function watch() {
  const say = { name: 'say', setup: ({ onStart, onEnd }) => void (onStart(started), onEnd(ended)) };
  const contexts = configurations().map((options) =>
    context({ ...options, plugins: [...(options.plugins ?? []), say] }),
  );
  for (const each of await Promise.all(contexts)) await each.watch();
  copySqlite();
}

/** The WebAssembly module of sql.js, which `sqlite.js` loads from beside it. */
function copySqlite() {
  mkdirSync(join(root, 'dist'), { recursive: true });
  copyFileSync(join(root, 'node_modules/sql.js/dist/sql-wasm-debug.wasm'), join(root, 'dist/sqlite.wasm'));
}

/** The two lines that the editor's problem matcher of .vscode/tasks.json waits for. */
const started = () => console.log('bundling');
const ended = (result) => console.log(`bundled with ${result.errors.length} errors`);

function configurations() {
  const node = nodeOptions('../native/index.js');
  const { cli, ...others } = programs;
  return [
    { ...node, entryPoints: others, outdir: 'dist' },
    { ...node, entryPoints: { cli }, outdir: 'dist', banner: { js: `#!/usr/bin/env -S node ${heap}` } },
    {
      absWorkingDir: root,
      bundle: true,
      platform: 'browser',
      target: 'chrome124',
      format: 'iife',
      sourcemap: true,
      logLevel: 'warning',
      entryPoints: frontEnds(),
      outdir: 'dist/media',
    },
  ];
}

/** The front end of a view is media/<view>/main.ts, its style sheet the main.css beside it. */
function frontEnds() {
  const media = join(root, 'media');
  const views = readdirSync(media, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = views.flatMap(({ name }) => ['main.ts', 'main.css'].map((file) => join(media, name, file)));
  return files.filter((file) => existsSync(file)).map((file) => ({ in: file, out: basename(dirname(file)) }));
}

/** Leaves imports of the native package as a `require` of `path`: a .node file cannot be bundled. */
function keepNativeOutside(path) {
  const native = join(root, 'native');
  return {
    name: 'keep-native-outside',
    setup({ onResolve }) {
      onResolve({ filter: /\/native(\/index(\.js)?)?$/ }, ({ path: imported, resolveDir }) => {
        const target = resolve(resolveDir, imported).replace(/\/index(\.js)?$/, '');
        return imported.startsWith('.') && target === native ? { path, external: true } : undefined;
      });
    },
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await (process.argv.includes('--watch') ? watch() : bundle());
}
