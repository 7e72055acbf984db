// Loads the addon built for this platform. A missing or foreign binary is an error that says what to do.
'use strict';
const { join } = require('node:path');

const libc = process.platform === 'linux' ? (process.report.getReport().header.glibcVersionRuntime ? '-gnu' : '-musl') : process.platform === 'win32' ? '-msvc' : '';
const file = join(__dirname, `almagest.${process.platform}-${process.arch}${libc}.node`);
// The allocator keeps what was freed for a while unless told otherwise; a server that idles all day must not. It reads
// this when the addon is loaded.
process.env.MIMALLOC_PURGE_DELAY ??= '0';
process.env.MIMALLOC_ARENA_EAGER_COMMIT ??= '0';

try {
  module.exports = require(file);
} catch (error) {
  throw new Error(`Almagest's native part could not be loaded for ${process.platform}-${process.arch}: ${error.message}. In a checkout, run "npm run build:native"; an installed extension must be the package for this platform.`, { cause: error });
}
