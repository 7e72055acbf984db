// How much an index holds, as facts count it and as every client shows it.

import type { TableName } from './columns';
import type { LimitReason, SkipReason } from './skipReason';

/** Totals over all live files, and the rows of their tables. Skipped files count under their reason only. */
export interface Counts extends Readonly<Record<TableName, number>> {
  readonly files: number;
  readonly textOnly: number;
  readonly partial: number;
  readonly bytes: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly limited: Readonly<Partial<Record<LimitReason, number>>>;
  readonly languages: Readonly<Record<string, number>>;
}
