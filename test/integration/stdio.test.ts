// Whoever speaks to the server over standard input: what its messages may be, how long, and how the process ends.

import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { RawPeer } from '../support/rawPeer';

const programs: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['the server', ['dist/server.js', '--stdio']],
  ['almagest lsp', ['dist/cli.js', 'lsp']],
];
const maxMessageBytes = 64 << 20;

describe('standard input', function () {
  this.timeout(120_000); // of a busy machine; a quiet one takes seconds
  let server: ChildProcessWithoutNullStreams;
  let client: RawPeer;
  let complaints: Promise<string>;

  function start(args: readonly string[]): void {
    const [program = '', ...rest] = args;
    server = spawn(process.execPath, [join(process.cwd(), program), ...rest]);
    complaints = text(server.stderr);
    client = new RawPeer(server.stdout, server.stdin);
  }

  afterEach(async () => {
    const gone = once(server, 'exit');
    if (server.exitCode === null && server.kill('SIGKILL')) await gone;
  });

  /** Exit code, and what stood on standard error. */
  async function ended(): Promise<{ code: number | null; said: string }> {
    if (server.exitCode === null) await once(server, 'exit');
    return { code: server.exitCode, said: await complaints };
  }

  async function initialize(): Promise<void> {
    const params = { processId: process.pid, capabilities: {}, workspaceFolders: [] };
    assert.ok((await client.request('initialize', JSON.stringify(params))).result);
  }

  for (const [name, args] of programs) {
    it(`of ${name} ends it with an error where a message is too long, before it comes`, async () => {
      for (const length of [maxMessageBytes + 1, 999_999_999_999]) {
        start(args);
        await initialize();
        client.write(`Content-Length: ${length}\r\n\r\n`);
        const { code, said } = await ended();
        assert.equal(code, 1);
        assert.match(said, new RegExp(`A message of ${length} bytes; at most ${maxMessageBytes} are read\\.`));
      }
    });

    it(`of ${name} ends it with an error where a header has no end`, async () => {
      for (const bytes of ['x'.repeat(1 << 20), `Content-Length: 2\r\n${'A: b\r\n'.repeat(1 << 16)}`]) {
        start(args);
        client.write(bytes);
        const { code, said } = await ended();
        assert.equal(code, 1);
        assert.match(said, /A message begins with \d+ bytes of header\./);
      }
    });

    it(`of ${name} takes a message as long as is allowed`, async () => {
      start(args);
      await initialize();
      const frame = '{"jsonrpc":"2.0","id":99,"method":"almagest/status","params":""}';
      const body = frame.replace('""', `"${'x'.repeat(maxMessageBytes - frame.length)}"`);
      client.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
      assert.ok((await client.request('almagest/status', '')).result);
    });

    it(`of ${name} may hold what is no message, which is answered as such`, async () => {
      start(args);
      await initialize();
      let answer = '';
      server.stdout.on('data', (bytes: Buffer) => (answer += bytes.toString()));
      client.write('Content-Length: 3\r\n\r\n{,}');
      // It comes in as many pieces as the pipe likes.
      while (!answer.endsWith('}')) await once(server.stdout, 'data');
      assert.match(answer, /"id":null,"error":\{"code":-32700,/);
      assert.ok((await client.request('almagest/status', '')).result);
    });

    it(`of ${name} is heeded from initialize to shutdown only, once`, async () => {
      start(args);
      const codeOf = async (method: string, params = ''): Promise<number | undefined> =>
        (await client.request(method, params)).error?.code;
      assert.equal(await codeOf('workspace/symbol', '{"query":"x"}'), -32002);
      client.notify('almagest/didChangeActivity', '{"typing":true}');
      await initialize();
      assert.equal(await codeOf('initialize', '{"capabilities":{}}'), -32600);
      assert.equal(await codeOf('workspace/symbol', '{"query":"x"}'), undefined);
      assert.equal(await codeOf('shutdown'), undefined);
      assert.equal(await codeOf('workspace/symbol', '{"query":"x"}'), -32600);
    });

    it(`of ${name} ends it with 0 after a shutdown, else with 1`, async () => {
      const ends: readonly (readonly [asked: boolean, end: () => unknown, code: number])[] = [
        [true, () => client.notify('exit', ''), 0],
        [true, () => server.stdin.end(), 0],
        [false, () => client.notify('exit', ''), 1],
        [false, () => server.stdin.end(), 1],
      ];
      for (const [asked, end, code] of ends) {
        start(args);
        await initialize();
        if (asked) assert.equal((await client.request('shutdown', '')).result, null);
        end();
        assert.deepEqual(await ended(), { code, said: '' });
      }
    });
  }

  it('is read where that is asked for, and nothing listens elsewhere', async () => {
    for (const args of [[], ['--socket=1'], ['--pipe=/nowhere']]) {
      start(['dist/server.js', ...args]);
      const { code, said } = await ended();
      assert.deepEqual([code, said], [1, 'almagest: an editor starts this program, with --node-ipc or --stdio.\n']);
    }
  });
});
