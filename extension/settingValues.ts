// What a user wrote into our settings, as what it can mean. The settings editor marks what means nothing; here it counts
// as not set, because nothing that stands in a settings file may keep the server from starting. Pure functions.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Whether we answer beside other extensions: `auto` only where none of them does. */
export type Policy = 'auto' | 'always' | 'never';

/** The number where it is a whole one within its bounds, else the one that it is when nobody sets it. */
export function wholeWithin(
  bounds: { readonly default: number; readonly minimum: number; readonly maximum: number },
  value: unknown,
): number {
  const isGood = typeof value === 'number' && Number.isInteger(value);
  return isGood && value >= bounds.minimum && value <= bounds.maximum ? value : bounds.default;
}

/** The policy for a language: its own entry, else the one of `*`, else `auto`. */
export function policyOf(value: unknown, languageId: string): Policy {
  const policies = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const policy = policies[languageId] ?? policies['*'];
  return policy === 'always' || policy === 'never' ? policy : 'auto';
}

/** An absolute path, `~` being the home folder; undefined for anything else. */
export function folderOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const path = value.startsWith('~/') ? join(homedir(), value.slice(2)) : value;
  return isAbsolute(path) ? path : undefined;
}
