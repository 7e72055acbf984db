// A table of the Audit: foldable, its numbers to the right, shares as bars.

import type { Cell, Table } from '../auditMessages';
import { create, createButton } from '../dom';

/** The table below its title, which folds it; `open` is called with the path of a file that was clicked. */
export function drawTable(
  { title, note = '', columns, rows }: Table,
  isOpen: boolean,
  open: (path: string) => void,
): HTMLDetailsElement {
  const details = document.createElement('details');
  details.open = isOpen;
  const summary = create('summary');
  summary.append(create('h2', '', title), create('span', 'quiet', String(rows.length)));
  details.append(summary);
  if (note !== '') details.append(create('p', 'quiet', note));
  const table = create('table');
  table.setAttribute('aria-label', title);
  const head = create('tr');
  for (const { label, isNumber } of columns) {
    const cell = create('th', isNumber ? 'number' : '', label);
    cell.setAttribute('scope', 'col');
    head.append(cell);
  }
  const thead = create('thead');
  thead.append(head);
  const body = create('tbody');
  for (const cells of rows) {
    const row = create('tr');
    row.append(...cells.map((cell, column) => drawCell(cell, columns[column]?.isNumber === true, open)));
    body.append(row);
  }
  table.append(thead, body);
  const scroller = create('div', 'scroller');
  scroller.append(table);
  details.append(scroller);
  // Where a part is out of sight, the keyboard has to reach it.
  new ResizeObserver(() => {
    if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0;
    else scroller.removeAttribute('tabindex');
  }).observe(scroller);
  return details;
}

/** Longer sentences may be broken into lines, UTF-16 units. */
const longText = 24;

function drawCell(
  { text, title, tone = 'plain', path, share }: Cell,
  isNumber: boolean,
  open: (path: string) => void,
): HTMLElement {
  const long = path === undefined && text.length > longText && text.includes(' ') ? 'long' : '';
  const cell = create('td', [isNumber ? 'number' : '', long, tone].filter((name) => name !== '').join(' '));
  if (title !== undefined) cell.title = title;
  if (path !== undefined) cell.append(createButton('link', text, () => open(path)));
  else cell.append(create('span', '', text));
  if (share !== undefined) {
    const bar = create('span', 'share');
    bar.ariaHidden = 'true';
    const part = create('span', share > 1 ? 'part full' : 'part');
    part.style.width = `${Math.round(Math.min(1, share) * 100)}%`;
    bar.append(part);
    cell.append(bar);
  }
  return cell;
}
