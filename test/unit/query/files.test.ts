import assert from 'node:assert/strict';
import { FactStore, type Facts } from '../../../server/facts/factStore';
import { OverlaidFacts } from '../../../server/facts/overlaidFacts';
import type { SymbolNode } from '../../../server/protocol';
import { fileSymbols } from '../../../server/query/fileSymbols';
import { folderEntries } from '../../../server/query/folder';
import { toDocumentSymbols } from '../../../server/convert';
import { segmentOf, type FileOutline } from '../../support/rows';

function storeOf(...files: readonly FileOutline[]): FactStore {
  const facts = new FactStore();
  facts.apply(segmentOf(...files));
  return facts;
}

function printed(nodes: readonly SymbolNode[], indent = ''): string {
  return nodes
    .map(
      ({ name, container = '-', range, children }) =>
        `${indent}${name} in ${container} ${range.startLine}-${range.endLine}\n${printed(children, `${indent}  `)}`,
    )
    .join('');
}

describe('the symbols of a file', () => {
  it('are a tree, with what is around each', () => {
    const symbols = 'class A\n  method run\n    function inner\n  field x\nmethod go in=Server\nfunction last';
    const facts = storeOf({ path: 'a.ts', symbols });
    assert.equal(
      printed(fileSymbols(facts, 'a.ts', 'file:///a.ts')),
      [
        'A in - 0-3',
        '  run in A 1-2',
        '    inner in A.run 2-2',
        '  x in A 3-3',
        'go in Server 4-4',
        'last in - 5-5',
        '',
      ].join('\n'),
    );
  });

  it('are those of the open editor, then those of the file again, then none', () => {
    const stored = storeOf({ path: 'a.ts', symbols: 'class Saved' });
    const facts = new OverlaidFacts(() => stored);
    const names = (): string[] => fileSymbols(facts, 'a.ts', 'file:///a.ts').map(({ name }) => name);
    facts.setOverlay('a.ts', segmentOf({ path: 'a.ts', symbols: 'class Typed' }));
    assert.deepEqual(names(), ['Typed']);
    facts.setOverlay('a.ts', undefined);
    assert.deepEqual(names(), ['Saved']);
    stored.remove(['a.ts']);
    assert.deepEqual(names(), []);
  });

  it('do not nest deeper than any stack, and lose none', () => {
    const count = 3000;
    const symbols = Array.from({ length: count }, (_, depth) => `${' '.repeat(depth)}class c${depth}`).join('\n');
    const nodes = fileSymbols(storeOf({ path: 'a.ts', symbols }), 'a.ts', 'file:///a.ts');
    const pending = [...nodes];
    let seen = 0;
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      seen++;
      pending.push(...node.children);
    }
    assert.equal(seen, count);
    const deep = JSON.stringify(toDocumentSymbols(nodes)).match(/"children":\[\{/g)?.length ?? 0;
    assert.ok(deep <= 41, `${deep} levels`);
  });
});

describe('an outline for the editor', () => {
  it('never has a name outside of its symbol, which clients refuse', () => {
    const range = { startLine: 2, startColumn: 0, endLine: 3, endColumn: 1 };
    const nameRange = { startLine: 1, startColumn: 0, endLine: 1, endColumn: 4 };
    const node = { name: 'x', kind: 12, uri: 'file:///x', path: 'x', flags: 2, complexity: 0, children: [] };
    const [symbol] = toDocumentSymbols([{ ...node, range, nameRange }]);
    assert.deepEqual(symbol?.selectionRange, symbol?.range);
    assert.deepEqual(symbol?.tags, [1]);
  });
});

describe('a folder', () => {
  const files: FileOutline[] = [
    { path: 'README.md', symbols: 'string Title', mode: 'prose' },
    { path: 'src/a.ts', symbols: 'class A\n  method m' },
    { path: 'src/a/b.ts', symbols: 'class B' },
    { path: 'src/a/logo.png', skip: 'binary' },
    { path: 'src-old/c.ts', symbols: 'class C' },
    { path: 'only/skipped.bin', skip: 'tooLarge' },
  ];
  const listed = (facts: Facts, path: string): string[] =>
    folderEntries(facts, path, (child) => `root:${child}`).map(
      ({ type, name, uri, files, symbols }) => `${type} ${name} ${uri} ${files} ${symbols}`,
    );

  it('lists folders, then files, with what is indexed below them', () => {
    const facts = storeOf(...files);
    assert.deepEqual(listed(facts, ''), [
      'folder src root:src 2 3',
      'folder src-old root:src-old 1 1',
      'file README.md root:README.md 1 1',
    ]);
    assert.deepEqual(listed(facts, 'src'), ['folder a root:src/a 1 1', 'file a.ts root:src/a.ts 1 2']);
    assert.deepEqual(listed(facts, 'nowhere'), []);
  });

  it('counts live rows once, wherever they are stored', () => {
    const stored = storeOf(...files);
    const facts = new OverlaidFacts(() => stored);
    stored.apply(segmentOf({ path: 'src/a.ts', symbols: 'class A' }, { path: 'src/z/new.ts' }), ['src-old/c.ts']);
    facts.setOverlay('src/a/b.ts', segmentOf({ path: 'src/a/b.ts', symbols: 'class B\nclass Typed' }));
    assert.deepEqual(listed(facts, ''), ['folder src root:src 3 3', 'file README.md root:README.md 1 1']);
    assert.deepEqual(listed(facts, 'src'), [
      'folder a root:src/a 1 2',
      'folder z root:src/z 1 0',
      'file a.ts root:src/a.ts 1 1',
    ]);
  });
});
