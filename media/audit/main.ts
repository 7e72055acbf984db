// The front end of the Audit: draws the page that the host sends and tells what the user chose. It computes nothing; the
// numbers come as texts.

import type {
  AuditCommand,
  AuditPage,
  AuditToHost,
  AuditToView,
  BuildChoice,
  BuildPage,
  Table,
} from '../auditMessages';
import { create, createButton, element } from '../dom';
import { Charts } from './charts';
import { Pieces } from './pieces';
import { drawTable } from './tables';

declare function acquireVsCodeApi(): { postMessage(message: AuditToHost): void };

const vscode = acquireVsCodeApi();
const builds = element('builds', HTMLElement);
const message = element('message', HTMLElement);
const place = element('build', HTMLElement);
/** Tables that the user opened or closed keep that from build to build. */
const openTables = new Map<string, boolean>();
const pieces = new Pieces(place);
let charts: Charts | undefined;

for (const button of Array.from(document.querySelectorAll<HTMLButtonElement>('.action'))) {
  button.addEventListener('click', () =>
    vscode.postMessage({ type: 'run', command: button.dataset['command'] as AuditCommand }),
  );
}
window.addEventListener('message', ({ data }: MessageEvent<AuditToView>) => {
  if (data.type === 'page') drawPage(data.page);
  else showMessage(data.message);
});
vscode.postMessage({ type: 'ready' });

function drawPage({ builds: choices, build, empty }: AuditPage): void {
  const hadFocus = builds.contains(document.activeElement);
  builds.replaceChildren(...choices.map(buildButton));
  builds.hidden = choices.length === 0;
  if (hadFocus) builds.querySelector<HTMLElement>('[aria-current="true"]')?.focus();
  showMessage(empty ?? '');
  place.hidden = build === undefined;
  if (build !== undefined) drawBuild(build);
}

function showMessage(text: string): void {
  message.textContent = text;
  message.hidden = text === '';
}

function buildButton({ buildId, label, description, tone, chosen }: BuildChoice): HTMLElement {
  const button = createButton('choice', '', () => vscode.postMessage({ type: 'choose', buildId }));
  button.setAttribute('aria-current', String(chosen));
  button.append(create('span', `mark ${tone}`), create('span', 'label', label), create('span', 'quiet', description));
  return button;
}

function drawBuild({ title, facts, waterfall, tables }: BuildPage): void {
  const shownCharts = charts;
  pieces.draw([
    { id: 'title', data: title, draw: () => create('h1', '', title) },
    { id: 'facts', data: facts, draw: () => drawFacts(facts) },
    { id: 'charts', data: waterfall, draw: () => newCharts(waterfall) },
    ...tables.map((table) => ({ id: `table ${table.id}`, data: table, draw: () => drawFoldable(table) })),
  ]);
  if (charts !== shownCharts) charts?.draw();
}

function drawFacts(facts: BuildPage['facts']): HTMLElement {
  const list = create('dl', 'facts');
  for (const { label, value } of facts) {
    const fact = create('div');
    fact.append(create('dt', '', label), create('dd', '', value));
    list.append(fact);
  }
  return list;
}

function newCharts(waterfall: BuildPage['waterfall']): HTMLElement {
  charts?.dispose();
  charts = new Charts(waterfall);
  return charts.element;
}

function drawFoldable(table: Table): HTMLElement {
  const open = (path: string): void => vscode.postMessage({ type: 'open', path });
  const details = drawTable(table, openTables.get(table.id) ?? table.isOpen, open);
  details.addEventListener('toggle', () => openTables.set(table.id, details.open));
  return details;
}
