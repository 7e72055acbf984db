// Numbers, names and texts as people read them on a terminal. Pure functions; nothing here knows what it formats.

import { count } from '../util/counted';

/** `340 ms`, `12.3 s`, `3 min 04 s`, `2 h 05 min`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const padded = (value: number): string => value.toString().padStart(2, '0');
  return minutes < 60
    ? `${minutes} min ${padded(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
}

/** A rate per second with as many digits as mean something: `1,204`, `9.8`. */
export function rate(units: number, ms: number): string {
  const perSecond = units / Math.max(ms / 1000, 0.001);
  return perSecond >= 99.95 ? count(perSecond) : perSecond.toFixed(1);
}

/** Two aligned columns, indented by two; a value may have several lines. Rows without a value are left out. */
export function table(rows: readonly (readonly [label: string, value: string])[]): string {
  const shown = rows.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  const below = `\n${' '.repeat(width + 4)}`;
  return shown.map(([label, value]) => `  ${label.padEnd(width)}  ${value.replaceAll('\n', below)}\n`).join('');
}

/** Any number of aligned columns, indented by two. */
export function grid(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows
    .map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`)
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** `python 812, go 12, 3 more`: the largest counts first, at most so many of them. */
export function topCounts(counts: Readonly<Record<string, number>>, most: number): string {
  const sorted = Object.entries(counts)
    .filter(([, value]) => value > 0)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = sorted.slice(0, most).map(([name, value]) => `${name} ${count(value)}`);
  const more = sorted.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** A name of ours as words: `noGrammar` is "no grammar". */
export function spelled(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** C0 but tabs, DEL, C1, line and paragraph separators, and what changes the direction of writing. */
const drives = '\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069';
const driving = new RegExp(`[${drives}]`, 'g');
const drivingButOurs = new RegExp(`\\x1b\\[[\\d;]*m|(?!\\n)[${drives}]`, 'g');

/**
 * The text with control characters made visible, so that names and contents of files cannot drive the terminal:
 * ESC becomes `\x1b`. Tabs stay.
 */
export function visible(text: string): string {
  return text.replace(driving, shownCharacter);
}

/** The same for lines that are made of such texts and of our own colours: these and ends of lines stay. */
export function visibleLines(text: string): string {
  return text.replace(drivingButOurs, (found) => (found.length > 1 ? found : shownCharacter(found)));
}

/** JSON that means the same and has no such character in it. */
export function visibleJson(json: string): string {
  return json.replace(driving, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function shownCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The text cut to so many terminal columns, with `…` in the place of what is missing at its beginning or end. */
export function fit(text: string, columns: number, keep: 'start' | 'end' = 'start'): string {
  const characters = [...text];
  if (characters.reduce((sum, character) => sum + widthOf(character), 0) <= columns) return text;
  if (keep === 'end') characters.reverse();
  const kept: string[] = [];
  let width = 1; // of the ellipsis
  for (const character of characters) {
    width += widthOf(character);
    if (width > columns) break;
    kept.push(character);
  }
  if (columns < 1) return '';
  return keep === 'start' ? `${kept.join('')}…` : `…${kept.reverse().join('')}`;
}

/** Terminals give two columns to East Asian characters and emoji; what is not sure to be narrow counts as wide. */
function widthOf(character: string): number {
  return (character.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2;
}
