import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { FactStore } from '../../../server/facts/factStore';
import { explainSymbol } from '../../../server/query/explainSymbol';
import type { SkippingIndex } from '../../../server/query/skipped';
import { openRoot } from '../../../server/workspace/roots';
import { createFileTree, type FileTree } from '../../support/fileTree';
import { segmentOf } from '../../support/rows';

describe('why a symbol is (not) found', () => {
  let tree: FileTree;
  let index: SkippingIndex;

  beforeEach(async () => {
    tree = createFileTree({});
    const facts = new FactStore();
    facts.apply(
      segmentOf(
        { path: 'src/parser.ts', symbols: 'class Parser\n  method parseFile\nfunction openFile' },
        { path: 'src/other.ts', symbols: 'function parseFile' },
        { path: 'notes.txt', mode: 'prose', limit: 'noGrammar' },
        { path: 'logo.png', skip: 'binary' },
      ),
    );
    const root = await openRoot(pathToFileURL(tree.root).href, 'project');
    index = { root, facts, scanSkipped: { list: [], counts: { symlink: 1 } } };
  });
  afterEach(() => tree.dispose());

  it('names the places where it is defined', () => {
    const { verdict, summary, places } = explainSymbol(index, 'parseFile');
    assert.deepEqual([verdict, summary], ['found', '"parseFile" is defined in 2 places.']);
    assert.deepEqual(places.map(({ path, line }) => `${path}:${line}`).sort(), ['src/other.ts:0', 'src/parser.ts:1']);
    assert.ok(places[0]?.uri.startsWith('file:///'));
  });

  it('tells when only the case differs', () => {
    const { verdict, summary, places } = explainSymbol(index, 'openfile');
    assert.equal(verdict, 'otherCase');
    assert.equal(summary, 'No symbol is named "openfile", but "openFile" differs in case only.');
    assert.equal(places.length, 1);
  });

  it('names what is near, and what could hide it', () => {
    const { verdict, summary, places, near, gaps } = explainSymbol(index, 'praseFile');
    assert.deepEqual([verdict, places, near], ['missing', [], ['parseFile']]);
    assert.equal(summary, 'No symbol is named "praseFile". 2 files that are not wholly parsed could define it.');
    assert.deepEqual(gaps.map(({ reason, files }) => `${reason} ${files}`).sort(), ['noGrammar 1', 'symlink 1']);
    assert.deepEqual(explainSymbol(index, 'parseFlie').near, ['parseFile']);
    assert.deepEqual(explainSymbol(index, 'zzz').near, []);
    // Its letters are in "parseFile", but so they are in many a long name.
    assert.deepEqual(explainSymbol(index, 'p').near, []);
  });

  it('takes qualified names', () => {
    assert.equal(explainSymbol(index, 'Parser.parseFile').verdict, 'found');
  });
});
