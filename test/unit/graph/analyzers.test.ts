// The analyzers over the facts of small trees: what they count, what they name, and that one that fails fails alone.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { runAnalyzers, type Analyzer, type AnalyzerInput } from '../../../server/graph/analyzers/analyzer';
import { analyzers } from '../../../server/graph/analyzers/analyzers';
import { GraphLinks } from '../../../server/graph/links';
import { CancelSource } from '../../../server/util/cancelSource';
import { CancellationError } from '../../../server/util/cancellation';
import { createFileTree } from '../../support/fileTree';
import { factsOf, graphOf } from '../../support/graphs';

type Files = Readonly<Record<string, string>>;

/** Lets `use` work with the graph of files. */
async function withGraph(files: Files, use: (input: Omit<AnalyzerInput, 'files'>) => Promise<void>): Promise<void> {
  const tree = createFileTree(files);
  const facts = await factsOf(tree.root, Object.keys(files));
  const lease = facts.lease();
  try {
    const graph = await graphOf(tree.root, lease);
    const links = new GraphLinks(graph);
    for (const { segment, file } of lease.rows) {
      const number = graph.fileOf(segment.path(file)) ?? assert.fail('every file is in the graph');
      const block = segment.block(file);
      links.add(number, block, graph.edgesOf(number, block));
    }
    await use({ graph, links, budgets: [], token: new CancelSource().token });
  } finally {
    lease.release();
    facts.close();
    tree.dispose();
  }
}

/** What the analyzer of a name counts in code, and the metrics that it makes: `import_cycle a.ts 2`. */
async function analyze(name: string, files: Files): Promise<{ counts: unknown; metrics: string[] }> {
  const metrics: string[] = [];
  let counts: unknown;
  await withGraph(files, async (input) => {
    for await (const result of runAnalyzers(
      analyzers.filter((each) => each.name === name),
      input,
    )) {
      if ('error' in result) throw result.error;
      counts = result.analysis.counts.code;
      for (const { name: metric, file, symbol, value } of result.analysis.metrics ?? []) {
        const { graph } = input;
        metrics.push(`${metric} ${symbol === undefined ? graph.pathOf(file) : graph.symbolId(symbol)} ${value}`);
      }
    }
  });
  return { counts, metrics };
}

describe('analyzers', () => {
  it('count fan-in and fan-out, each link once', async () => {
    const { counts } = await analyze('fan', {
      'a.ts': 'import { f, g } from "./b";\nexport function one() { f(); f(); g(); }\nexport function two() { f(); }\n',
      'b.ts': 'export function f() {}\nexport function g() { f(); }\n',
    });
    assert.deepEqual(counts, {
      calls: 4,
      'symbols.called': 2,
      'symbols.calling': 3,
      'callers.most': 3,
      'callees.most': 2,
      imports: 1,
      'files.imported': 1,
      'files.importing': 1,
      'imported_by.most': 1,
      'imports.most': 1,
    });
  });

  it('find cycles of imports, and nothing that only leads to one', async () => {
    const use = (name: string): string => `import { x as y } from './${name}';\nexport const x = y;\n`;
    const { counts, metrics } = await analyze('import-cycles', {
      'entry.ts': use('a'),
      'a.ts': use('b'),
      'b.ts': use('c'),
      'c.ts': `${use('a')}export { z } from './leaf';\n`,
      'leaf.ts': 'export const z = 1;\n',
      'self.ts': use('self'),
      'p.ts': use('q'),
      'q.ts': use('p'),
    });
    assert.deepEqual(counts, { cycles: 2, files: 5, 'files.most': 3 });
    assert.deepEqual(
      metrics,
      ['a.ts 3', 'b.ts 3', 'c.ts 3', 'p.ts 2', 'q.ts 2'].map((each) => `import_cycle ${each}`),
    );
  });

  it('follow a chain of imports that is longer than a stack', async () => {
    const length = 20_000;
    const files = Object.fromEntries(
      Array.from({ length }, (_, i) => [
        `m${i}.ts`,
        `import { x as y } from './m${(i + 1) % length}';\nexport const x = y;\n`,
      ]),
    );
    const { counts } = await analyze('import-cycles', files);
    assert.deepEqual(counts, { cycles: 1, files: length, 'files.most': length });
  }).timeout(120_000);

  it('name candidates for dead code, and no test, entry, export, member of what is exported, or what is mentioned', async () => {
    const { counts, metrics } = await analyze('dead-candidates', {
      'a.ts': [
        'function unused() { return unused(); }',
        'function used() {}',
        'export function api() { used(); function inner() {} }',
        'function main() {}',
        'class Gone { method() {} }',
        'export class Kept { open() {} #hidden() {} }',
        'interface Node { next: Node }',
        'function mentioned() {}',
        'export function other(thing: unknown) { thing.mentioned(); }',
      ].join('\n'),
      'a.test.ts': 'function helper() {}\n',
      'b.go': 'package p\n\nfunc Public() { called() }\n\nfunc called() {}\n\nfunc lost() {}\n\nfunc init() {}\n',
    });
    assert.deepEqual(metrics, [
      'dead_candidate a.ts#unused:function 1',
      'dead_candidate a.ts#Gone:class 1',
      'dead_candidate a.ts#Gone.method:method 1',
      'dead_candidate a.ts#Kept.%23hidden:method 1',
      'dead_candidate a.ts#Node:interface 1',
      'dead_candidate b.go#lost:function 1',
    ]);
    assert.equal((counts as { candidates: number }).candidates, metrics.length);
  });

  it('fail alone, but for a cancellation', () =>
    withGraph({ 'a.ts': 'export const x = 1;\n' }, async (input) => {
      const made = (name: string, run: Analyzer['run']): Analyzer => ({
        name,
        languages: 'all',
        phase: 'analyze',
        run,
      });
      const fine = made('fine', ({ files }) => Promise.resolve({ counts: { code: { files: files.length } } }));
      const broken = made('broken', () => Promise.reject(new Error('no idea')));
      const told: string[] = [];
      for await (const result of runAnalyzers([broken, fine, { ...fine, languages: ['Go'] }], input)) {
        told.push('error' in result ? result.error.message : JSON.stringify(result.analysis.counts));
      }
      assert.deepEqual(told, ['no idea', '{"code":{"files":1}}', '{"code":{"files":0}}']);
      const stopped = runAnalyzers([made('stopped', () => Promise.reject(new CancellationError()))], input);
      await assert.rejects(() => stopped.next(), CancellationError);
    }));

  it('tell what was cut to its budget', () =>
    withGraph({ 'a.ts': '' }, async (input) => {
      const use = { usedBytes: 2, limitBytes: 1, rows: 1, removedRows: 0, parts: 1 } as const;
      const budgets = [
        { ...use, artifact: 'repo_map', action: 'sharded' },
        { ...use, artifact: 'symbol_edges', action: 'trimmed' },
        { ...use, artifact: 'quarantine', action: 'dropped' },
      ] as const;
      const [check] = analyzers.filter(({ phase }) => phase === 'validate');
      const analysis = await check?.run({ ...input, files: [], budgets });
      assert.deepEqual(analysis, {
        counts: { code: { checked: 2, exceeded: 1 } },
        detail: 'symbol_edges trimmed, quarantine dropped',
      });
    }));
});
