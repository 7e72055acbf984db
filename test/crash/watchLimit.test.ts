// Row F20: a system that lets nobody watch as many folders as there are. The limit is set in a user namespace of the
// server's own, so that nothing else on the machine notices.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { LogMessageNotification } from 'vscode-languageserver-protocol/node';
import { PauseRequest, ResumeRequest } from '../../server/protocol';
import { ServerProcess } from '../support/serverProcess';
import { Place } from './support/processes';
import { matrixRow, soakMinutes } from './support/rows';

const folders = 40;
const limit = 10;
const setLimit = `echo ${limit} > /proc/sys/user/max_inotify_watches`;
/** Starts the server with the limit; it ends with its client, as this does. */
const program = `require('node:child_process').spawn('unshare',
  ['--user', '--map-root-user', 'sh', '-c', '${setLimit} && exec "$0" dist/server.js --stdio', process.execPath],
  { stdio: 'inherit' })`;

describe('watch limit', () => {
  matrixRow(
    { row: 'F20', method: 'watch limit is reached', quick: 1, soak: 5, share: 0.02, missing: missingNamespace },
    async ({ where }) => {
      const place = new Place();
      for (let i = 0; i < folders; i++) place.write(`folder${i}/file.ts`, `export const first${i} = 1;\n`);
      const server = await ServerProcess.start(place.root, place.indexDir, ['-e', program]);
      try {
        const told = new Promise<string>((resolve) => {
          server.client.onNotification(LogMessageNotification.type, ({ message }) => {
            if (message.includes('max_user_watches')) resolve(message);
          });
        });
        await server.settled();
        assert.match(await told, /sudo sysctl fs\.inotify\.max_user_watches=\d+.*looked for every 60 s/s, where);
        for (let i = 0; i < folders; i++) place.write(`folder${i}/later.ts`, `export const second${i} = 1;\n`);
        if (soakMinutes === undefined) {
          // What the scan of every minute does, which the soak waits for.
          await server.command(PauseRequest);
          await server.command(ResumeRequest);
        }
        for (let found = 0; found < folders;) {
          await server.settled();
          found = (await server.symbols('second')).length;
        }
      } finally {
        await server.kill();
        place.dispose();
      }
    },
  );
});

function missingNamespace(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', ['--user', '--map-root-user', 'sh', '-c', setLimit]);
  return status === 0 ? undefined : `no limit can be set: ${error?.message ?? String(stderr).trim()}`;
}
