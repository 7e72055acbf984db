// Who may speak to the owner of an index, and what a peer can do to it: other users are turned away on both ends, what a
// dead owner left is in nobody's way, and half a message holds up nobody but its sender.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OwnerPipe } from '../../server/sharing/ownerPipe';
import { RemoteRoot } from '../../server/sharing/remoteRoot';
import { wireFormat } from '../../server/sharing/wire';
import { pipeAddress } from '../../server/sharing/address';
import { openRoot } from '../../server/workspace/roots';
import { useWorkspace } from '../support/fileTree';
import { RawPeer } from '../support/rawPeer';
import { ServerProcess } from '../support/serverProcess';

/** Nobody, on every Linux. */
const otherUser = 65_534;

describe('the pipe of an owner', function () {
  this.timeout(120_000);
  let servers: ServerProcess[] = [];

  afterEach(async () => {
    for (const server of servers) await server.kill();
    servers = [];
  });
  // After the servers, which write to it until they end.
  const workspace = useWorkspace({ 'src/a.ts': 'export function addNumbers(): void {}\n' });

  async function start(): Promise<ServerProcess> {
    const server = await ServerProcess.start(workspace.tree.root, workspace.place.root);
    servers.push(server);
    return server;
  }

  async function addressOf(server: ServerProcess): Promise<string> {
    return pipeAddress((await server.settled()).indexFolder);
  }

  it('cannot be reached by another user', async function () {
    if (process.getuid?.() !== 0) return void skip(this, 'only root can be another user');
    const owner = await start();
    const address = await addressOf(owner);
    assert.equal(await asOtherUser(dialAndWait, address), 'EACCES');
    assert.deepEqual(await owner.symbols('adnum'), ['addNumbers']);
  });

  it('hangs up on another user who reaches it all the same, and a client hangs up on another owner', async function () {
    if (process.getuid?.() !== 0) return void skip(this, 'only root can be another user');
    const open = join(workspace.place.root, 'open');
    mkdirSync(open);
    for (const folder of [workspace.place.root, open]) chmodSync(folder, 0o777);
    const root = await openRoot(pathToFileURL(workspace.tree.root).href);
    const address = join(open, 'pipe');
    const said: string[] = [];
    const pipe = await OwnerPipe.listen({
      address,
      path: root.path,
      version: 'test',
      openSession: () => assert.fail('another user has a session'),
      onTyping: () => assert.fail('another user types'),
      onDebugging: (_, debugging) => assert.equal(debugging, false),
      log: (line) => void said.push(line),
    });
    chmodSync(address, 0o777);
    try {
      assert.equal(await asOtherUser(dialAndWait, address), 'closed');
      assert.deepEqual(said, ['a client was turned away: another user']);
      assert.equal(pipe.clients, 0);
    } finally {
      await pipe.close();
    }
    const impostor = join(open, 'impostor');
    const listener = spawn(process.execPath, ['-e', listen, impostor], {
      uid: otherUser,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(listener.stdout, 'data');
      const found = await RemoteRoot.connect({ address: impostor, root, onDidChange: () => undefined });
      assert.deepEqual(found, { kind: 'unanswered', reason: `another user listens at ${impostor}` });
    } finally {
      listener.kill('SIGKILL');
    }
  });

  it('is taken over from an owner that died, whose socket is still there', async () => {
    const first = await start();
    const address = await addressOf(first);
    await first.kill();
    if (process.platform !== 'win32') assert.ok(existsSync(address), 'nobody has removed it');
    const nobody = await RemoteRoot.connect({
      address,
      root: await openRoot(pathToFileURL(workspace.tree.root).href),
      onDidChange: () => undefined,
    });
    assert.equal(nobody.kind, 'nobody');
    const second = await start();
    const status = await second.settled();
    assert.deepEqual([status.owner, status.readOnly, status.state], [undefined, undefined, 'ready']);
    const third = await start();
    assert.deepEqual((await third.settled()).owner, { pid: second.pid, answers: true });
  });

  it('answers others while peers leave their messages half said', async () => {
    const owner = await start();
    const address = await addressOf(owner);
    const root = await openRoot(pathToFileURL(workspace.tree.root).href);
    const hello = JSON.stringify({ format: wireFormat, root });
    const dial = async (): Promise<RawPeer> => {
      const socket = connect(address);
      await once(socket, 'connect');
      return new RawPeer(socket, socket);
    };
    const halves = [
      'C',
      'Content-Length: 50',
      'Content-Length: 50\r\n\r\n',
      'Content-Length: 50\r\n\r\n{"jsonrpc":"2.0","id',
    ];
    const strangers = await Promise.all(halves.map(dial));
    const guests = await Promise.all(halves.map(dial));
    for (const guest of guests) assert.ok((await guest.request('hello', hello)).result);
    for (const [i, half] of halves.entries()) for (const peer of [strangers[i], guests[i]]) peer?.write(half);
    const other = await start();
    assert.deepEqual((await other.settled()).owner, { pid: owner.pid, answers: true });
    assert.deepEqual(await other.symbols('adnum'), ['addNumbers']);
    // Who has not said hello in time is hung up on; who has may go on when he likes.
    await Promise.all(strangers.map(({ closed }) => closed));
    const [, , guest] = guests;
    guest?.write(' '.repeat(50 - 2) + '{}');
    assert.ok((await guest?.request('symbols', '{"query":"adnum","limit":1}'))?.result);
    assert.deepEqual(await owner.symbols('adnum'), ['addNumbers']);
  });
});

/** Runs a program of a line or two as another user; resolves with what it prints. */
async function asOtherUser(program: string, argument: string): Promise<string> {
  const child = spawn(process.execPath, ['-e', program, argument], {
    uid: otherUser,
    gid: otherUser,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
  await once(child, 'close');
  return out.trim();
}

/** Prints why it cannot connect, or that it was hung up on. */
const dialAndWait = `
  const socket = require('node:net').connect(process.argv[1]);
  socket.on('error', ({ code }) => console.log(code)).on('close', (failed) => failed || console.log('closed')).resume();
`;

const listen = `
  require('node:net').createServer().listen({ path: process.argv[1], writableAll: true }, () => console.log('listens'));
`;

function skip(context: Mocha.Context, reason: string): void {
  console.log(`    skipped: ${reason}`);
  context.skip();
}
