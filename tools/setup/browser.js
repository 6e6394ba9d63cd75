import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { install } from './apt.js';
import { attempt } from './child.js';
import { systemPath } from './daemon.js';

/** Programs of Chromium and of browsers that are built from it. The first one has no window and is the smallest. */
const programs = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];

/** macOS has no program on PATH. */
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * Provides a browser for the tests of pages: an installed one, or that of the distribution.
 *
 * @returns {Promise<{ TOWPATH_BROWSER: string }>} its file
 */
export async function provideBrowser() {
  const found = await findBrowser();
  if (found !== undefined) return { TOWPATH_BROWSER: found };
  await install(['chromium-headless-shell'], 'to open pages in tests');
  return { TOWPATH_BROWSER: (await findBrowser()) ?? '/usr/bin/chromium-headless-shell' };
}

/** @returns {Promise<string | undefined>} the file of the first browser that starts */
async function findBrowser() {
  const folders = systemPath.split(delimiter);
  const files = programs.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const file of [...files, ...applications].filter((one) => existsSync(one))) {
    if ((await attempt([file, '--version'], { seconds: 30 })).ok) return file;
  }
  return undefined;
}
