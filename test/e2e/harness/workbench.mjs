// Draws the workbench of a running VS Code server in Chromium, and names what tests do with it: run a command, look at
// the status bar, take a picture. Nothing beyond this machine is reachable from its pages.

import { chromium } from 'playwright-core';
import { findChromium } from './chromium.mjs';

const quietFlags = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** Starts a browser without a window; `close()` ends it. */
export function startBrowser() {
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quietFlags],
  });
}

/**
 * Opens the workbench on a folder and resolves to its page when it is drawn. With `development` (paths of an
 * `extension` folder and of a `tests` file that exports `run()`) the extension host runs these tests; `prepare(page)`
 * is called before anything loads.
 */
export async function openWorkbench(browser, server, folder, { development, prepare } = {}) {
  const viewContext = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await viewContext.route(
    (url) => url.hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
  const page = await viewContext.newPage();
  page.setDefaultTimeout(60_000);
  await prepare?.(page);
  if (development) await page.addInitScript(addDevelopmentOptions, developmentOptions(server, development));
  await page.goto(`${server.url}/?${new URLSearchParams({ folder })}`, { waitUntil: 'domcontentloaded' });
  await page.locator('.monaco-workbench').waitFor();
  return page;
}

/** The list of the quick input: palette, symbols, menus. Virtual: only rows in sight exist. */
export const quickRow = (page, text) => page.locator('.quick-input-list .monaco-list-row', { hasText: text });

/** The text box of the quick input. */
export const quickInput = (page) => page.locator('.quick-input-box input');

/** Runs the command with exactly this title from the palette. */
export async function runCommand(page, title) {
  await page.keyboard.press('F1');
  await quickInput(page).fill(`>${title}`);
  // The best match is not always first; behind the title stands the key, where there is one.
  await page.locator(`.quick-input-list :is([aria-label="${title}"], [aria-label^="${title}, "])`).click();
}

function developmentOptions(server, { extension, tests }) {
  // The page's own host, not the word "remote" that its configuration carries.
  const uri = (path) => ({ scheme: 'vscode-remote', authority: new URL(server.url).host, path });
  return { extensions: [uri(extension)], extensionTestsPath: uri(tests) };
}

/**
 * Runs in the page before the workbench reads its configuration. A built workbench ignores the same options in the
 * address, and a rewritten document would be refused its WebSocket by Chromium's local network checks.
 */
function addDevelopmentOptions(options) {
  new MutationObserver((_, observer) => {
    const configuration = document.getElementById('vscode-workbench-web-configuration');
    if (!configuration) return;
    observer.disconnect();
    const settings = JSON.parse(configuration.getAttribute('data-settings'));
    settings.developmentOptions = { ...settings.developmentOptions, ...options };
    configuration.setAttribute('data-settings', JSON.stringify(settings));
  }).observe(document, { childList: true, subtree: true });
}
