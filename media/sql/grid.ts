// The rows of a result as a table that grows while it is scrolled. A column `path` opens its file, at the line of the row
// where there is one. The files are one stop of the Tab key; the arrows go from one to the next.

import type { SqlResult, SqlValue } from '../../server/protocol';
import { create, createButton } from '../dom';
import { visible } from '../visible';

const rowsAtOnce = 300;
const lineColumns = ['start_line', 'line'] as const;
/** Longer values may be cut by the width of their column, UTF-16 units; how much a tooltip shows of them. */
const titleFrom = 50;
const titleTo = 2_000;

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
    place.addEventListener('keydown', (event) => this.#onKey(event));
    place.addEventListener('focusin', ({ target }) => this.#makeStop(target));
  }

  /** Whether what is shown, if anything is, answers an earlier query than the one that was put last. */
  get isFormer(): boolean {
    return this.#place.classList.contains('former');
  }

  set isFormer(isFormer: boolean) {
    this.#place.classList.toggle('former', isFormer && this.#place.childElementCount > 0);
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
    this.isFormer = false;
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
    this.#makeStop(this.#place.querySelector('.link'));
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
        const link = createButton('link', value, () => this.#open(value, at));
        link.tabIndex = -1;
        cell.append(link);
      } else cell.append(create('span', '', String(value)));
      const text = String(value);
      if (text.length > titleFrom) cell.title = visible(text.slice(0, titleTo));
      element.append(cell);
    });
    return element;
  }

  /** The arrows, Home and End go from file to file. */
  #onKey(event: KeyboardEvent): void {
    const links = Array.from(this.#place.querySelectorAll<HTMLElement>('.link'));
    const at = links.findIndex((link) => link === document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    links[next]?.focus();
  }

  /** Tab comes to this file, and to no other of the table. */
  #makeStop(link: EventTarget | null): void {
    if (!(link instanceof HTMLElement) || !link.matches('.link')) return;
    for (const other of Array.from(this.#place.querySelectorAll<HTMLElement>('.link[tabindex="0"]'))) {
      other.tabIndex = -1;
    }
    link.tabIndex = 0;
  }
}
