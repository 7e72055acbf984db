// The front end of the SQL Console: keeps the query and its limits, runs it, and offers saved queries, examples and the
// tables. The grid draws the rows. What is typed lives in the webview's state.

import type { SqlTable } from '../../server/protocol';
import { create, createButton, element } from '../dom';
import { maxRows, maxSeconds, type NamedQuery, type SqlToHost, type SqlToView } from '../sqlMessages';
import { Grid } from './grid';

interface State {
  readonly query: string;
  readonly limit: string;
  readonly seconds: string;
}

declare function acquireVsCodeApi(): {
  postMessage(message: SqlToHost): void;
  getState(): State | undefined;
  setState(state: State): void;
};

const vscode = acquireVsCodeApi();
const query = element('query', HTMLTextAreaElement);
const limit = element('limit', HTMLInputElement);
const seconds = element('seconds', HTMLInputElement);
const status = element('status', HTMLElement);
const buttons = {
  run: element('run', HTMLButtonElement),
  stop: element('stop', HTMLButtonElement),
  csv: element('csv', HTMLButtonElement),
  json: element('json', HTMLButtonElement),
};
const grid = new Grid(element('result', HTMLElement), (path, line) => vscode.postMessage({ type: 'open', path, line }));
let lastId = 0;

const saved = vscode.getState();
if (saved !== undefined) {
  query.value = saved.query;
  limit.value = saved.limit;
  seconds.value = saved.seconds;
}
for (const input of [query, limit, seconds]) input.addEventListener('input', save);
query.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  run();
});
buttons.run.addEventListener('click', run);
buttons.stop.addEventListener('click', () => vscode.postMessage({ type: 'stop' }));
buttons.csv.addEventListener('click', () => vscode.postMessage({ type: 'export', format: 'csv' }));
buttons.json.addEventListener('click', () => vscode.postMessage({ type: 'export', format: 'json' }));
element('save', HTMLButtonElement).addEventListener('click', () => {
  if (query.value.trim() !== '') vscode.postMessage({ type: 'save', query: query.value });
});
window.addEventListener('message', ({ data }: MessageEvent<SqlToView>) => receive(data));
vscode.postMessage({ type: 'ready' });
query.focus();

function receive(message: SqlToView): void {
  switch (message.type) {
    case 'schema':
      return element('tables', HTMLElement).replaceChildren(...message.tables.map(tableHelp));
    case 'queries':
      element('noSaved', HTMLElement).hidden = message.saved.length > 0;
      element('saved', HTMLElement).replaceChildren(...message.saved.map((one) => queryItem(one, true)));
      return element('examples', HTMLElement).replaceChildren(...message.examples.map((one) => queryItem(one, false)));
    case 'result': {
      if (lastId !== 0 && message.id !== lastId) return;
      const { result, summary } = message;
      ended();
      show('notice', result.notice ?? '');
      if (result.error !== undefined) return fail(result.error);
      status.textContent = summary;
      element('empty', HTMLElement).hidden = true;
      buttons.csv.disabled = buttons.json.disabled = false;
      return grid.show(result);
    }
    case 'waiting':
      if (!buttons.stop.disabled) status.textContent = message.message || (status.dataset['running'] ?? '');
      return;
    case 'failed':
      if (message.id !== lastId) return;
      ended();
      return fail(message);
  }
}

function run(): void {
  if (query.value.trim() === '') return query.focus();
  save();
  lastId++;
  show('error', '');
  show('notice', '');
  status.textContent = status.dataset['running'] ?? '';
  grid.isFormer = true;
  buttons.stop.disabled = false;
  vscode.postMessage({
    type: 'run',
    id: lastId,
    query: query.value,
    limit: within(limit, maxRows),
    seconds: within(seconds, maxSeconds),
  });
}

function ended(): void {
  buttons.stop.disabled = true;
  status.textContent = '';
}

/** Shows what is wrong, and where in the query. The former result stays. */
function fail({ message, start, end }: { message: string; start?: number; end?: number }): void {
  show('error', message);
  if (grid.isFormer) status.textContent = status.dataset['former'] ?? '';
  if (start === undefined) return;
  query.focus();
  query.setSelectionRange(start, end ?? start);
}

/** The number in a field, put right where it is none or too large. */
function within(input: HTMLInputElement, most: number): number {
  const value = Math.min(Math.max(1, Math.floor(Number(input.value) || 1)), most);
  input.value = String(value);
  return value;
}

function queryItem({ name, query: text }: NamedQuery, isSaved: boolean): HTMLElement {
  const item = create('li');
  const use = createButton('link', name, () => {
    query.value = text;
    run();
  });
  use.title = text;
  item.append(use);
  if (isSaved) {
    const label = element('saved', HTMLElement).dataset['remove'] ?? '';
    const remove = createButton('remove', '×', () => vscode.postMessage({ type: 'remove', name }));
    remove.title = label;
    remove.ariaLabel = `${label} ${name}`;
    item.append(remove);
  }
  return item;
}

function tableHelp({ name, doc, columns }: SqlTable): HTMLElement {
  const details = create('details');
  const summary = create('summary', '', name);
  summary.title = doc;
  const list = create('ul');
  for (const column of columns) {
    const item = create('li');
    const insert = createButton('link', column.name, () => insertText(column.name));
    insert.title = column.doc;
    item.append(insert, create('span', 'quiet', ` ${column.type.toLowerCase()}`));
    list.append(item);
  }
  details.append(summary, create('p', 'quiet', doc), list);
  return details;
}

function insertText(text: string): void {
  query.focus();
  query.setRangeText(text, query.selectionStart, query.selectionEnd, 'end');
  save();
}

function save(): void {
  vscode.setState({ query: query.value, limit: limit.value, seconds: seconds.value });
}

function show(id: string, text: string): void {
  const place = element(id, HTMLElement);
  place.textContent = text;
  place.hidden = text === '';
}
