// The page of the SQL Console: a place for the query, its limits and actions; the front end fills the rest.

import type { Translate } from '../serverState';
import { escapeHtml as text, webviewPage, type PageResources } from './webviewPage';

/** The HTML of the page; `limits` are the largest that the form takes. */
export function sqlPage(
  resources: PageResources,
  title: string,
  limits: { readonly rows: number; readonly seconds: number },
  t: Translate,
): string {
  const button = (id: string, label: string, more = ''): string =>
    `<button type="button" id="${id}" class="action" ${more}>${text(label)}</button>`;
  const number = (id: string, label: string, value: number, max: number): string =>
    `<label>${text(label)} <input id="${id}" type="number" min="1" max="${max}" value="${value}"></label>`;
  return webviewPage(
    resources,
    title,
    `  <nav aria-label="${text(t('Queries and tables'))}">
    <h2>${text(t('Saved queries'))}</h2>
    <ul id="saved" data-remove="${text(t('Remove'))}"></ul>
    <p id="noSaved" class="quiet">${text(t('"Save" keeps a query here.'))}</p>
    <h2>${text(t('Examples'))}</h2>
    <ul id="examples"></ul>
    <h2>${text(t('Tables'))}</h2>
    <div id="tables"></div>
  </nav>
  <main>
    <textarea id="query" rows="7" spellcheck="false" autocomplete="off" aria-label="${text(t('Query'))}"
      placeholder="${text(t('SELECT … (the database can only be read)'))}"></textarea>
    <div class="actions" role="toolbar" aria-label="${text(t('Actions'))}">
      ${button('run', t('Run (Ctrl+Enter)'), 'data-primary')}
      ${button('stop', t('Stop'), 'disabled')}
      ${button('save', t('Save'))}
      ${number('limit', t('Rows'), 1000, limits.rows)}
      ${number('seconds', t('Seconds'), 10, limits.seconds)}
      <span class="exports">
        ${button('csv', t('Export CSV'), 'disabled')}
        ${button('json', t('Export JSON'), 'disabled')}
      </span>
    </div>
    <div id="error" role="alert" hidden></div>
    <div id="status" role="status" data-running="${text(t('Running'))}"
      data-former="${text(t('The rows below are those of the query before.'))}"></div>
    <div id="notice" role="note" hidden></div>
    <p id="empty" class="quiet">${text(t('The rows of a query appear here. The first query makes the database, which takes a while.'))}</p>
    <div id="result" tabindex="0" role="region" aria-label="${text(t('Result'))}"></div>
  </main>`,
  );
}
