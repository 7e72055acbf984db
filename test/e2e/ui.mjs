// Drives the real workbench, with the packaged extension installed, as a user does: keyboard, mouse and what is on the
// screen. Each test leaves a picture in artifacts/; they share one workbench and run in this order.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCodeServer } from './harness/codeServer.mjs';
import { processesBelow } from './harness/processes.mjs';
import { openWorkbench, quickInput, quickRow, runCommand, startBrowser } from './harness/workbench.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const artifacts = join(here, 'artifacts');
/** The workbench puts the id of the extension before that of the item. */
const statusItem = 'almagest.almagest.almagest.status';
/** Enough files that a build takes long enough to be seen. */
const manyFiles = 3_000;

describe('Almagest in the workbench', () => {
  const vsix = [join(root, `almagest-${process.platform}-${process.arch}.vsix`)];
  let folder;
  let cache;
  let server;
  let browser;
  let page;

  before(async () => {
    mkdirSync(artifacts, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), 'almagest-ui-'));
    cpSync(join(here, '../fixtures/workbench'), folder, { recursive: true });
    writeManyFiles(join(folder, 'stars'));
    cache = mkdtempSync(join(tmpdir(), 'almagest-cache-'));
    server = await startServer();
    browser = await startBrowser();
    page = await openWorkbench(browser, server, folder);
  });

  afterEach(async function () {
    const { title, state } = this.currentTest;
    const name = title.replaceAll(/\W+/g, '-');
    await page?.screenshot({ path: join(artifacts, `${name}${state === 'failed' ? '-FAILED' : ''}.png`) });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    for (const made of [folder, cache]) if (made) rmSync(made, { recursive: true, force: true });
  });

  const startServer = () => startCodeServer({ vsix, env: { XDG_CACHE_HOME: cache }, log: join(artifacts, 'ui.log') });
  const ready = () => page.locator(`[id="${statusItem}"][aria-label*="ready"]`).waitFor();

  it('reaches ready in the status bar', () => ready());

  it('finds a symbol that was written a moment ago', async () => {
    // In Python, of which the workbench itself knows no symbols.
    writeFileSync(join(folder, 'src/comet.py'), 'def halley_returns(year):\n    return year % 76\n');
    await page.keyboard.press('Control+T');
    await eventually('halley_returns among the symbols', async () => {
      // The editor asks anew only when the text changes.
      await quickInput(page).fill('#');
      await quickInput(page).fill('#halley_returns');
      return appears(quickRow(page, 'halley_returns'));
    });
    await quickRow(page, 'halley_returns').click();
    await page.locator('.tab', { hasText: 'comet.py' }).waitFor();
  });

  it('shows hits in the Search view, and opens one for a look or for good', async () => {
    await runCommand(page, 'Almagest: Search');
    const view = await webview(page, 'search');
    await view.locator('.help[data-kind="text"]', { hasText: 'in all indexed files' }).waitFor();
    await view.locator('#query').fill('Copernicus');
    const hit = view.locator('.hit', { hasText: 'what Copernicus could' });
    await hit.waitFor();
    const tab = page.locator('.tab', { hasText: 'notes.md' });
    await hit.click();
    await tab.locator('.italic').waitFor();
    await hit.dblclick();
    await tab.and(page.locator(':not(:has(.italic))')).waitFor();
  });

  it('tells a wrong expression and an empty answer in the Search view, and explains the name that is not there', async () => {
    const view = await webview(page, 'search');
    await view.getByRole('button', { name: /Regular Expression/ }).click();
    await view.locator('#query').fill('epicycle[');
    await view
      .getByRole('alert')
      .filter({ hasText: 'This is no regular expression: unclosed character class' })
      .waitFor();
    await view.getByRole('button', { name: /Regular Expression/ }).click();
    await view.locator('#query').fill('circle rides');
    await view.getByRole('button', { name: 'Find These Words in Any Order' }).click();
    await view.locator('.hit', { hasText: 'rides on a circle' }).first().waitFor();
    await view.getByRole('radio', { name: 'Text' }).click();
    await view.locator('#query').fill('draw_epicicle');
    await view.getByRole('status').filter({ hasText: 'No results' }).waitFor();
    await view.getByRole('button', { name: 'Explain Missing Symbol' }).click();
    await eventually('the name of the query', async () => (await quickInput(page).inputValue()) === 'draw_epicicle');
    await page.keyboard.press('Enter');
    await quickRow(page, 'No symbol is named "draw_epicicle"').waitFor();
    await quickRow(page, 'draw_epicycle').last().click();
    await quickRow(page, '"draw_epicycle" is defined in 1 place').waitFor();
    await quickRow(page, 'src/epicycle.py').click();
    await page.locator('.tab', { hasText: 'epicycle.py' }).waitFor();
  });

  it('says in the Symbols view why there are none', async () => {
    const symbols = page.locator('.pane', { has: page.locator('.pane-header[aria-label^="Symbols"]') });
    await runCommand(page, 'Almagest: Filter Symbols');
    await quickInput(page).fill('zzz');
    await page.keyboard.press('Enter');
    await symbols.getByText('No symbol of this file has these letters').waitFor();
    await symbols.getByRole('button', { name: 'Clear Filter' }).click();
    await symbols.locator('.monaco-list-row', { hasText: 'draw_epicycle' }).waitFor();
    await page.keyboard.press('Control+P');
    await quickInput(page).fill('.gitignore');
    await quickRow(page, '.gitignore').first().waitFor();
    await page.keyboard.press('Enter');
    await symbols.getByText('No symbols are known of this file').waitFor();
    await symbols.getByRole('button', { name: 'Explain Missing File' }).waitFor();
  });

  it('rebuilds from the palette with honest progress and says how it ended', async () => {
    const texts = await watchTexts(page);
    await runCommand(page, 'Almagest: Rebuild');
    await page.locator('.notification-toast', { hasText: /rebuilt/i }).waitFor();
    await ready();
    const counts = (await texts()).flatMap((text) => /([\d,]+) \/ ([\d,]+)/.exec(text)?.slice(1, 3) ?? []);
    assert.ok(counts.length > 0, 'the status bar never showed how far the build was');
  });

  it('shows where time and memory of that build went', async () => {
    await runCommand(page, 'Almagest: Show Audit');
    const audit = await webview(page, 'audit');
    await audit.locator('#builds button[aria-current="true"]', { hasText: 'rebuild' }).waitFor();
    const waterfall = audit.getByRole('img', { name: 'the longest steps' });
    await waterfall.waitFor();
    // The page is drawn anew while later stages of the build go on, and a canvas is empty until its next frame.
    await eventually('a painted chart', () => waterfall.evaluate(isPainted));
    await audit.locator('summary', { hasText: 'Steps' }).click();
    await audit.getByRole('table', { name: 'Steps' }).getByText('processing').waitFor();
  });

  it('follows a build to its end', async () => {
    const audit = await webview(page, 'audit');
    const builds = audit.locator('#builds button');
    const before = await builds.count();
    await runCommand(page, 'Almagest: Rebuild');
    await builds.nth(before).waitFor();
    await audit.locator('#builds button[aria-current="true"]', { hasText: /done, .* rebuild$/ }).waitFor();
    await audit.getByRole('table', { name: 'Scheduler, now' }).waitFor({ state: 'detached' });
    await ready();
  });

  it('answers SQL, and refuses what would write', async () => {
    await runCommand(page, 'Almagest: SQL Console');
    const console = await webview(page, 'sql');
    await console.getByRole('button', { name: 'Files and lines by language' }).click();
    await console
      .locator('#result tr', { hasText: 'typescript' })
      .getByText(String(manyFiles + 1))
      .waitFor();
    await console.locator('#query').fill('DELETE FROM files');
    await page.keyboard.press('Control+Enter');
    await console.getByRole('alert').filter({ hasText: 'can only be read' }).waitFor();
  });

  it('explains a missing file by the rule that ignores it', async () => {
    await runCommand(page, 'Almagest: Explain Missing File');
    await quickInput(page).fill('generated/table.ts');
    await quickRow(page, 'generated/table.ts').first().waitFor();
    await page.keyboard.press('Enter');
    await quickRow(page, 'the rule, in .gitignore:1').waitFor();
    await page.keyboard.press('Escape');
    await runCommand(page, 'Almagest: Explain Missing File');
    await quickInput(page).fill('table.ts');
    await quickRow(page, 'in ').first().waitFor();
    await page.keyboard.press('Enter');
    // Elsewhere there is one of that name.
    await quickRow(page, 'generated/table.ts').click();
    await quickRow(page, 'the rule, in .gitignore:1').waitFor();
  });

  it('comes back after its server was killed', async () => {
    await page.keyboard.press('Escape');
    const [killed] = serverProcesses();
    assert.ok(killed, 'no server process runs');
    process.kill(killed.pid, 'SIGKILL');
    await eventually('a new server process', () => serverProcesses().some(({ pid }) => pid !== killed.pid));
    await ready();
    await page.keyboard.press('Control+T');
    await quickInput(page).fill('#halley_returns');
    await quickRow(page, 'halley_returns').waitFor();
  });

  it('tells what it repaired of an index that was damaged while VS Code was closed, and repairs the rest', async () => {
    await page.close();
    await server.stop();
    const index = join(cache, 'almagest', readdirSync(join(cache, 'almagest'))[0]);
    // The newest is the one that is opened; the one before it is kept beside it.
    const generationOf = (name) => Number(/^snapshot-(\d+)\.seg$/.exec(name)?.[1] ?? -1);
    const [newest] = readdirSync(index).sort((a, b) => generationOf(b) - generationOf(a));
    damage(index, new RegExp(`^${newest}$`));
    damage(
      join(
        index,
        readdirSync(index).find((name) => name.startsWith('search-')),
      ),
      /\.idx$/,
    );
    server = await startServer();
    page = await openWorkbench(browser, server, folder);
    await ready();
    await runCommand(page, 'Almagest: Show Index');
    await page.locator('.monaco-list-row', { hasText: 'Repaired when it was opened' }).waitFor();
    await page
      .locator('.monaco-list-row', { hasText: /snapshot-\d+\.seg/ })
      .first()
      .waitFor();
    await runCommand(page, 'Almagest: Verify');
    const toast = page.locator('.notification-toast');
    await toast.filter({ hasText: /Found \d+ problem/ }).waitFor();
    await toast.getByRole('button', { name: 'Repair' }).click();
    // VS Code drops toasts that come too quickly after each other; its list of notifications has them all.
    await page.locator('.monaco-list-row', { hasText: 'repair: saved' }).waitFor();
    await runCommand(page, 'Notifications: Show Notifications');
    const list = page.locator('.notifications-center');
    await list.filter({ hasText: 'Repaired: made the search index anew' }).waitFor();
    await runCommand(page, 'Almagest: Verify');
    await list.filter({ hasText: /Verified [\d,]+ files/ }).waitFor();
  });

  /** The processes of our language server below the VS Code server. */
  const serverProcesses = () => processesBelow(server.pid).filter(({ command }) => /dist\/server\.js/.test(command));
});

/** The page of the webview that runs this front end of ours. */
async function webview(page, frontEnd) {
  let found;
  await eventually(`the page of ${frontEnd}`, async () => {
    for (const frame of page.frames()) {
      const isIt = await frame
        .locator(`script[src$="/media/${frontEnd}.js"]`)
        .count()
        .catch(() => 0); // It went away meanwhile.
      if (isIt > 0) found = frame;
    }
    return found !== undefined;
  });
  return found;
}

/** In the page: whether anything is drawn on a canvas. */
function isPainted(canvas) {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value !== 0);
}

/** Flips a byte in the middle of the largest file whose name matches. */
function damage(folder, name) {
  const sizeOf = (file) => statSync(file).size;
  const files = readdirSync(folder).filter((each) => name.test(each));
  const [largest] = files.map((each) => join(folder, each)).sort((a, b) => sizeOf(b) - sizeOf(a));
  const bytes = readFileSync(largest);
  bytes[bytes.length >> 1] ^= 0xff;
  writeFileSync(largest, bytes);
}

function writeManyFiles(folder) {
  mkdirSync(folder);
  for (let star = 0; star < manyFiles; star++) {
    const text = `export function star${star}(magnitude: number): number {\n  return magnitude * ${star};\n}\n`;
    writeFileSync(join(folder, `star${star}.ts`), text);
  }
}

/** Begins to note each text that our status bar item shows; the result gives the notes so far. */
async function watchTexts(page) {
  await page.evaluate((id) => {
    const item = document.getElementById(id);
    window.almagestTexts = [];
    new MutationObserver(() => window.almagestTexts.push(item.textContent)).observe(item, {
      childList: true,
      characterData: true,
      subtree: true,
      attributes: true,
    });
  }, statusItem);
  return () => page.evaluate(() => window.almagestTexts);
}

/** Asks `isTrue` again and again until it says yes; `what` names what did not happen. */
async function eventually(what, isTrue, limitMs = 60_000) {
  const limit = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > limit) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const appears = (locator) =>
  locator
    .first()
    .waitFor({ timeout: 1000 })
    .then(
      () => true,
      () => false, // Not yet: the caller asks again.
    );
