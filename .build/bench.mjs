// Bundles test/bench and runs it: `npm run bench [-- <corpus>…]`. What is measured, and how, is said there.

import { join } from 'node:path';
import { build } from 'esbuild';
import { nodeOptions, root } from './bundle.mjs';
import { run, setUp } from './setup.mjs';

await setUp();
await build({
  ...nodeOptions(join(root, 'native/index.js')),
  entryPoints: ['test/bench/main.ts', 'test/bench/session.ts'],
  outbase: 'test',
  outdir: 'dist-test',
});
run(process.execPath, '--enable-source-maps', 'dist-test/bench/main.js', ...process.argv.slice(2));
