// Entry of the extractor process, which the server forks. Its argument is its memory limit in bytes.

import { ExtractorWorker } from './extraction/worker';

const memoryLimit = Number(process.argv[2]);
if (process.send === undefined || !(memoryLimit > 0)) {
  console.error('This program is started by the Almagest server, not by hand.');
  process.exitCode = 2;
} else {
  new ExtractorWorker(memoryLimit).run();
}
