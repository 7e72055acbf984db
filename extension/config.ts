// The only reader of settings: VS Code's and ours, as the `Settings` that the server understands.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { workspace, type Disposable, type WorkspaceFolder } from 'vscode';
import { snapshotSettings, type Settings } from '../server/protocol';
import { enabledGlobs, toIgnoreGlobs } from './globs';
import { wholeWithin } from './wholeWithin';

/** Whether we answer beside other extensions: `auto` only where none of them does. */
export type Policy = 'auto' | 'always' | 'never';
export type PolicySetting = 'outline' | 'navigation';

const watched = ['almagest', 'files.exclude', 'search.exclude'] as const;

/** The settings for the server, read now. */
export function readSettings(): Settings {
  const config = workspace.getConfiguration('almagest');
  const indexDir = indexLocation(config.get<string>('index.location', ''));
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
    threads: config.get<number>('threads', 0),
    outline: policyFor('outline', '*'),
    byteBudgets: config.get<unknown>('indexing.artifacts.byteBudgets'),
    byteBudgetStrict: config.get<unknown>('indexing.artifacts.byteBudgetPolicy.strict'),
    snapshotFiles: wholeWithin(snapshotSettings.files, config.get<unknown>('index.snapshot.changedFiles')),
    snapshotSeconds: wholeWithin(snapshotSettings.seconds, config.get<unknown>('index.snapshot.seconds')),
  };
}

/** The policy for a language: its own entry of the setting, else the one of `*`, else `auto`. */
export function policyFor(setting: PolicySetting, languageId: string): Policy {
  const policies = workspace.getConfiguration('almagest').get<Record<string, unknown>>(setting, {});
  const policy = policies[languageId] ?? policies['*'];
  return policy === 'always' || policy === 'never' ? policy : 'auto';
}

/** Calls back after a change of any setting that `readSettings` or `policyFor` reads. */
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

/** An absolute path, `~` being the home folder; anything else is as if it were not set (the setting's pattern says so). */
function indexLocation(value: string): string | undefined {
  const path = value.startsWith('~/') ? join(homedir(), value.slice(2)) : value;
  return isAbsolute(path) ? path : undefined;
}
