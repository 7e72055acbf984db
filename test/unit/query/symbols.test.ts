import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FactStore, type Facts } from '../../../server/facts/factStore';
import { OverlaidFacts } from '../../../server/facts/overlaidFacts';
import { QueryError } from '../../../server/query/queryError';
import { findSymbols, locateSymbol, type SymbolQueryOptions } from '../../../server/query/symbols';
import { segmentOf, type FileOutline } from '../../support/rows';

function storeOf(...files: readonly FileOutline[]): FactStore {
  const facts = new FactStore();
  facts.apply(segmentOf(...files));
  return facts;
}

function found(facts: Facts, query: string, options?: SymbolQueryOptions): string[] {
  return findSymbols(facts, query, options).map(({ path, name, container }) =>
    [path, container, name].filter((part) => part !== undefined).join(' '),
  );
}

function names(facts: Facts, query: string, options?: SymbolQueryOptions): string[] {
  return findSymbols(facts, query, options).map(({ name }) => name);
}

describe('workspace symbols', () => {
  it('rank exact, exact apart from case, prefix, word starts, substring, subsequence', () => {
    // "doReset" has the match begin a word, "preset" only contains it, "tracesNet" has no more than its letters.
    const ranked = ['reset', 'reSet', 'Reset', 'resetAll', 'doReset', 'r_e_s_e_t', 'rebuildEverySettlement'];
    const all = [...ranked, 'preset', 'tracesNet'];
    const others = ['recents', 'tester'];
    const symbols = [...others, ...all.slice(3).reverse(), ...all.slice(1, 3), 'reset'];
    const facts = storeOf({ path: 'a.ts', symbols: symbols.map((name) => `function ${name}`).join('\n') });
    assert.deepEqual(names(facts, 'reset'), all);
  });

  it('find abbreviations and ignore separators and case', () => {
    const facts = storeOf({
      path: 'a.ts',
      symbols: 'function getCodeFileSymbols\nfunction get_code_file\nclass XMLHttpRequest',
    });
    assert.deepEqual(names(facts, 'gcfs'), ['getCodeFileSymbols']);
    assert.deepEqual(names(facts, 'GETCODEFILE'), ['getCodeFileSymbols', 'get_code_file']);
    assert.deepEqual(names(facts, 'get-code file'), ['get_code_file', 'getCodeFileSymbols']);
    assert.deepEqual(names(facts, 'xhr'), ['XMLHttpRequest']);
    assert.deepEqual(names(facts, 'sfcg'), []);
  });

  it('put own code before vendored, code before tests, definitions before declarations, shorter before longer', () => {
    const facts = storeOf(
      { path: 'a/generated.ts', symbols: 'function parse', flags: ['generated'] },
      { path: 'b/data.json', symbols: 'key parse', mode: 'records' },
      { path: 'c/header.h', symbols: 'function parse declaration' },
      { path: 'd/parse.test.ts', symbols: 'function parse', flags: ['test'] },
      { path: 'e/inline.rs', symbols: 'function parse test' },
      { path: 'f/parse.ts', symbols: 'function parse' },
      { path: 'g/parse.ts', symbols: 'function parse\nfunction parseLonger\nfunction parseLong' },
      { path: 'node_modules/p/index.js', symbols: 'function parse', flags: ['vendored'] },
    );
    assert.deepEqual(found(facts, 'parse'), [
      'f/parse.ts parse',
      'g/parse.ts parse',
      'c/header.h parse',
      'd/parse.test.ts parse',
      'e/inline.rs parse',
      'b/data.json parse',
      'a/generated.ts parse',
      'node_modules/p/index.js parse',
      'g/parse.ts parseLong',
      'g/parse.ts parseLonger',
    ]);
  });

  it('put open files first, then the neighbours of the one worked on, then files edited lately', () => {
    const symbols = 'function run';
    const paths = ['a/x.ts', 'b/c/near.ts', 'b/c/open.ts', 'b/far.ts', 'd.ts', 'y/open.ts', 'y/x.ts', 'z.ts'];
    const facts = storeOf(...paths.map((path) => ({ path, symbols })));
    const openPaths = ['b/c/open.ts', 'y/open.ts'];
    const options = { openPaths, recent: new Map([['d.ts', 5], ['z.ts', 9]]) }; // prettier-ignore
    assert.deepEqual(
      findSymbols(facts, 'run', options).map(({ path }) => path),
      ['b/c/open.ts', 'y/open.ts', 'b/c/near.ts', 'b/far.ts', 'z.ts', 'd.ts', 'a/x.ts', 'y/x.ts'],
    );
  });

  it('find members by a qualified name, whichever way it is written', () => {
    const facts = storeOf(
      { path: 'a.ts', symbols: 'class Foo\n  method bar\nclass FooBar\n  method bar\nfunction bar' },
      { path: 'b.go', symbols: 'method bar in=Foo' },
      { path: 'foo/other.py', symbols: 'function bar' },
    );
    const expected = ['a.ts Foo bar', 'b.go Foo bar', 'a.ts FooBar bar', 'foo/other.py bar', 'a.ts FooBar'];
    for (const query of ['Foo.bar', 'foo::bar', 'Foo#bar']) assert.deepEqual(found(facts, query), expected, query);
  });

  it('answer from live rows only, and from the overlay of an open editor', () => {
    const stored = storeOf({ path: 'a.ts', symbols: 'function before' }, { path: 'b.ts', symbols: 'function gone' });
    const facts = new OverlaidFacts(() => stored);
    stored.apply(segmentOf({ path: 'a.ts', symbols: 'function after' }), ['b.ts']);
    assert.deepEqual(['before', 'after', 'gone'].map((name) => names(facts, name)), [[], ['after'], []]); // prettier-ignore
    facts.setOverlay('a.ts', segmentOf({ path: 'a.ts', symbols: 'function typed' }));
    assert.deepEqual(['after', 'typed'].map((name) => names(facts, name)), [[], ['typed']]); // prettier-ignore
    facts.setOverlay('a.ts', undefined);
    assert.deepEqual(['after', 'typed'].map((name) => names(facts, name)), [['after'], []]); // prettier-ignore
    const other = new OverlaidFacts(() => stored);
    other.setOverlay('a.ts', segmentOf({ path: 'a.ts', symbols: 'function elsewhere' }));
    assert.deepEqual(['after', 'elsewhere'].map((name) => names(facts, name)), [['after'], []]); // prettier-ignore
  });

  it('answer an empty query with the open and the recent files, never with everything', () => {
    const files = ['a.ts', 'b.ts', 'c.ts'].map((path) => ({ path, symbols: `function in_${path}` }));
    const facts = storeOf(...files);
    assert.deepEqual(names(facts, '  '), []);
    const recent = new Map([['a.ts', 1], ['b.ts', 2], ['gone.ts', 3]]); // prettier-ignore
    assert.deepEqual(names(facts, '', { openPaths: ['c.ts'], recent }), ['in_c.ts', 'in_b.ts', 'in_a.ts']);
  });

  it('keep the limit, refuse a senseless one, and survive any query', () => {
    const symbols = Array.from({ length: 50 }, (_, i) => `function item${i}`).join('\n');
    const facts = storeOf({ path: 'a.ts', symbols });
    assert.deepEqual(names(facts, 'item', { limit: 3 }), ['item0', 'item1', 'item2']);
    assert.deepEqual(names(facts, 'tem', { limit: 2 }), ['item0', 'item1']);
    for (const limit of [0, -1, 1.5, 10_001, Number.NaN]) {
      assert.throws(() => findSymbols(facts, 'item', { limit }), QueryError);
    }
    assert.deepEqual(names(facts, 'x'.repeat(100_000)), []);
    for (const query of ['::', '.', '#', 'a.', '.a', '😀', '\0', '((']) assert.ok(Array.isArray(names(facts, query)));
  });

  it('carry what finds them again after edits', () => {
    const facts = storeOf({ path: 'a.ts', symbols: 'class A\n  method run\nclass B\n  method run' });
    const second = findSymbols(facts, 'B.run')[0];
    assert.ok(second);
    assert.deepEqual([second.container, second.ordinal, second.nameRange.startLine], ['B', 1, 3]);
    facts.apply(segmentOf({ path: 'a.ts', symbols: '\n\nclass A\n  method run\n\nclass B\n  method run' }));
    assert.equal(locateSymbol(facts, second)?.nameRange.startLine, 6);
    facts.apply(segmentOf({ path: 'a.ts', symbols: 'class B' }));
    assert.equal(locateSymbol(facts, second), undefined);
  });

  it('are exactly the names that have the letters in order', () => {
    const name = fc.stringMatching(/^[a-dA-D_.0é]{1,10}$/);
    const query = fc.stringMatching(/^[a-dA-D0é_]{1,4}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 40 }), query, fc.nat(39), (all, text, cut) => {
        const files = [all.slice(0, cut), all.slice(cut)].map((some, index) => ({
          path: `${index}.ts`,
          symbols: some.map((one) => `function ${one}`).join('\n'),
        }));
        const facts = new FactStore();
        for (const file of files) facts.apply(segmentOf(file));
        const expected = all.filter((one) => hasLetters(one, text));
        assert.deepEqual(names(facts, text, { limit: 1000 }).sort(), expected.sort());
        const best = names(facts, text, { limit: 1000 });
        assert.deepEqual(names(facts, text, { limit: 5 }), best.slice(0, 5));
      }),
    );
  });

  it('are the best of them, however many names there are', () => {
    // More names than are gone through between two looks at which could still enter the list.
    const letter = (n: number): string => 'aBcd_e'.charAt(n % 6);
    const all = Array.from({ length: 35_000 }, (_, i) => {
      const mixed = Math.imul(i + 1, 0x9e3779b1) >>> 0;
      return Array.from({ length: 7 + (i % 5) }, (_, at) => letter(Math.floor(mixed / 6 ** at))).join('') + String(i);
    });
    const files = Array.from({ length: 100 }, (_, file) => ({
      path: `${file}.ts`,
      symbols: all
        .filter((_, i) => i % 100 === file)
        .map((one) => `function ${one}`)
        .join('\n'),
    }));
    const facts = storeOf(...files);
    for (const query of ['abcabc', 'dd_ee', 'ebdc1', 'cab39', 'aaaaaa', 'x']) {
      const every = names(facts, query, { limit: 10_000 });
      assert.deepEqual([...every].sort(), all.filter((one) => hasLetters(one, query)).sort(), query);
      assert.deepEqual(names(facts, query, { limit: 50 }), every.slice(0, 50), query);
    }
  });
});

/** The definition of a match, as plainly as it can be said. */
function hasLetters(name: string, query: string): boolean {
  const letters = query.replaceAll('_', '') || query;
  let rest = name.toLowerCase();
  for (const letter of letters.toLowerCase()) {
    const at = rest.indexOf(letter);
    if (at < 0) return false;
    rest = rest.slice(at + 1);
  }
  return true;
}
