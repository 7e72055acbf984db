// Questions made to take for ever: each is answered, or refused with what is wrong with it, within a bounded time of the
// processor, and the server answers the next one.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as protocol from '../../server/protocol';
import { createFileTree, type FileTree } from '../support/fileTree';
import { ServerProcess } from '../support/serverProcess';

/** Processor time that a question may take, ms; far more than any of these does, far less than any that is not bounded. */
const mostMs = 2_000;

describe('a question made to take for ever', function () {
  this.timeout(120_000);
  let tree: FileTree;
  let indexes: FileTree;
  let server: ServerProcess;

  before(async () => {
    tree = createFileTree({
      'a.txt': `${'a'.repeat(9_000)}b\n`.repeat(100),
      [`${'a/'.repeat(60)}${'a'.repeat(100)}.ts`]: `export function ${'a'.repeat(200)}(): void {}\n`,
    });
    indexes = createFileTree();
    server = await ServerProcess.start(tree.root, indexes.root);
    await server.settled();
  });

  after(async () => {
    await server.kill();
    tree.dispose();
    indexes.dispose();
  });

  /** What is answered: how many, or the error. */
  async function bounded(method: string, params: object): Promise<string> {
    const before = processorMs();
    const asked: Promise<unknown> = server.client.sendRequest(method, params);
    const answer = await asked.then(
      () => 'answered',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const took = processorMs() - before;
    assert.ok(took < mostMs, `it took ${took} ms of the processor: ${JSON.stringify(params).slice(0, 200)}`);
    assert.ok((await server.symbols('a')).length > 0, 'the next question is answered');
    return answer;
  }

  function search(params: Partial<protocol.SearchParams>): Promise<string> {
    const whole: protocol.SearchParams = { query: 'a', kind: 'text', limit: 100, ...params };
    return bounded(protocol.SearchRequest.method, whole);
  }

  it('is answered when it is a pattern over which other engines despair', async () => {
    for (const query of ['(a+)+$', '(a|aa)*c', '(a*)*(a*)*c$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*a){12}c']) {
      assert.equal(await search({ query, regex: true }), 'answered', query);
    }
  });

  it('is refused when it is a pattern too large for any', async () => {
    const [long, deep] = ['a'.repeat(1 << 16), '('.repeat(100_000)];
    for (const query of [long, deep]) {
      assert.match(
        await search({ query, regex: true }),
        /^(The query is 65536 bytes long|query must be text of at most 65,536)/,
      );
    }
    assert.match(await search({ query: '('.repeat(500), regex: true }), /^This is no regular expression: /);
    assert.match(await search({ query: `${'('.repeat(400)}a${')'.repeat(400)}`, regex: true }), /nest/);
    assert.match(await search({ query: '((a{1,999}){1,999}){1,999}', regex: true }), /size/);
  });

  it('is refused when it has too many words', async () => {
    const words = Array.from({ length: 10_000 }, (_, i) => `w${i}`).join(' OR ');
    assert.match(await search({ query: words, kind: 'ranked' }), /^(The query is \d+ bytes|query must be text)/);
    const short = 'a '.repeat(500);
    assert.match(await search({ query: short, kind: 'ranked' }), /has 500 words and phrases; at most 64/);
  });

  it('is answered or refused when its globs have many ways to match', async () => {
    for (const glob of [
      '*a'.repeat(30),
      `${'**/'.repeat(60)}x`,
      `${'{a,aa}'.repeat(20)}x`,
      '*'.repeat(5_000),
      '[a-a'.repeat(999),
    ]) {
      for (const list of ['include', 'exclude'] as const) assert.notEqual(await search({ [list]: [glob] }), '', glob);
    }
    assert.notEqual(await search({ query: `a path:${'*a'.repeat(300)}x`, kind: 'ranked' }), '');
  });

  it('is answered when it is a symbol of any length', async () => {
    for (const query of ['a'.repeat(65_536), 'a.'.repeat(30_000), 'a::'.repeat(20_000), ' '.repeat(60_000)]) {
      assert.equal(await bounded('workspace/symbol', { query }), 'answered');
    }
    const name = 'a.'.repeat(500);
    assert.equal(
      await bounded(protocol.ExplainSymbolRequest.method, { root: server.uri('').replace(/\/$/, ''), name }),
      'answered',
    );
  });

  it('is ended when it is SQL without an end', async () => {
    const query = 'WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
    assert.equal(await bounded(protocol.SqlRequest.method, { query, limit: 1, timeoutMs: 500 }), 'answered');
    assert.equal(
      await bounded(protocol.SqlRequest.method, { query: `SELECT ${'('.repeat(9_999)}`, limit: 1, timeoutMs: 500 }),
      'answered',
    );
  });

  /** Of the server so far; elsewhere than on Linux the clock on the wall. */
  function processorMs(): number {
    if (process.platform !== 'linux') return performance.now();
    const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10; // user and system, in hundredths of a second
  }
});
