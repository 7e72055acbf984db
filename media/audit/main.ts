// The front end of the Audit: draws the page that the host sends and tells what the user chose. It computes nothing; the
// numbers come as texts.

import type { AuditCommand, AuditPage, AuditToHost, AuditToView, BuildChoice, BuildPage } from '../auditMessages';
import { create, createButton, element } from '../dom';
import { Charts } from './charts';
import { drawTable } from './tables';

declare function acquireVsCodeApi(): { postMessage(message: AuditToHost): void };

const vscode = acquireVsCodeApi();
const builds = element('builds', HTMLElement);
const message = element('message', HTMLElement);
const place = element('build', HTMLElement);
/** Tables that the user opened or closed keep that from build to build. */
const openTables = new Map<string, boolean>();
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
  const list = create('dl', 'facts');
  for (const { label, value } of facts) {
    const fact = create('div');
    fact.append(create('dt', '', label), create('dd', '', value));
    list.append(fact);
  }
  charts?.dispose();
  charts = new Charts(waterfall);
  const open = (path: string): void => vscode.postMessage({ type: 'open', path });
  const drawn = tables.map((table) => {
    const details = drawTable(table, openTables.get(table.id) ?? table.isOpen, open);
    details.addEventListener('toggle', () => openTables.set(table.id, details.open));
    return details;
  });
  place.replaceChildren(create('h1', '', title), list, charts.element, ...drawn);
  charts.draw();
}
