import { afterAll, afterEach } from '@jest/globals';
import { renderPage, type Board } from '@towpath/board';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** A page in a browser, with everything that it did besides showing itself. */
export interface OpenPage {
  readonly page: Page;
  /** The addresses of all requests, the page's own included. */
  readonly requests: readonly string[];
  /** Errors of scripts, and messages of the console, such as those about the content security policy. */
  readonly messages: readonly string[];
}

let browser: Promise<Browser> | undefined;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

afterAll(async () => {
  await (await browser)?.close();
});

/** Writes the page of a board to a file and opens the file. */
export async function open(board: Board, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-page-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'index.html');
  await writeFile(file, renderPage(board));
  return openUrl(pathToFileURL(file).href, options);
}

/** Opens a page by its address. */
export async function openUrl(url: string, options: BrowserContextOptions): Promise<OpenPage> {
  browser ??= launch();
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  closing.unshift(() => context.close());
  const page = await context.newPage();
  const [requests, messages]: [string[], string[]] = [[], []];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  await page.goto(url);
  return { page, requests, messages };
}

function launch(): Promise<Browser> {
  const executablePath = process.env.TOWPATH_BROWSER;
  if (executablePath === undefined)
    throw new Error('TOWPATH_BROWSER is not set. Run the tests with: npm test -- tools/browser');
  // Root may not use the sandbox of Chromium, and the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
