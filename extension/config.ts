// The only reader of settings: VS Code's and ours, as the `Settings` that the server understands.

import { workspace, type Disposable, type WorkspaceFolder } from 'vscode';
import { snapshotSettings, type Settings } from '../server/protocol';
import { enabledGlobs, toIgnoreGlobs } from './globs';
import { folderOf, policyOf, wholeWithin, type Policy } from './settingValues';

const watched = ['almagest', 'files.exclude', 'search.exclude'] as const;

/** 0 is one per core. */
const threads = { default: 0, minimum: 0, maximum: 64 } as const;

/** The settings for the server, read now. */
export function readSettings(): Settings {
  const config = workspace.getConfiguration('almagest');
  const indexDir = folderOf(config.get<unknown>('index.location'));
  const folders = (workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file');
  const exclude = excludeGlobs(undefined);
  const rootExclude = Object.fromEntries(
    folders.flatMap((folder): [string, readonly string[]][] => {
      const more = excludeGlobs(folder).filter((glob) => !exclude.includes(glob));
      return more.length === 0 ? [] : [[folder.uri.toString(), more]];
    }),
  );
  return {
    ...(indexDir === undefined ? {} : { indexDir }),
    exclude,
    ...(Object.keys(rootExclude).length === 0 ? {} : { rootExclude }),
    threads: wholeWithin(threads, config.get<unknown>('threads')),
    outline: outlinePolicy('*'),
    byteBudgets: config.get<unknown>('indexing.artifacts.byteBudgets'),
    byteBudgetStrict: config.get<unknown>('indexing.artifacts.byteBudgetPolicy.strict'),
    snapshotFiles: wholeWithin(snapshotSettings.files, config.get<unknown>('index.snapshot.changedFiles')),
    snapshotSeconds: wholeWithin(snapshotSettings.seconds, config.get<unknown>('index.snapshot.seconds')),
  };
}

/** When the outline shows symbols of the index, for a language. */
export function outlinePolicy(languageId: string): Policy {
  return policyOf(workspace.getConfiguration('almagest').get<unknown>('outline'), languageId);
}

/** Calls back after a change of any setting that `readSettings` or `outlinePolicy` reads. */
export function onDidChangeSettings(listener: () => void): Disposable {
  return workspace.onDidChangeConfiguration((event) => {
    if (watched.some((section) => event.affectsConfiguration(section))) listener();
  });
}

function excludeGlobs(folder: WorkspaceFolder | undefined): readonly string[] {
  const config = workspace.getConfiguration(undefined, folder?.uri ?? null);
  const globs = ['files.exclude', 'search.exclude', 'almagest.exclude'].flatMap((key) => enabledGlobs(config.get(key)));
  return [...new Set(globs.flatMap(toIgnoreGlobs))];
}
