// Running totals over the live rows of the fact store: kept up to date row by row, never recounted.

import { tableNames, type TableName } from '../model/columns';
import type { Counts } from '../model/counts';
import { limitReasons, skipReasons, type LimitReason } from '../model/skipReason';
import type { Segment } from './segment';

export class FactCounter {
  #files = 0;
  #bytes = 0;
  readonly #tables = new Map<TableName, number>(tableNames.map((table) => [table, 0]));
  readonly #skips = new Map<number, number>();
  readonly #limits = new Map<number, number>();
  readonly #languages = new Map<string, number>();

  /** Counts a row in (`sign` 1) or out (-1). */
  add(segment: Segment, file: number, sign: 1 | -1): void {
    const skip = segment.byte(file, 'skip');
    if (skip !== 0) {
      bump(this.#skips, skip, sign);
      return;
    }
    this.#files += sign;
    this.#bytes += sign * (segment.hot.sizes[file] as number);
    for (const table of tableNames) bump(this.#tables, table, sign * segment.rowCount(file, table));
    const limit = segment.byte(file, 'limit');
    if (limit !== 0) bump(this.#limits, limit, sign);
    bump(this.#languages, segment.hot.languages[segment.byte(file, 'language')]?.[0] ?? 'unknown', sign);
  }

  get counts(): Counts {
    const limited = named(this.#limits, limitReasons) as Partial<Record<LimitReason, number>>;
    const tables = Object.fromEntries(this.#tables) as Record<TableName, number>;
    const partial = (limited.syntaxErrors ?? 0) + (limited.rowLimit ?? 0);
    return {
      ...tables,
      files: this.#files,
      bytes: this.#bytes,
      partial,
      textOnly: Object.values(limited).reduce((sum, count) => sum + count, 0) - partial,
      skipped: named(this.#skips, skipReasons),
      limited,
      languages: Object.fromEntries([...this.#languages].sort((a, b) => b[1] - a[1])),
    };
  }
}

function bump<K>(map: Map<K, number>, key: K, by: number): void {
  const value = (map.get(key) ?? 0) + by;
  if (value === 0 && typeof key !== 'string') map.delete(key);
  else map.set(key, value);
}

function named(map: ReadonlyMap<number, number>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...map].sort((a, b) => a[0] - b[0]).map(([n, count]) => [names[n] ?? `reason ${n}`, count]),
  );
}
