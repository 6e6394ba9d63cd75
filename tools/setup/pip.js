import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './apt.js';
import { cached } from './cache.js';
import { attempt, execute } from './child.js';
import { step } from './say.js';

const pins = fileURLToPath(new URL('../engine/', import.meta.url));

/**
 * Installs a package from PyPI into a folder of the cache, without changing the installed Python.
 *
 * @param {string} name of the file in tools/engine that pins it with its hashes, without the extension
 * @param {object} words
 * @param {string} words.folder in the cache; the version is appended
 * @param {string} words.what for the progress message, for example `from PyPI`
 * @param {string} words.hint for the error if the installation fails
 * @returns {Promise<{ folder: string, version: string }>}
 */
export async function pipPackage(name, { folder, what, hint }) {
  const pinned = join(pins, `${name}.txt`);
  const [, version = ''] = new RegExp(`^${name}==(\\S+)`, 'm').exec(readFileSync(pinned, 'utf8')) ?? [];
  const requirement = ['--no-deps', '--require-hashes', '--requirement', pinned];
  const target = await cached(`${folder}-${version}`, (unfinished) =>
    step(`Download ${name} ${version}: ${what}`, async () => {
      const pip = await findPip(name);
      await execute([...pip, 'install', '--quiet', '--target', unfinished, ...requirement], { hint });
    }),
  );
  return { folder: target, version };
}

/**
 * @param {string} wanted
 * @returns {Promise<string[]>} the command
 */
async function findPip(wanted) {
  const pip = ['python3', '-m', 'pip'];
  if (!(await attempt([...pip, '--version'])).ok) await install(['python3-pip'], `to download ${wanted}`);
  return pip;
}
