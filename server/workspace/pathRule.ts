// Why a path is, or is not, a candidate for the index: the walk's own rules, asked about one path.

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { explainRule, type ScanOptions } from './scan';

/** What the walk's rules say of one path. */
export interface PathRule {
  readonly exists: boolean;
  /** In the operating system's words, why nobody can say whether it exists: a folder around it is locked. */
  readonly refusal?: string;
  /** `file`, `folder`, `symlink` or something special. */
  readonly kind: string;
  readonly ignored: boolean;
  /** Its name says that it holds keys or passwords. */
  readonly secret: boolean;
  /** The rule that decided, where there is one: its text, the file it stands in (or `settings`, `built in`), its line. */
  readonly rule?: string;
  readonly source?: string;
  readonly line?: number;
}

/** Asks the rules about a root-relative path. Throws RootUnreadableError. */
export async function pathRule(options: ScanOptions, path: string): Promise<PathRule> {
  const rule = await explainRule(options, path);
  const refusal = rule.exists ? undefined : await refusalOf(join(options.root, path));
  return { ...rule, ...(refusal === undefined ? {} : { refusal }) };
}

async function refusalOf(path: string): Promise<string | undefined> {
  const error = await lstat(path).then(
    () => undefined,
    (refused: NodeJS.ErrnoException) => refused,
  );
  const isGone = error === undefined || error.code === 'ENOENT' || error.code === 'ENOTDIR';
  return isGone ? undefined : error.message;
}
