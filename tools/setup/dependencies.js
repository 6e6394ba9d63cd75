import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheFolder } from './cache.js';
import { execute } from './child.js';
import { withLock } from './lock.js';
import { SetupError, step } from './say.js';

/**
 * @typedef {Record<string, { version?: string, integrity?: string, link?: boolean, optional?: boolean }>} Packages
 */

/**
 * Runs `npm ci` if the installed packages differ from the lockfile.
 *
 * @param {string} checkout
 */
export async function installDependencies(checkout) {
  if (await areDependenciesInstalled(checkout)) return;
  const key = createHash('sha256').update(checkout).digest('hex').slice(0, 12);
  await withLock(join(cacheFolder, 'npm', `${key}.lock`), `npm ci in ${checkout}`, async () => {
    if (await areDependenciesInstalled(checkout)) return;
    const why = existsSync(join(checkout, 'node_modules'))
      ? 'node_modules differs from package-lock.json'
      : 'no node_modules yet';
    await step(`npm ci: ${why}`, () =>
      execute(
        [
          ...['npm', 'ci', '--ignore-scripts', '--include=dev', '--include=optional'],
          ...['--loglevel=error', '--no-audit', '--no-fund'],
        ],
        {
          cwd: checkout,
          hint: 'Check that this machine can reach the npm registry (npm config get registry, HTTPS_PROXY).',
        },
      ),
    );
    if (await areDependenciesInstalled(checkout)) return;
    throw new SetupError(
      'After npm ci, node_modules still differs from package-lock.json.',
      'Run npm ls to compare them.',
    );
  });
}

/** @param {string} checkout */
export async function areDependenciesInstalled(checkout) {
  const [wanted, installed] = await Promise.all([
    readPackages(join(checkout, 'package-lock.json')),
    // npm writes this file last, so an interrupted installation has none (docs.npmjs.com, package-lock.json).
    readPackages(join(checkout, 'node_modules', '.package-lock.json')),
  ]);
  return missing(wanted, installed).length === 0;
}

/**
 * @param {string} file
 * @returns {Promise<Packages>}
 */
async function readPackages(file) {
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')).packages : {};
}

/**
 * @param {Packages} wanted by package-lock.json
 * @param {Packages} installed by node_modules/.package-lock.json, which omits the checkout itself and packages
 * for other platforms
 * @returns {string[]} the paths in node_modules with a wrong package or without one
 */
export function missing(wanted, installed) {
  return Object.entries(wanted)
    .filter(([place]) => place.includes('node_modules/'))
    .filter(([place, { version, integrity, optional }]) => {
      const found = installed[place];
      return found ? found.version !== version || found.integrity !== integrity : !optional;
    })
    .map(([place]) => place);
}
