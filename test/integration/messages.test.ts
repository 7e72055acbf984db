// Hostile messages to a real server, from its client and from another process at its pipe: each request is answered by a
// result or by what is wrong with it, whatever it holds, and the next good one is answered as if nothing had been.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pipeAddress } from '../../server/sharing/address';
import type { QuestionName } from '../../server/sharing/questions';
import { maxMessageDepth } from '../../server/sharing/framing';
import { wireFormat } from '../../server/sharing/wire';
import * as protocol from '../../server/protocol';
import { createFileTree, type FileTree } from '../support/fileTree';
import { RawPeer, type RawAnswer } from '../support/rawPeer';

/** JSON in the place of any value. */
const evils: readonly string[] = [
  ...['null', 'true', '0', '-1', '0.5', '1e308', '9007199254740993', '""', '"x"', '"\\u0000"', '"\\ud800"'],
  ...['[]', '{}', '[1,[2]]', '[null]', '{"uri":7}', '"file:///etc/passwd"', '"../../../../etc/passwd"'],
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  `"${'x'.repeat(1 << 20)}"`,
  // As deep as is read, within the message and its parameters.
  ...[nestedLists(maxMessageDepth - 2), nestedObjects(maxMessageDepth - 2)],
];
/** JSON that is read nowhere in a message. */
const tooDeep: readonly string[] = [maxMessageDepth + 1, 20_000, 1 << 20].flatMap((depth) => [
  nestedLists(depth),
  nestedObjects(depth),
]);
/** What an error says that nobody thought of. */
const accident = /cannot (?:read|destructure|convert|mix)|is not (?:a function|iterable|defined)|call stack|undefined/i;
const root = '"ROOT"';
const uri = '"ROOT/a.ts"';
const lsp = '{"line":0,"character":0}';

/** Members of good parameters, by method. */
const requests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'workspace/symbol': { query: '"harmless"' },
  'workspaceSymbol/resolve': {
    name: '"harmless"',
    kind: '12',
    location: `{"uri":${uri}}`,
    data: `{"root":${root},"path":"a.ts","name":"harmless","kind":12,"ordinal":0}`,
  },
  'textDocument/documentSymbol': { textDocument: `{"uri":${uri}}` },
  'almagest/status': {},
  'almagest/settled': {},
  'almagest/search': {
    query: '"harmless"',
    kind: '"text"',
    limit: '10',
    regex: 'true',
    include: '["*"]',
    modes: '["code"]',
    contextLines: '2',
  },
  'almagest/fileSymbols': { uri },
  'almagest/folder': { root, path: '""' },
  'almagest/explainFile': { uri },
  'almagest/skippedFiles': { root, reason: '"tooLarge"', limit: '5' },
  'almagest/explainSymbol': { root, name: '"harmless"' },
  'almagest/builds': { root },
  'almagest/audit': { root, buildId: '"none"' },
  'almagest/reindexFile': { uri },
  'almagest/sql': { root, query: '"SELECT 1"', limit: '10', timeoutMs: '10000' },
  'almagest/sqlSchema': {},
  'almagest/export': { root, out: '"relative"', artifacts: '["none"]', workDoneToken: '1' },
  'almagest/rebuild': { root, workDoneToken: '1' },
  'almagest/repair': { root, workDoneToken: '1' },
  'almagest/verify': { root, workDoneToken: '1' },
  'almagest/clear': { root, workDoneToken: '1' },
  'almagest/pause': { root, workDoneToken: '1' },
  'almagest/resume': { root, workDoneToken: '1' },
};
const notifications: typeof requests = {
  'textDocument/didOpen': { textDocument: `{"uri":${uri},"languageId":"typescript","version":1,"text":"let b = 1;"}` },
  'textDocument/didChange': {
    textDocument: `{"uri":${uri},"version":2}`,
    contentChanges: `[{"range":{"start":${lsp},"end":${lsp}},"text":"x"}]`,
  },
  'textDocument/didSave': { textDocument: `{"uri":${uri}}` },
  'textDocument/didClose': { textDocument: `{"uri":${uri}}` },
  'workspace/didChangeWorkspaceFolders': { event: '{"added":[],"removed":[]}' },
  'almagest/didChangeActivity': { focused: 'true', debugging: 'false' },
  'almagest/didChangeSettings': {
    exclude: '[]',
    threads: '1',
    outline: '"always"',
    byteBudgets: '{}',
    rootExclude: '{}',
    snapshotFiles: '1000',
    snapshotSeconds: '300',
  },
};
const questions: { readonly [Q in QuestionName]: Readonly<Record<string, string>> } = {
  symbols: { query: '"harmless"', limit: '10' },
  symbol: { path: '"a.ts"', name: '"harmless"', kind: '12', ordinal: '0' },
  outline: { path: '"a.ts"', uri },
  folder: { path: '""' },
  search: { query: '"harmless"', kind: '"ranked"', limit: '10', exclude: '["b"]', wholeWord: 'true' },
  explain: { path: '"a.ts"', uri },
  explainSymbol: { name: '"harmless"' },
  skipped: { reason: '"tooLarge"', limit: '10' },
  stale: {},
  settled: {},
  builds: {},
  audit: { buildId: '"none"' },
  sql: { query: '"SELECT 1"', limit: '10', timeoutMs: '10000' },
  dump: { begin: 'true' },
  export: { artifacts: '[]', budgets: '{}' },
  editor: { path: '"a.ts"', text: 'null' },
  hint: { paths: '["a.ts"]' },
  update: {},
  reindex: { path: '"a.ts"' },
  rebuild: {},
  repair: {},
  verify: {},
  clear: {},
  pause: {},
  resume: {},
};

describe('hostile messages', function () {
  this.timeout(600_000); // of a busy machine; a quiet one takes seconds
  let tree: FileTree;
  let indexes: FileTree;
  let server: ChildProcess;
  let client: RawPeer;

  function start(): void {
    server = spawn(process.execPath, [join(process.cwd(), 'dist/server.js'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    client = new RawPeer(
      server.stdout as NonNullable<typeof server.stdout>,
      server.stdin as NonNullable<typeof server.stdin>,
    );
  }

  async function stop(): Promise<void> {
    const gone = once(server, 'exit');
    if (server.exitCode === null && server.kill('SIGKILL')) await gone;
  }

  beforeEach(() => {
    tree = createFileTree({ 'a.ts': 'export function harmless(): void {}\n', 'b.md': '# b\n' });
    indexes = createFileTree();
    start();
  });

  afterEach(async () => {
    await stop();
    tree.dispose();
    indexes.dispose();
  });

  const withRoot = (json: string): string => json.replaceAll('ROOT', pathToFileURL(tree.root).href);

  async function initialize(): Promise<void> {
    const options = { indexDir: indexes.root, exclude: [], threads: 1, outline: 'always' };
    const folders = [{ uri: pathToFileURL(tree.root).href, name: 'tree' }];
    const capabilities = { workspace: { workspaceFolders: true } };
    const params = { processId: process.pid, capabilities, workspaceFolders: folders, initializationOptions: options };
    assert.ok((await client.request('initialize', JSON.stringify(params))).result);
    client.notify('initialized', '{}');
    await settled();
  }

  /** Waits until the function of the workspace is found, which every good request must be able to. */
  async function settled(): Promise<void> {
    for (;;) {
      await client.request('almagest/settled', '');
      const { result } = await client.request('workspace/symbol', '{"query":"harmless"}');
      if (Array.isArray(result) && result.length === 1) return;
    }
  }

  /** Some hostile messages are commands that a client may give: to clear the index, to pause. */
  async function recover(after: string): Promise<void> {
    check(after, await client.request('almagest/resume', '{}'));
    check(after, await client.request('almagest/rebuild', '{}'));
    await settled();
  }

  function check(asked: string, { result, error }: RawAnswer): void {
    assert.equal(server.exitCode, null, `the server ended over ${asked.slice(0, 200)}`);
    assert.ok(result !== undefined || (error?.message ?? '') !== '', `${asked.slice(0, 200)} is answered with nothing`);
    assert.doesNotMatch(error?.message ?? '', accident, asked.slice(0, 200));
    assert.ok((error?.message.length ?? 0) < 2000, `an error repeats what was sent: ${asked.slice(0, 200)}`);
  }

  it('of its client are answered, and the next good one, too', async () => {
    await initialize();
    const ours = Object.values(protocol).flatMap((each) => ('method' in each ? each.method : []));
    const known = [...Object.keys(requests), ...Object.keys(notifications)];
    const untried = ours.filter((method) => !known.includes(method));
    assert.deepEqual(untried, [protocol.StatusChangedNotification.method], 'every message is tried');
    for (const [method, members] of Object.entries(notifications)) {
      for (const params of hostile(members)) client.notify(method, withRoot(params));
      check(method, await client.request('almagest/status', ''));
    }
    // Some of them were what a client may say: that its user debugs, so that work waits.
    client.notify('almagest/didChangeActivity', '{"focused":true,"debugging":false}');
    client.notify('almagest/didChangeSettings', '{"exclude":[],"rootExclude":{},"threads":1}');
    await settled();
    const before = residentBytes();
    for (const [method, members] of Object.entries(requests)) {
      for (const params of hostile(members)) {
        check(`${method} ${params}`, await client.request(method, withRoot(params)));
      }
      if (members['workDoneToken'] !== undefined) await recover(method);
    }
    await recover('the end');
    const grown = (residentBytes() - before) / 2 ** 20;
    assert.ok(grown < 300, `memory has grown by ${grown.toFixed(0)} MiB`);
  });

  it('that are nested too deep are refused unread, and the next one is answered', async () => {
    await initialize();
    for (const params of tooDeep) {
      const before = client.unasked.length;
      client.notify('almagest/search', `{"query":${params}}`);
      check('almagest/status', await client.request('almagest/status', ''));
      const message = 'A message is nested deeper than the 100 levels that are read.';
      assert.deepEqual(client.unasked.slice(before), [{ jsonrpc: '2.0', id: null, error: { code: -32700, message } }]);
    }
  });

  it('are told what is wrong with them', async () => {
    await initialize();
    const wrong: readonly (readonly [string, string, string])[] = [
      ['workspace/symbol', '{}', 'query is missing; it must be text.'],
      ['workspace/symbol', '', 'What is asked is missing; it must be an object.'],
      ['workspace/symbol', '{"query":["a"]}', 'query must be text, not a list of 1.'],
      ['almagest/search', '{"query":"a","kind":"vague","limit":1}', 'kind must be one of text, ranked, not "vague".'],
      [
        'almagest/search',
        '{"query":"a","kind":"text","limit":0}',
        'The limit must be a whole number from 1 to 10000, not 0.',
      ],
      [
        'almagest/skippedFiles',
        '{"root":"x","reason":"y","limit":-1}',
        'limit must be a whole number from 0 to 9,007,199,254,740,991, not -1.',
      ],
      ['textDocument/documentSymbol', '{"textDocument":{}}', 'textDocument.uri is missing; it must be text.'],
      [
        'almagest/folder',
        withRoot(`{"root":${root},"path":"a/../.."}`),
        'path must be a path below the root, not "a/../..".',
      ],
    ];
    for (const [method, params, message] of wrong) {
      const { error } = await client.request(method, params);
      assert.deepEqual(error, { code: -32602, message }, method);
    }
  });

  it('that begin the conversation are refused, and a good beginning is not', async () => {
    const members = { capabilities: '{}', initializationOptions: '{}', workspaceFolders: '[]', rootUri: 'null' };
    for (const params of hostile(members)) {
      const { result, error } = await client.request('initialize', params);
      assert.equal(server.exitCode, null, params.slice(0, 200));
      assert.ok(result !== undefined || (error?.message ?? '') !== '', params.slice(0, 200));
      if (result === undefined) continue;
      await stop(); // What has begun does not begin again.
      start();
    }
    await initialize();
  });

  it('of another process at the pipe are answered or hung up on, and nobody else notices', async () => {
    await initialize();
    const { result } = await client.request('almagest/status', '');
    const [{ indexFolder } = { indexFolder: '' }] = (result as protocol.Status).roots;
    const address = await pipeAddress(indexFolder);
    const given = { uri: pathToFileURL(tree.root).href, name: 'peer', path: tree.root, givenPath: tree.root };
    const hello = { format: String(wireFormat), root: JSON.stringify(given) };
    const sockets: Socket[] = [];
    const dial = async (): Promise<RawPeer> => {
      const socket = connect(address);
      await once(socket, 'connect');
      sockets.push(socket);
      return new RawPeer(socket, socket);
    };
    const nonsense = ['GET / HTTP/1.1\r\n\r\n', 'Content-Length: 999999999999\r\n\r\n', 'x'.repeat(1 << 20)];
    const framed = ['null', '{,}', ...tooDeep].map((body) => `Content-Length: ${body.length}\r\n\r\n${body}`);
    for (const bytes of [...nonsense, ...framed]) {
      const peer = await dial();
      peer.write(bytes);
      await peer.closed;
    }
    const stranger = await dial();
    check('before hello', await stranger.request('symbols', '{"query":"","limit":1}'));
    for (const params of hostile(hello)) check(`hello ${params}`, await stranger.request('hello', params));
    const peer = await dial();
    assert.ok((await peer.request('hello', JSON.stringify({ format: wireFormat, root: given }))).result);
    for (const name of ['__proto__', 'constructor', 'toString', '#handlers', '']) {
      assert.match((await peer.request(name, '{}')).error?.message ?? '', /^There is no question "/);
    }
    for (const [question, members] of Object.entries(questions)) {
      for (const params of hostile(members)) {
        check(`${question} ${params}`, await peer.request(question, withRoot(params)));
      }
      if (Object.keys(members).length === 0) await recover(question);
    }
    await recover('the end');
    for (const socket of sockets) socket.destroy();
    await settled();
  });

  function residentBytes(): number {
    if (process.platform !== 'linux') return 0;
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }
});

function nestedLists(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

function nestedObjects(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** Parameters that are wrong as a whole, lack a member, or have a wrong one. */
function hostile(members: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(members);
  const join = (parts: readonly (readonly [string, string])[]): string =>
    `{${parts.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
  return [
    '',
    ...evils,
    join(entries),
    ...entries.map(([name]) => join(entries.filter(([other]) => other !== name))),
    ...entries.flatMap(([name]) =>
      evils.map((evil) => join(entries.map(([other, json]) => [other, other === name ? evil : json]))),
    ),
  ];
}
