// The page of the Search view: a fixed form and empty places for results. Results are put in by media/search as text,
// never as markup.

import type { Translate } from '../serverState';
import { escapeHtml as text, webviewPage, type PageResources } from './webviewPage';

/** The HTML of the page. */
export function searchPage(resources: PageResources, t: Translate): string {
  const toggle = (id: string, face: string, title: string): string =>
    `<button type="button" id="${id}" class="toggle" aria-pressed="false" title="${text(title)}" aria-label="${text(title)}">${face}</button>`;
  const globs = (id: string, label: string, example: string): string =>
    `<label for="${id}">${text(label)}</label><input id="${id}" type="text" spellcheck="false" autocomplete="off" placeholder="${text(example)}">`;
  const help = (kind: string, intro: string, rows: readonly (readonly [face: string, meaning: string])[]): string =>
    `<div class="help" data-kind="${kind}" hidden><p>${text(intro)}</p><dl>${rows
      .map(([face, meaning]) => `<dt>${face}</dt><dd>${text(meaning)}</dd>`)
      .join('')}</dl></div>`;
  /** A part of a query that a click puts into the input. */
  const part = (query: string): string =>
    `<button type="button" class="part" data-part="${text(query)}">${text(query)}</button>`;
  const key = (name: string): string => `<kbd>${text(name)}</kbd>`;
  const body = `  <form id="form" role="search">
    <div class="query">
      <input id="query" type="text" spellcheck="false" autocomplete="off" aria-controls="results" aria-describedby="status"
        placeholder="${text(t('Search'))}" aria-label="${text(t('Search: arrow up and down walk the history and the results'))}">
      <span class="toggles" role="group" aria-label="${text(t('Options'))}">
        ${toggle('caseSensitive', 'Aa', t('Match Case (Alt+C)'))}
        ${toggle('wholeWord', '<u>ab</u>', t('Match Whole Word (Alt+W)'))}
        ${toggle('regex', '.*', t('Use Regular Expression (Alt+R)'))}
      </span>
    </div>
    <div class="kinds" role="radiogroup" aria-label="${text(t('Kind of search'))}">
      <label title="${text(t('Each line that has the text'))}"><input type="radio" name="kind" value="text" checked> ${text(t('Text'))}</label>
      <label title="${text(t('The best places first'))}"><input type="radio" name="kind" value="ranked"> ${text(t('Ranked'))}</label>
      <button type="button" id="files" class="link" aria-expanded="false" aria-controls="globs">${text(t('Files'))}</button>
    </div>
    <div id="globs" hidden>
      ${globs('include', t('Files to include'), t('e.g. src/**, *.ts'))}
      ${globs('exclude', t('Files to exclude'), t('e.g. **/test/**'))}
    </div>
  </form>
  <div id="banner" role="note" hidden><span id="bannerText"></span> <button type="button" id="bannerAction" class="link"></button></div>
  <div id="error" role="alert" hidden></div>
  <div id="status" role="status" aria-live="polite"></div>
  <div id="notice" role="note" hidden></div>
  ${help('text', t('Each line that has the text, in all indexed files, open editors included.'), [
    ['Aa', t('Match Case (Alt+C)')],
    ['<u>ab</u>', t('Match Whole Word (Alt+W)')],
    ['.*', t('Use Regular Expression (Alt+R)')],
    [key('↑ ↓'), t('walk the history and the results')],
    [key('Enter'), t('open a result; with Ctrl to the side')],
  ])}
  ${help(
    'ranked',
    t('The best places first. All words must be there, in any naming style: parse file finds parseFile.'),
    [
      [part('"exact phrase"'), t('the words in this order')],
      [part('-word'), t('not this one')],
      [part('one OR other'), t('either of them')],
      [part('lang:python'), t('language of the file')],
      [part('path:src/'), t('beginning of the path, or a glob')],
      [part('kind:function'), t('kind of the symbol')],
      [part('sym:parse'), t('the symbol has this in its name')],
      [part('in:Parser'), t('inside of the symbol with this name')],
      [part('mode:prose'), t('code, prose, extracted-prose (comments) or records')],
      [part('is:test'), t('test, export, generated or vendored')],
      [part('changed:2d'), t('files changed in the last two days; also min, h, w')],
      [part('-is:test'), t('a filter turned around')],
    ],
  )}
  <div id="none" hidden>
    <p>${text(t('Files that are ignored or excluded are not searched, nor is what is no text.'))}</p>
    <button type="button" class="link" id="rank" hidden>${text(t('Find These Words in Any Order'))}</button>
    <button type="button" class="link" data-command="almagest.explainFile">${text(t('Explain Missing File'))}</button>
    <button type="button" class="link" data-command="almagest.explainSymbol">${text(t('Explain Missing Symbol'))}</button>
  </div>
  <div id="results" role="tree" aria-label="${text(t('Results'))}"></div>
  <button type="button" id="more" class="link" hidden>${text(t('Show more'))}</button>`;
  return webviewPage(resources, t('Almagest Search'), body);
}
