// The manifest and the code agree: every command, text and picture that one names, the other has.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { snapshotSettings } from '../../../server/protocol';

interface Manifest {
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, object>> };
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly walkthroughs: readonly { readonly steps: readonly { readonly media: { readonly markdown: string } }[] }[];
  };
}

const manifestText = readFileSync('package.json', 'utf8');
const manifest = JSON.parse(manifestText) as Manifest;
const texts = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Readonly<Record<string, string>>;
const sources = readdirSync('extension', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('extension', name), 'utf8'))
  .join('\n');
const declared = manifest.contributes.commands.map(({ command }) => command);

describe('manifest', () => {
  it('declares exactly the commands that the code registers', () => {
    const registered = [
      ...sources.matchAll(/(?:register(?:Command|RootPanels)\(\s*context,|\bon\()\s*'([\w.]+)'/g),
    ].map(([, id]) => id);
    assert.deepEqual([...declared].sort(), registered.sort());
  });

  it('offers no command in a menu that does not exist', () => {
    const offered = Object.values(manifest.contributes.menus).flatMap((items) => items.map(({ command }) => command));
    assert.deepEqual(
      offered.filter((command) => !declared.includes(command)),
      [],
    );
  });

  it('has a text for each of its keys, and no other', () => {
    const used = [...manifestText.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(texts).sort());
  });

  it('links only to commands of ours and to known ones of VS Code', () => {
    const linked = [...JSON.stringify(texts).matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command ?? '');
    const known = ['vscode.openFolder', 'workbench.trust.manage'];
    assert.deepEqual(
      linked.filter((command) => !declared.includes(command) && !known.includes(command)),
      [],
    );
  });

  it('bounds the snapshots as the server does', () => {
    for (const [key, expected] of [
      ['changedFiles', snapshotSettings.files],
      ['seconds', snapshotSettings.seconds],
    ] as const) {
      const declared = manifest.contributes.configuration.properties[`almagest.index.snapshot.${key}`];
      assert.deepEqual({ ...declared, ...expected }, declared, key);
    }
  });

  it('names files that exist', () => {
    const steps = manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    for (const file of [manifest.icon, 'media/icon.svg', ...steps.map(({ media }) => media.markdown)]) {
      assert.ok(existsSync(file), file);
    }
  });

  it('has every message of the code in the bundle for translators, and no other', () => {
    const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.json', 'utf8')) as Readonly<Record<string, string>>;
    const used = [...sources.matchAll(/\bt\(\s*'((?:[^'\\]|\\.)*)'/g)].map(([, message]) => message ?? '');
    assert.deepEqual(Object.keys(bundle).sort(), [...new Set(used)].sort());
  });
});
