// The results of a search as an ARIA tree: files, and below each its hits with their matches marked. One row is in the tab
// order; arrows walk. All text is put in as text.

import type { SearchHit } from '../../server/protocol';
import { visible } from '../visible';

export interface ResultActions {
  readonly open: (hit: SearchHit, how: { readonly beside: boolean; readonly preview: boolean }) => void;
  /** The user walks up from the first row. */
  readonly leave: () => void;
}

/** A match that stands further into its line than this is shown with only so much of the text before it, in characters. */
const longestLead = 24;
const shortenedLead = 16;

/** Rows drawn before the browser may paint and take input again. */
const rowsPerFrame = 300;

export class Results {
  readonly #place: HTMLElement;
  readonly #actions: ResultActions;
  readonly #hits = new WeakMap<Element, SearchHit>();
  #current: HTMLElement | undefined;
  #frame = 0;

  constructor(place: HTMLElement, actions: ResultActions) {
    this.#place = place;
    this.#actions = actions;
    place.addEventListener('keydown', (event) => this.#onKey(event));
    place.addEventListener('click', (event) => this.#onClick(event));
    place.addEventListener('dblclick', (event) =>
      this.#openRow(rowOf(event.target), { beside: false, preview: false }),
    );
    place.addEventListener('focusin', (event) => this.#setCurrent(rowOf(event.target)));
  }

  get hasFocus(): boolean {
    return this.#place.contains(document.activeElement);
  }

  /** Replaces what is shown. */
  show(hits: readonly SearchHit[]): void {
    cancelAnimationFrame(this.#frame);
    this.#place.replaceChildren();
    this.#current = undefined;
    this.#drawFrom([...groupByFile(hits).values()]);
  }

  /** Focuses the first row; false when there is none. */
  focusFirst(): boolean {
    const [first] = this.#rows();
    first?.focus();
    return first !== undefined;
  }

  #drawFrom(files: readonly (readonly SearchHit[])[]): void {
    let drawn = 0;
    let next = 0;
    const fragment = document.createDocumentFragment();
    for (; next < files.length && drawn < rowsPerFrame; next++) {
      const hits = files[next] ?? [];
      fragment.append(this.#fileGroup(hits));
      drawn += hits.length + 1;
    }
    this.#place.append(fragment);
    if (this.#current === undefined) this.#setCurrent(this.#rows()[0]);
    const rest = files.slice(next);
    if (rest.length > 0) this.#frame = requestAnimationFrame(() => this.#drawFrom(rest));
  }

  #fileGroup(hits: readonly SearchHit[]): HTMLElement {
    const path = hits[0]?.path ?? '';
    const slash = path.lastIndexOf('/');
    const file = create('div', 'file', 'treeitem');
    file.tabIndex = -1;
    file.ariaExpanded = 'true';
    file.ariaLevel = '1';
    file.ariaLabel = `${path}, ${hits.length}`;
    const label = create('div', 'row');
    const folder = create('span', 'folder', undefined, slash === -1 ? '' : path.slice(0, slash));
    const badge = create('span', 'badge', undefined, String(hits.length));
    label.append(create('span', 'twistie'), create('span', 'name', undefined, path.slice(slash + 1)), folder, badge);
    label.title = path;
    const group = create('div', 'hits', 'group');
    group.append(...hits.map((hit) => this.#hitRow(hit)));
    file.append(label, group);
    return file;
  }

  #hitRow(hit: SearchHit): HTMLElement {
    const row = create('div', 'row hit', 'treeitem');
    row.tabIndex = -1;
    row.ariaLevel = '2';
    row.ariaLabel = `${hit.line + 1}: ${hit.text.trim()}`;
    row.title = hit.symbol === undefined ? `${hit.path}:${hit.line + 1}` : `${hit.path}:${hit.line + 1} ${hit.symbol}`;
    const text = create('span', 'text');
    text.append(...markedText(hit));
    row.append(create('span', 'line', undefined, String(hit.line + 1)), text);
    if (hit.symbol !== undefined) row.append(create('span', 'symbol', undefined, hit.symbol));
    this.#hits.set(row, hit);
    return row;
  }

  #onClick(event: MouseEvent): void {
    const row = rowOf(event.target);
    if (row === undefined) return;
    row.focus();
    if (this.#hits.has(row)) this.#openRow(row, { beside: event.ctrlKey || event.metaKey, preview: true });
    else fold(row, row.ariaExpanded === 'true');
  }

  #onKey(event: KeyboardEvent): void {
    const row = rowOf(event.target);
    if (row === undefined || event.altKey) return;
    const rows = this.#rows();
    const at = rows.indexOf(row);
    const isFile = !this.#hits.has(row);
    switch (event.key) {
      case 'ArrowDown':
        rows[at + 1]?.focus();
        break;
      case 'ArrowUp':
        if (at === 0) this.#actions.leave();
        else rows[at - 1]?.focus();
        break;
      case 'Home':
        rows[0]?.focus();
        break;
      case 'End':
        rows.at(-1)?.focus();
        break;
      case 'ArrowRight':
        if (isFile && row.ariaExpanded === 'false') fold(row, false);
        else if (isFile) rows[at + 1]?.focus();
        break;
      case 'ArrowLeft':
        if (isFile) fold(row, true);
        else row.parentElement?.closest<HTMLElement>('.file')?.focus();
        break;
      case 'Enter':
        if (isFile) fold(row, row.ariaExpanded === 'true');
        else this.#openRow(row, { beside: event.ctrlKey || event.metaKey, preview: false });
        break;
      case ' ':
        this.#openRow(row, { beside: false, preview: true });
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #openRow(row: Element | undefined, how: { readonly beside: boolean; readonly preview: boolean }): void {
    const hit = row === undefined ? undefined : this.#hits.get(row);
    if (hit !== undefined) this.#actions.open(hit, how);
  }

  #setCurrent(row: HTMLElement | undefined): void {
    if (this.#current !== undefined) this.#current.tabIndex = -1;
    this.#current = row;
    if (row !== undefined) row.tabIndex = 0;
  }

  /** The rows that can be seen, in their order. */
  #rows(): readonly HTMLElement[] {
    const rows = Array.from(this.#place.querySelectorAll<HTMLElement>('[role="treeitem"]'));
    return rows.filter((row) => row.parentElement?.closest('[aria-expanded="false"]') === null);
  }
}

function groupByFile(hits: readonly SearchHit[]): ReadonlyMap<string, readonly SearchHit[]> {
  const files = new Map<string, SearchHit[]>();
  for (const hit of hits) {
    const group = files.get(hit.uri);
    if (group === undefined) files.set(hit.uri, [hit]);
    else group.push(hit);
  }
  return files;
}

/** The line from a little before its first match on, so that a narrow view shows it; its matches in `<mark>`. */
function markedText({ text, ranges }: SearchHit): readonly Node[] {
  const indent = text.length - text.trimStart().length;
  const first = ranges[0]?.[0] ?? indent;
  let at = Math.min(indent, first);
  const nodes: Node[] = [];
  if (first - at > longestLead) {
    // Whole words where there is a gap between them in sight.
    at = first - shortenedLead;
    const gap = text.slice(at, first).search(/\s\S/);
    if (gap !== -1) at += gap + 1;
    nodes.push(create('span', 'cut', undefined, '…'));
  }
  for (const [start, end] of ranges) {
    nodes.push(
      document.createTextNode(visible(text.slice(at, start))),
      create('mark', '', undefined, text.slice(start, end)),
    );
    at = end;
  }
  nodes.push(document.createTextNode(visible(text.slice(at))));
  return nodes;
}

function fold(file: HTMLElement, folded: boolean): void {
  file.ariaExpanded = String(!folded);
}

function rowOf(target: EventTarget | null): HTMLElement | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>('[role="treeitem"]') : null;
  return row ?? undefined;
}

function create(tag: string, className: string, role?: string, text?: string): HTMLElement {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  if (role !== undefined) element.setAttribute('role', role);
  if (text !== undefined) element.textContent = visible(text);
  return element;
}
