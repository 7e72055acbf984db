// The rows of a query as CSV (RFC 4180) and as JSON, for export. Knows nothing of VS Code.

import type { SqlResult } from '../server/protocol';

type Rows = Pick<SqlResult, 'columns' | 'rows'>;

/** A line per row below the names of the columns; NULL is an empty field, an empty text is `""`. */
export function toCsv({ columns, rows }: Rows): string {
  const field = (value: string | number | null): string => {
    if (value === null) return '';
    const text = String(value);
    return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

/** A list of objects; a column whose name comes again is numbered, so that nothing is lost. */
export function toJson({ columns, rows }: Rows): string {
  const names: string[] = [];
  for (const column of columns) {
    let name = column;
    for (let i = 2; names.includes(name); i++) name = `${column}_${i}`;
    names.push(name);
  }
  const objects = rows.map((cells) => Object.fromEntries(cells.map((cell, i) => [names[i] ?? `column${i + 1}`, cell])));
  return `${JSON.stringify(objects, null, 2)}\n`;
}
