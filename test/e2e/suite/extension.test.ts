// What VS Code gets from the installed extension, asked from within its extension host: activation, commands, symbols,
// outline and settings. The workspace is a copy of test/fixtures/workbench. What users see is tested in test/e2e/ui.mjs.

import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { AlmagestApi } from '../../../extension/extension';

const extension = vscode.extensions.getExtension<AlmagestApi>('almagest.almagest');
const file = (path: string): vscode.Uri => {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'the tests need a folder');
  return vscode.Uri.joinPath(folder.uri, path);
};
const settled = async (): Promise<void> => {
  const [root] = (await extension?.exports.settled())?.roots ?? [];
  assert.equal(root?.state, 'ready', root?.cause);
};

/** Asks again each time something happens that may change the answer: a document, an editor, or a tenth of a second. */
async function eventually<T>(ask: () => Thenable<T>, isRight: (answer: T) => boolean): Promise<T> {
  const limit = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || Date.now() > limit) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('Almagest in the extension host', () => {
  before(async () => {
    assert.ok(extension, 'the extension is not installed');
    await extension.activate();
    await eventually(
      () => extension.exports.settled().then(({ roots }) => roots.length),
      (roots) => roots > 0,
    );
    await settled();
  });

  it('registers every command that it declares', async () => {
    const { contributes } = extension?.packageJSON as {
      contributes: { commands: readonly { readonly command: string }[] };
    };
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = contributes.commands.map(({ command }) => command).filter((command) => !known.has(command));
    assert.deepEqual(missing, []);
  });

  it('finds symbols of the workspace by a few letters', async () => {
    const find = (query: string): Thenable<vscode.SymbolInformation[]> =>
      vscode.commands.executeCommand('vscode.executeWorkspaceSymbolProvider', query);
    const symbols = await find('drawepi');
    const epicycle = symbols.find(({ name }) => name === 'draw_epicycle');
    assert.equal(epicycle?.location.uri.toString(), file('src/epicycle.py').toString());
    assert.equal(epicycle.kind, vscode.SymbolKind.Function);
    assert.deepEqual(await find('nothingIsNamedLikeThis'), []);
  });

  it('answers the outline of a language that nobody else knows, and in a tree', async () => {
    await vscode.window.showTextDocument(file('src/epicycle.py'));
    const outline = await eventually(
      () => symbolsOf('src/epicycle.py'),
      (symbols) => symbols.length > 0,
    );
    const names = outline.map(({ name, children }) => `${name}(${children.map((child) => child.name).join()})`);
    assert.deepEqual(names, ['Epicycle(radius)', 'draw_epicycle()']);
  });

  it('leaves the outline to others where they answer', async () => {
    await vscode.window.showTextDocument(file('src/planets.ts'));
    const outline = await eventually(
      () => symbolsOf('src/planets.ts'),
      (symbols) => symbols.length > 0,
    );
    const planets = outline.filter(({ name }) => name === 'Planet');
    assert.equal(planets.length, 1, 'the outline shows a class once');
  });

  it('does not answer the outline where it is told not to', async () => {
    const settings = vscode.workspace.getConfiguration('almagest');
    await settings.update('outline', { python: 'never' }, vscode.ConfigurationTarget.Workspace);
    try {
      await vscode.window.showTextDocument(file('src/epicycle.py'));
      const outline = await eventually(
        () => symbolsOf('src/epicycle.py'),
        (symbols) => symbols.length === 0,
      );
      assert.deepEqual(outline, []);
    } finally {
      await settings.update('outline', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it('takes excluded files out of the index, and back in', async () => {
    const find = async (): Promise<number> => {
      await settled();
      const query = vscode.commands.executeCommand<unknown[]>('vscode.executeWorkspaceSymbolProvider', 'dailyMotion');
      return (await query).length;
    };
    const before = await find();
    assert.ok(before > 0);
    const settings = vscode.workspace.getConfiguration('almagest');
    await settings.update('exclude', { '**/planets.*': true }, vscode.ConfigurationTarget.Workspace);
    try {
      // The built-in TypeScript extension answers as well, for files that are open in an editor.
      const isFewer = (found: number): boolean => found < before;
      assert.ok(isFewer(await eventually(find, isFewer)));
    } finally {
      await settings.update('exclude', undefined, vscode.ConfigurationTarget.Workspace);
    }
    const isBack = (found: number): boolean => found === before;
    assert.equal(await eventually(find, isBack), before);
  });

  it('starts with settings that mean nothing', async () => {
    const settings = vscode.workspace.getConfiguration('almagest');
    const nonsense = { threads: 'many', outline: 'often', exclude: ['**'] };
    const set = async (values: Readonly<Record<string, unknown>>): Promise<void> => {
      for (const [key, value] of Object.entries(values)) {
        await settings.update(key, value, vscode.ConfigurationTarget.Workspace);
      }
    };
    await set(nonsense);
    try {
      await vscode.commands.executeCommand('almagest.restartServer');
      // The folders come a moment after the server.
      const roots = async () => (await extension?.exports.settled())?.roots ?? [];
      const [root] = await eventually(roots, ({ length }) => length > 0);
      assert.equal(root?.state, 'ready', root?.cause);
      assert.ok(root.counts.files > 0);
    } finally {
      await set({ threads: undefined, outline: undefined, exclude: undefined });
    }
  });

  it('shows its views without an error', async () => {
    for (const view of ['search', 'symbols', 'index']) {
      await vscode.commands.executeCommand(`almagest.${view}.focus`);
    }
  });
});

async function symbolsOf(path: string): Promise<vscode.DocumentSymbol[]> {
  const answer = vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
    'vscode.executeDocumentSymbolProvider',
    file(path),
  );
  return (await answer) ?? [];
}
