// The command line with an index that takes five files: so that its limit can be tried without half a million of them.

import { join } from 'node:path';
import { Output } from '../../server/commandLine/output';
import { runCommandLine } from '../../server/commandLine/run';
import { CancelSource } from '../../server/util/cancelSource';

process.umask(0o077);
void runCommandLine(process.argv.slice(2), {
  output: new Output(process.stdout, process.stderr, process.env),
  token: new CancelSource().token,
  workingFolder: process.cwd(),
  programs: join(__dirname, '../../dist'),
  version: 'test',
  maxFiles: 5,
}).then((code) => process.exit(code));
