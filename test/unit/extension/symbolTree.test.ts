// Filtering and finding symbols in the tree of a file.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  afterName,
  countMatches,
  countSymbols,
  filterSymbols,
  matchesName,
  symbolsAround,
} from '../../../extension/views/symbolTree';
import type { SymbolNode } from '../../../server/protocol';

function symbol(name: string, startLine: number, endLine: number, children: readonly SymbolNode[] = []): SymbolNode {
  const range = { startLine, startColumn: 0, endLine, endColumn: 1 };
  return { name, kind: 5, uri: 'file:///a', path: 'a', range, nameRange: range, flags: 0, complexity: 0, children };
}
const tree = [
  symbol('Star', 0, 9, [symbol('magnitude', 1, 3), symbol('position', 4, 6)]),
  symbol('Catalogue', 10, 20, [symbol('addStar', 11, 15)]),
];
const print = (nodes: readonly SymbolNode[]): string =>
  nodes.map(({ name, children }) => (children.length === 0 ? name : `${name}(${print(children)})`)).join(' ');

describe('symbol tree', () => {
  it('keeps what matches, whole, and what is around it', () => {
    assert.equal(print(filterSymbols(tree, '')), print(tree));
    assert.equal(print(filterSymbols(tree, 'STAR')), 'Star(magnitude position) Catalogue(addStar)');
    assert.equal(print(filterSymbols(tree, 'pos')), 'Star(position)');
    assert.equal(print(filterSymbols(tree, 'xyz')), '');
    assert.deepEqual(
      ['star', 'pos', 'xyz'].map((filter) => countMatches(filterSymbols(tree, filter), filter)),
      [2, 1, 0],
    );
  });

  it('matches subsequences without case and separators', () => {
    assert.ok(matchesName('getCodeFileSymbols', 'gcfs'));
    assert.ok(matchesName('get_code_file', 'get-code'));
    assert.ok(!matchesName('abc', 'cb'));
    assert.ok(!matchesName('aa', 'aaa'));
  });

  it('finds the symbols around a line, outermost first', () => {
    assert.equal(
      symbolsAround(tree, 5)
        .map(({ name }) => name)
        .join(),
      'Star,position',
    );
    assert.equal(
      symbolsAround(tree, 8)
        .map(({ name }) => name)
        .join(),
      'Star',
    );
    assert.equal(symbolsAround(tree, 99).length, 0);
  });

  it('counts all levels', () => assert.equal(countSymbols(tree), 5));

  it('describe a symbol by what its signature adds to the name', () => {
    assert.equal(afterName('parse', 'def parse(text: str) -> Node'), '(text: str) -> Node');
    assert.equal(afterName('Node', 'class Node'), '');
    assert.equal(afterName('operator()', 'int operator ()(int)'), 'int operator ()(int)');
  });
});
