// The points at which native can be asked to panic: its entries, as its declarations have them, and those in its threads.

import { readFileSync } from 'node:fs';

/** Points that are no entries; `native/src/` has them where they are reached. */
export const innerPoints = [
  'reading the search index',
  'writing the search index',
  'a thread of a walk',
  'a thread of a search',
  'a thread of an extraction',
] as const;

/** Names of all functions and members, as in `SearchIndex.open`; a constructor is called `new`. */
export function nativeEntries(): string[] {
  const entries: string[] = [];
  let type = '';
  for (const line of readFileSync('native/index.d.ts', 'utf8').split('\n')) {
    type = /^export declare class (\w+)/.exec(line)?.[1] ?? (line.startsWith('}') ? '' : type);
    const name = /^export declare function (\w+)\(/.exec(line)?.[1];
    const member = type === '' ? undefined : /^ {2}(?:static |get )?(\w+)\(/.exec(line)?.[1];
    if (name !== undefined) entries.push(name);
    if (member !== undefined) entries.push(`${type}.${member === 'constructor' ? 'new' : member}`);
  }
  return entries;
}
