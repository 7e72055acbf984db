import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FactStore } from '../../../server/facts/factStore';
import { createFileTree } from '../../support/fileTree';
import { edgesOf, factsOf, graphOf, printEdges } from '../../support/graphs';

const fixtures = join(process.cwd(), 'test/fixtures/graph');
const expected = 'EDGES.txt';

/** The files of a fixture, by path. */
function filesOf(folder: string, prefix = ''): Record<string, string> {
  return Object.assign(
    {},
    ...readdirSync(folder).map((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return filesOf(path, `${prefix}${name}/`);
      return name === expected ? {} : { [prefix + name]: readFileSync(path, 'utf8') };
    }),
  ) as Record<string, string>;
}

describe('edges', () => {
  for (const language of readdirSync(fixtures)) {
    it(`of a small project in ${language}, with their evidence`, async () => {
      const folder = join(fixtures, language);
      const printed = `${(await edgesOf(filesOf(folder))).join('\n')}\n`;
      // A person reads the difference.
      if (process.env['UPDATE_SNAPSHOTS'] === '1') writeFileSync(join(folder, expected), printed);
      assert.equal(printed, readFileSync(join(folder, expected), 'utf8'));
    });
  }

  it('do not depend on how the facts lie in segments', async () => {
    const files = filesOf(join(fixtures, 'typescript'));
    const tree = createFileTree(files);
    const whole = await factsOf(tree.root, Object.keys(files));
    const pieces = new FactStore();
    const parts: FactStore[] = [];
    for (const path of Object.keys(files).reverse()) {
      const part = await factsOf(tree.root, [path]);
      parts.push(part);
      for (const { segment } of part.segments()) pieces.apply(segment);
    }
    const print = async (facts: FactStore): Promise<string[]> => {
      const lease = facts.lease();
      const edges = printEdges(await graphOf(tree.root, lease), lease);
      lease.release();
      return edges;
    };
    assert.deepEqual(await print(pieces), await print(whole));
    for (const facts of [whole, pieces, ...parts]) facts.close();
    tree.dispose();
  });

  it('never name one of several definitions', async () => {
    const edges = await edgesOf({
      'a.rb': 'def twin; end',
      'b.rb': 'def twin; end',
      'c.rb': 'twin()',
    });
    assert.deepEqual(edges, ['c.rb:1 call twin → 2 of a.rb#twin:function | b.rb#twin:function uniqueName']);
  });

  it('of circles of re-exports end', async () => {
    const edges = await edgesOf({
      'a.ts': "export * from './b';\nexport { loop } from './b';",
      'b.ts': "export * from './a';\nexport { loop } from './a';\nexport function found() {}",
      'c.ts': "import { found, loop, absent } from './a';",
    });
    assert.deepEqual(
      edges.filter((edge) => edge.startsWith('c.ts')),
      [
        'c.ts:1 import ./a found → b.ts#found:function importBinding',
        'c.ts:1 import ./a loop → unresolved',
        'c.ts:1 import ./a absent → unresolved',
      ],
    );
  });

  it('find a workspace that is itself a Python package by its name', async () => {
    const files = { '__init__.py': '', 'core.py': 'def go(): pass', 'app.py': 'from shop.core import go\ngo()' };
    assert.deepEqual(await edgesOf(files, 'shop'), [
      'app.py:1 import shop.core go → core.py#go:function importBinding',
      'app.py:2 call go → core.py#go:function importBinding',
    ]);
    assert.deepEqual((await edgesOf(files, 'other')).slice(0, 1), [
      'app.py:1 import shop.core go → external shop.core',
    ]);
  });

  it('come from ids that tell equal symbols apart and survive edits elsewhere', async () => {
    const twins = 'class A {\n  m() {}\n}\nclass B {\n  m() {}\n  n() { this.m(); }\n}\n';
    const before = await edgesOf({ 'a.ts': twins });
    const after = await edgesOf({ 'a.ts': `// moved\n\n${twins}function other() {}\n` });
    assert.deepEqual(before, ['a.ts:6 call m → a.ts#B.m:method enclosingType']);
    assert.deepEqual(after, ['a.ts:8 call m → a.ts#B.m:method enclosingType']);
  });

  it('of broken and empty files are what is left of them', async () => {
    const files = { 'a.ts': '', 'b.py': 'def (', 'c.ts': 'function f() { f(); }\nclass {{ g(' };
    assert.deepEqual((await edgesOf(files)).slice(0, 1), ['c.ts:1 call f → c.ts#f:function sameFile']);
  });
});
