// Why a path is, or is not, a candidate for the index: the walk's own rules, asked about one path.

import { explainPath } from '../../native';
import { walkOptions, type ScanOptions } from './scan';

/** What the walk's rules say of one path. */
export interface PathRule {
  readonly exists: boolean;
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

/** Asks the rules about a root-relative path. */
export async function pathRule(options: ScanOptions, path: string): Promise<PathRule> {
  return explainPath(walkOptions(options, ''), path);
}
