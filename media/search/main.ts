// The front end of the Search view: keeps the form, sends a search on each change, and leaves drawing the results and
// walking them by keyboard to results.ts. The form and its history live in the webview's state.

import { maxHits, searchCommands, type SearchForm, type ToHost, type ToView } from '../messages';
import { History } from './history';
import { Results } from './results';

interface State {
  readonly form: SearchForm;
  readonly history: readonly string[];
  readonly filesOpen: boolean;
}

declare function acquireVsCodeApi(): {
  postMessage(message: ToHost): void;
  getState(): State | undefined;
  setState(state: State): void;
};

/** Long enough to swallow the middle of a word, too short to notice. */
const typingDelayMs = 80;
const firstLimit = 1_000;

const vscode = acquireVsCodeApi();
const query = element('query', HTMLInputElement);
const include = element('include', HTMLInputElement);
const exclude = element('exclude', HTMLInputElement);
const globs = element('globs', HTMLElement);
const filesButton = element('files', HTMLButtonElement);
const status = element('status', HTMLElement);
const error = element('error', HTMLElement);
const notice = element('notice', HTMLElement);
const none = element('none', HTMLElement);
const more = element('more', HTMLButtonElement);
const rank = element('rank', HTMLButtonElement);
const toggles = {
  caseSensitive: element('caseSensitive', HTMLButtonElement),
  wholeWord: element('wholeWord', HTMLButtonElement),
  regex: element('regex', HTMLButtonElement),
};

const saved = vscode.getState();
const history = new History(saved?.history ?? []);
const results = new Results(element('results', HTMLElement), {
  open: (hit, { beside, preview }) => {
    const [startColumn, endColumn] = hit.ranges[0] ?? [0, 0];
    vscode.postMessage({ type: 'open', uri: hit.uri, line: hit.line, startColumn, endColumn, beside, preview });
    remember();
  },
  leave: () => query.focus(),
});

let lastId = 0;
let limit = firstLimit;
let timer: number | undefined;

query.addEventListener('input', () => searchSoon());
include.addEventListener('input', () => searchSoon());
exclude.addEventListener('input', () => searchSoon());
query.addEventListener('change', () => remember());
query.addEventListener('keydown', (event) => onQueryKey(event));
more.addEventListener('click', () => search(Math.min(limit * 10, maxHits)));
rank.addEventListener('click', () =>
  kinds()
    .find((radio) => radio.value === 'ranked')
    ?.click(),
);
filesButton.addEventListener('click', () => showFiles(globs.hidden));
element('form', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
for (const button of Object.values(toggles)) {
  button.addEventListener('click', () => {
    press(button, !isPressed(button));
    searchSoon();
  });
}
for (const button of Array.from(document.querySelectorAll<HTMLButtonElement>('.part'))) {
  button.addEventListener('click', () => addToQuery(button.dataset['part'] ?? ''));
}
for (const button of Array.from(none.querySelectorAll<HTMLButtonElement>('[data-command]'))) {
  button.addEventListener('click', () => {
    const command = searchCommands.find((known) => known === button.dataset['command']);
    if (command !== undefined) vscode.postMessage({ type: 'run', command, query: query.value });
  });
}
for (const radio of kinds()) {
  radio.addEventListener('change', () => {
    enableToggles();
    showHelp();
    searchSoon();
  });
}
document.addEventListener('keydown', (event) => {
  const button = { c: toggles.caseSensitive, w: toggles.wholeWord, r: toggles.regex }[event.key.toLowerCase()];
  if (!event.altKey || event.ctrlKey || event.metaKey || button === undefined) return;
  event.preventDefault();
  button.click();
});
window.addEventListener('message', (event: MessageEvent<ToView>) => receive(event.data));

if (saved !== undefined) restore(saved);
enableToggles();
showHelp();
vscode.postMessage({ type: 'ready' });
if (query.value !== '') search(firstLimit);

function receive(message: ToView): void {
  switch (message.type) {
    case 'result':
      if (message.id !== lastId) return;
      show(error, '');
      show(notice, message.notice);
      status.textContent = message.summary;
      more.hidden = !message.cut || limit >= maxHits;
      none.hidden = message.hits.length > 0;
      // One word has no order.
      rank.hidden = form().kind === 'ranked' || form().regex || !/\w\W+\w/.test(form().query);
      return results.show(message.hits);
    case 'failed':
      if (message.id !== lastId) return;
      status.textContent = '';
      show(error, message.message);
      show(notice, '');
      more.hidden = none.hidden = true;
      return results.show([]);
    case 'banner': {
      const action = element('bannerAction', HTMLButtonElement);
      element('banner', HTMLElement).hidden = message.banner === undefined;
      element('bannerText', HTMLElement).textContent = message.banner?.text ?? '';
      action.textContent = message.banner?.action?.label ?? '';
      action.hidden = message.banner?.action === undefined;
      const command = message.banner?.action?.command;
      action.onclick = () => command !== undefined && vscode.postMessage({ type: 'run', command, query: '' });
      return;
    }
    case 'focus':
      if (message.query !== undefined) {
        query.value = message.query;
        search(firstLimit);
      }
      query.focus();
      return query.select();
    case 'indexChanged':
      // Never under the user's hands: results that are being walked stay as they are.
      if (query.value !== '' && !results.hasFocus) search(limit);
  }
}

function searchSoon(): void {
  save();
  window.clearTimeout(timer);
  timer = window.setTimeout(() => search(firstLimit), typingDelayMs);
}

function search(upTo: number): void {
  window.clearTimeout(timer);
  save();
  limit = upTo;
  lastId++;
  showHelp();
  if (query.value !== '') return vscode.postMessage({ type: 'search', id: lastId, form: form(), limit });
  vscode.postMessage({ type: 'cancel' });
  for (const place of [error, notice]) show(place, '');
  status.textContent = '';
  more.hidden = none.hidden = true;
  results.show([]);
}

/** What can be asked, for as long as nothing is asked. */
function showHelp(): void {
  const { kind } = form();
  for (const help of Array.from(document.querySelectorAll<HTMLElement>('.help'))) {
    help.hidden = query.value !== '' || help.dataset['kind'] !== kind;
  }
}

/** Puts a part at the end of the query, its last word selected: that is what the user replaces. */
function addToQuery(part: string): void {
  query.value = query.value === '' ? part : `${query.value} ${part}`;
  query.focus();
  const from = query.value.length - part.length + part.search(/\w+\W*$/);
  query.setSelectionRange(from, query.value.length - (/\W*$/.exec(part)?.[0].length ?? 0));
}

function onQueryKey(event: KeyboardEvent): void {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.key === 'Enter') {
    remember();
    search(limit);
  } else if (step === 1 && history.atEnd && results.focusFirst()) {
    event.preventDefault();
  } else if (step !== undefined) {
    const text = history.walk(step, query.value);
    event.preventDefault();
    if (text === undefined) return;
    query.value = text;
    searchSoon();
  }
}

function remember(): void {
  history.add(query.value);
  save();
}

function form(): SearchForm {
  return {
    query: query.value,
    kind: kinds().some((radio) => radio.checked && radio.value === 'ranked') ? 'ranked' : 'text',
    caseSensitive: isPressed(toggles.caseSensitive),
    wholeWord: isPressed(toggles.wholeWord),
    regex: isPressed(toggles.regex),
    include: include.value,
    exclude: exclude.value,
  };
}

function save(): void {
  // Results must not be narrowed by globs that nobody sees.
  filesButton.classList.toggle('active', globs.hidden && include.value + exclude.value !== '');
  vscode.setState({ form: form(), history: history.entries, filesOpen: !globs.hidden });
}

function restore({ form, filesOpen }: State): void {
  query.value = form.query;
  include.value = form.include;
  exclude.value = form.exclude;
  for (const radio of kinds()) radio.checked = radio.value === form.kind;
  press(toggles.caseSensitive, form.caseSensitive);
  press(toggles.wholeWord, form.wholeWord);
  press(toggles.regex, form.regex);
  showFiles(filesOpen);
}

function showFiles(open: boolean): void {
  globs.hidden = !open;
  filesButton.setAttribute('aria-expanded', String(open));
  save();
}

/** Ranked search knows neither case nor words nor expressions. */
function enableToggles(): void {
  for (const button of Object.values(toggles)) button.disabled = form().kind === 'ranked';
}

function kinds(): readonly HTMLInputElement[] {
  return Array.from(document.querySelectorAll<HTMLInputElement>('input[name="kind"]'));
}

function press(button: HTMLButtonElement, pressed: boolean): void {
  button.setAttribute('aria-pressed', String(pressed));
}

function isPressed(button: HTMLButtonElement): boolean {
  return button.getAttribute('aria-pressed') === 'true';
}

function show(place: HTMLElement, text: string): void {
  place.textContent = text;
  place.hidden = text === '';
}

function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} #${id}`);
}
