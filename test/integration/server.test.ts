// The language server as another editor sees it: a process over stdio, spoken to in LSP, on a real folder.

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import {
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentSymbolRequest,
  WorkspaceSymbolRequest,
  WorkspaceSymbolResolveRequest,
  type DocumentSymbol,
  type ProtocolConnection,
  type WorkspaceSymbol,
} from 'vscode-languageserver-protocol/node';
import * as protocol from '../../server/protocol';
import { createFileTree, type FileTree } from '../support/fileTree';
import { ServerProcess } from '../support/serverProcess';

const files = {
  'src/a.ts': '/** Adds. */\nexport function addNumbers(a: number, b: number): number {\n  return a + b;\n}\n',
  'src/b.py': 'class Parser:\n    def parse_all(self):\n        return add(1)\n',
  'notes.md': '# Almagest\n\nNeedle in prose.\n',
  '.env': 'SECRET=1\n',
  '.gitignore': 'build/\n',
  'build/out.js': 'function generated() {}\n',
};

describe('language server over stdio', function () {
  this.timeout(60_000);
  let tree: FileTree;
  let index: FileTree;
  let server: ServerProcess;
  let client: ProtocolConnection;
  const uri = (path: string): string => pathToFileURL(tree.at(path)).href;

  beforeEach(async () => {
    tree = createFileTree(files);
    index = createFileTree();
    server = await ServerProcess.start(tree.root, index.root);
    ({ client } = server);
    await server.settled();
  });

  afterEach(async () => {
    await server.stop();
    tree.dispose();
    index.dispose();
  });

  const symbolsNamed = async (query: string): Promise<readonly WorkspaceSymbol[]> =>
    (await client.sendRequest(WorkspaceSymbolRequest.type, { query })) ?? [];

  /** Asks until the condition holds: for what arrives by the watcher. Mocha's limit ends it. */
  async function eventually(query: string, holds: (found: readonly WorkspaceSymbol[]) => boolean): Promise<void> {
    while (!holds(await symbolsNamed(query)));
  }

  it('finds symbols by scattered letters and resolves their ranges', async () => {
    const [found] = await symbolsNamed('adnum');
    assert.equal(found?.name, 'addNumbers');
    assert.ok('range' in found.location, 'a client that never said that it asks for ranges gets them at once');
    const resolved = await client.sendRequest(WorkspaceSymbolResolveRequest.type, found);
    assert.deepEqual(resolved.location, {
      uri: uri('src/a.ts'),
      range: { start: { line: 1, character: 16 }, end: { line: 1, character: 26 } },
    });
  });

  it('qualifies the names that a qualified query finds, as editors compare them with it again', async () => {
    const [found] = await symbolsNamed('Parser.parse_all');
    assert.equal(found?.name, 'Parser.parse_all');
    const resolved = await client.sendRequest(WorkspaceSymbolResolveRequest.type, found);
    assert.equal(resolved.name, 'Parser.parse_all');
    assert.ok('range' in resolved.location);
    assert.equal((await symbolsNamed('a.addNumbers'))[0]?.name, 'a.addNumbers');
  });

  it('outlines a file', async () => {
    const outline = (await client.sendRequest(DocumentSymbolRequest.type, {
      textDocument: { uri: uri('src/b.py') },
    })) as DocumentSymbol[];
    assert.deepEqual(
      outline.map(({ name, children }) => [name, (children ?? []).map((child) => child.name)]),
      [['Parser', ['parse_all']]],
    );
  });

  it('follows files that are made, changed and deleted on disk', async () => {
    tree.write('deep/new/c.ts', 'export const freshlyMade = () => 1;\n');
    await eventually('freshlyMade', (found) => found.length === 1);
    await writeFile(tree.at('deep/new/c.ts'), 'export const renamedLater = () => 1;\n');
    await eventually('renamedLater', (found) => found.length === 1);
    assert.deepEqual(await symbolsNamed('freshlyMade'), []);
    await rm(tree.at('deep'), { recursive: true });
    await eventually('renamedLater', (found) => found.length === 0);
  });

  it('answers from the text of an open editor before it is saved', async () => {
    const textDocument = { uri: uri('src/a.ts'), languageId: 'typescript', version: 1, text: files['src/a.ts'] };
    await client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    await client.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: textDocument.uri, version: 2 },
      contentChanges: [{ text: 'export function unsavedThing() {}\n' }],
    });
    await eventually('unsavedThing', (found) => found.length === 1);
    assert.deepEqual(await symbolsNamed('addNumbers'), []);
  });

  it('says that bulk work makes room while the user types or debugs, and a save is found all the same', async () => {
    const slowed = async (): Promise<protocol.SlowReason | undefined> =>
      (await client.sendRequest<protocol.Status>(protocol.StatusRequest.method)).roots[0]?.slowed;
    const doing = (activity: { focused: boolean; debugging: boolean }): Promise<void> =>
      client.sendNotification(protocol.ActivityNotification.method, activity);
    await doing({ focused: true, debugging: true });
    assert.equal(await slowed(), 'debugging');
    const textDocument = { uri: uri('src/a.ts'), languageId: 'typescript', version: 1, text: files['src/a.ts'] };
    await client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    await client.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: textDocument.uri, version: 2 },
      contentChanges: [{ text: 'export function typed() {}\n' }],
    });
    assert.equal(await slowed(), 'typing');
    await writeFile(tree.at('src/c.ts'), 'export function savedMeanwhile() {}\n');
    await eventually('savedMeanwhile', (found) => found.length === 1);
    await doing({ focused: false, debugging: false });
    assert.notEqual(await slowed(), 'typing');
    assert.notEqual(await slowed(), 'debugging');
  });

  it('puts symbols of open editors before their namesakes', async () => {
    const text = 'export function twinStar() {}\n';
    for (const path of ['x/twin.ts', 'y/twin.ts', 'z/twin.ts']) tree.write(path, text);
    await eventually('twinStar', (found) => found.length === 3);
    const firstOf = ([first]: readonly WorkspaceSymbol[]): string | undefined => first?.location.uri;
    for (const path of ['y/twin.ts', 'z/twin.ts', 'x/twin.ts']) {
      const textDocument = { uri: uri(path), languageId: 'typescript', version: 1, text };
      await client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
      await eventually('twinStar', (found) => firstOf(found) === textDocument.uri);
      await client.sendNotification(DidCloseTextDocumentNotification.type, { textDocument });
    }
  });

  it('explains why a symbol is not there', async () => {
    const explain = (name: string): Promise<protocol.SymbolExplanation> =>
      client.sendRequest(protocol.ExplainSymbolRequest.method, { root: pathToFileURL(tree.root).href, name });
    assert.deepEqual((await explain('addNumbers')).places, [{ path: 'src/a.ts', uri: uri('src/a.ts'), line: 1 }]);
    const { verdict, near } = await explain('addNumbres');
    assert.deepEqual([verdict, near], ['missing', ['addNumbers']]);
  });

  it('searches text and ranked, and says what is wrong with a bad pattern', async () => {
    const text = await search({ kind: 'text', query: 'needle', limit: 10 });
    assert.deepEqual(
      text.hits.map(({ path, line, ranges }) => [path, line, ranges]),
      [['notes.md', 2, [[0, 6]]]],
    );
    const ranked = await search({ kind: 'ranked', query: 'parse all', limit: 10 });
    assert.equal(ranked.hits[0]?.path, 'src/b.py');
    await assert.rejects(search({ kind: 'text', query: '(', regex: true, limit: 10 }), /unclosed group|parenthes/i);
  });

  it('explains why a file is not there', async () => {
    const explain = (path: string): Promise<protocol.FileExplanation> =>
      client.sendRequest(protocol.ExplainFileRequest.method, { uri: uri(path) });
    assert.equal((await explain('src/a.ts')).verdict, 'indexed');
    assert.equal((await explain('.env')).reason, 'secret');
    const ignored = await explain('build/out.js');
    assert.equal(ignored.verdict, 'ignored');
    assert.deepEqual([ignored.rule?.text, ignored.rule?.line], ['build/', 1]);
    assert.equal((await explain('nowhere.ts')).verdict, 'missing');
  });

  it('saves a snapshot when its settings say', async () => {
    const unsaved = async (): Promise<protocol.RootStatus['unsaved']> => (await server.settled()).unsaved;
    const set = (settings: Partial<protocol.Settings>): Promise<void> =>
      client.sendNotification(protocol.SettingsChangedNotification.method, settings);
    while ((await unsaved()).files > 0); // of the first build
    await set({ snapshotSeconds: 86_400, snapshotFiles: 1 });
    await writeFile(tree.at('src/a.ts'), 'export function firstChange() {}\n');
    await server.didSave('src/a.ts');
    await eventually('firstChange', (found) => found.length === 1);
    const { files, since = NaN, next } = await unsaved();
    assert.deepEqual([files, next?.why], [1, 'age']);
    assert.ok(Math.abs((next?.at ?? NaN) - since - 86_400_000) < 1000, 'a day after the first change');
    await writeFile(tree.at('src/b.py'), 'def second_change(): pass\n');
    await server.didSave('src/b.py');
    await eventually('second_change', (found) => found.length === 1);
    while ((await unsaved()).files > 0);
  });

  it('verifies, rebuilds, pauses and clears', async () => {
    const command = (request: { readonly method: string }): Promise<protocol.CommandResult> =>
      client.sendRequest(request.method, {});
    assert.match((await command(protocol.VerifyRequest)).message, /^Verified \d+ files/);
    assert.match((await command(protocol.RebuildRequest)).message, /^Rebuilt the index: \d+ files/);
    assert.equal((await symbolsNamed('addNumbers')).length, 1);
    assert.match((await command(protocol.PauseRequest)).message, /paused/);
    assert.match((await command(protocol.ResumeRequest)).message, /goes on/);
    assert.match((await command(protocol.ClearRequest)).message, /^Removed the index/);
    assert.deepEqual(await symbolsNamed('addNumbers'), []);
    assert.match((await command(protocol.RebuildRequest)).message, /^Rebuilt/);
    assert.equal((await symbolsNamed('addNumbers')).length, 1);
  });

  function search(params: protocol.SearchParams): Promise<protocol.SearchResult> {
    return client.sendRequest(protocol.SearchRequest.method, params);
  }
});
