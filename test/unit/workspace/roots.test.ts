import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { locate, locateReal, openRoot, uriOf, type Root } from '../../../server/workspace/roots';
import { createFileTree, type FileTree } from '../../support/fileTree';

const root = (path: string): Root => ({ uri: `file://${path}`, name: 'root', path, givenPath: path });

describe('locate', () => {
  const roots = [root('/w/app'), root('/w/app/packages/inner'), root('/w/a b')];
  const table: readonly (readonly [uri: string, expected: string | undefined])[] = [
    ['file:///w/app/src/x.ts', '/w/app: src/x.ts'],
    ['file:///w/app', '/w/app: '],
    ['file:///w/app/', '/w/app: '],
    ['file:///w/app/packages/inner/x.ts', '/w/app/packages/inner: x.ts'],
    ['file:///w/app/packages/inner-2/x.ts', '/w/app: packages/inner-2/x.ts'],
    ['file:///w/app-2/x.ts', undefined],
    ['file:///w/app/../other/x.ts', undefined],
    ['file:///w/app/src/%2e%2e/%2e%2e/x.ts', undefined],
    ['file:///w/a%20b/%C3%A9%23.ts', '/w/a b: é#.ts'],
    ['file:///w/app/100%25.ts', '/w/app: 100%.ts'],
    ['file:///w/app/__proto__', '/w/app: __proto__'],
    ['file:///w/app/x%00.ts', undefined],
    ['untitled:Untitled-1', undefined],
    ['git:/w/app/x.ts?HEAD', undefined],
    ['/w/app/x.ts', undefined],
    ['', undefined],
  ];
  for (const [uri, expected] of table) {
    it(`${uri || 'nothing'} is ${expected ?? 'outside'}`, () => {
      const found = locate(roots, uri);
      assert.equal(found && `${found.root.path}: ${found.path}`, expected);
    });
  }

  it('is undone by uriOf', () => {
    for (const path of ['a.ts', 'a b/é#?%.ts', 'x/\u{1F600}', '']) {
      assert.equal(locate(roots, uriOf(root('/w/app'), path))?.path, path);
    }
  });
});

describe('openRoot', () => {
  let tree: FileTree;
  beforeEach(() => (tree = createFileTree({ 'real/src/a.ts': '' })));
  afterEach(() => tree.dispose());
  const uri = (path: string) => pathToFileURL(tree.at(path)).toString();

  it('resolves links, and finds files by either spelling', async () => {
    symlinkSync('real', tree.at('link'));
    const opened = await openRoot(uri('link'));
    assert.equal(opened.path, tree.at('real'));
    assert.equal(opened.name, 'real');
    assert.equal(locate([opened], uri('link/src/a.ts'))?.path, 'src/a.ts');
    assert.equal(locate([opened], uri('real/src/a.ts'))?.path, 'src/a.ts');
    assert.equal(uriOf(opened, 'src/a.ts'), uri('link/src/a.ts'));
  });

  it('finds a file through a link elsewhere only when asked to resolve', async () => {
    const opened = await openRoot(uri('real'));
    symlinkSync('real/src', tree.at('shortcut'));
    assert.equal(locate([opened], uri('shortcut/a.ts')), undefined);
    assert.equal((await locateReal([opened], uri('shortcut/a.ts')))?.path, 'src/a.ts');
    assert.equal(await locateReal([opened], uri('none/a.ts')), undefined);
    mkdirSync(tree.at('real-2'));
    assert.equal(await locateReal([opened], uri('real-2/a.ts')), undefined);
  });

  it('refuses what is no local folder', async () => {
    await assert.rejects(openRoot('untitled:x'), /not a local folder/);
    await assert.rejects(openRoot(uri('none')), /^Error: The folder .*none cannot be opened: .*\.$/);
  });
});
