// Sizes as people read them, on a terminal, in the editor and in messages alike.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Binary units, as settings of sizes have them: `512 B`, `3.4 KiB`, `118 MiB`, `1,003 KiB`. */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit > 0 && value < 99.95 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
  return `${digits} ${units[unit] ?? ''}`;
}
