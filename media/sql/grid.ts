// The rows of a result as a table that grows while it is scrolled. A column `path` opens its file, at the line of the row
// where there is one.

import type { SqlResult, SqlValue } from '../../server/protocol';
import { create, createButton } from '../dom';

const rowsAtOnce = 300;
const lineColumns = ['start_line', 'line'] as const;

export class Grid {
  readonly #place: HTMLElement;
  readonly #open: (path: string, line: number) => void;
  readonly #end: IntersectionObserver;
  #more: (() => void) | undefined;

  constructor(place: HTMLElement, open: (path: string, line: number) => void) {
    this.#place = place;
    this.#open = open;
    this.#end = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) this.#more?.();
    });
  }

  /** Replaces what is shown. */
  show({ columns, rows }: Pick<SqlResult, 'columns' | 'rows'>): void {
    this.#end.disconnect();
    const isNumber = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
    const head = create('tr');
    head.append(create('th', 'number', '#'));
    head.append(...columns.map((name, i) => create('th', isNumber[i] === true ? 'number' : '', name)));
    for (const cell of Array.from(head.children)) cell.setAttribute('scope', 'col');
    const thead = create('thead');
    thead.append(head);
    const body = create('tbody');
    const table = create('table');
    table.append(thead, body);
    const end = create('div', 'end');
    this.#place.replaceChildren(table, end);
    this.#place.scrollTop = 0;
    const path = columns.indexOf('path');
    const line = lineColumns.map((name) => columns.indexOf(name)).find((at) => at !== -1) ?? -1;
    let drawn = 0;
    this.#more = () => {
      const next = rows.slice(drawn, drawn + rowsAtOnce);
      body.append(...next.map((row, i) => this.#row(row, drawn + i + 1, isNumber, path, line)));
      drawn += next.length;
      if (drawn >= rows.length) this.#end.disconnect();
    };
    this.#more();
    if (drawn < rows.length) this.#end.observe(end);
  }

  #row(
    row: readonly SqlValue[],
    number: number,
    isNumber: readonly boolean[],
    path: number,
    line: number,
  ): HTMLElement {
    const element = create('tr');
    element.append(create('td', 'number quiet', String(number)));
    row.forEach((value, column) => {
      const cell = create('td', isNumber[column] === true ? 'number' : '');
      if (value === null) cell.append(create('span', 'null', 'NULL'));
      else if (column === path && typeof value === 'string') {
        // Lines count from 1 in the database.
        const at = typeof row[line] === 'number' ? Math.max(0, row[line] - 1) : 0;
        cell.append(createButton('link', value, () => this.#open(value, at)));
      } else cell.append(create('span', '', String(value)));
      element.append(cell);
    });
    return element;
  }
}
