// The four ways in which content is chunked, counted and filtered.

/** Mode names in the order of their numbers in the fact tables (number 0 is unused). */
export const modes = ['code', 'prose', 'extracted-prose', 'records'] as const;

/** `code`: source; `prose`: Markdown and plain text; `extracted-prose`: comments of code; `records`: JSON, YAML, CSV … */
export type Mode = (typeof modes)[number];

/** The number of a mode in the fact tables and in native: 1-based. */
export function modeNumber(mode: Mode): number {
  return modes.indexOf(mode) + 1;
}

/** The mode of a number from the fact tables; numbers outside the range are a bug of the caller. */
export function modeOf(number: number): Mode {
  const mode = modes[number - 1];
  if (mode === undefined) throw new RangeError(`no mode has the number ${number}`);
  return mode;
}
