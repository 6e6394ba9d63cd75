import { globSync, readFileSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/**
 * @typedef {object} Manifest
 * @property {string} folder of the package, relative to the workspace
 * @property {string[]} dependencies folders of the workspace packages in its `dependencies`
 * @property {string[]} devDependencies folders of the workspace packages in its `devDependencies`
 */

/**
 * Reads the package.json of every workspace package below the current folder.
 *
 * @returns {Manifest[]}
 */
export function readManifests() {
  const read = globSync('{packages,actions,tools}/*/package.json').map((file) => ({
    folder: dirname(file).replaceAll(sep, '/'),
    ...JSON.parse(readFileSync(file, 'utf8')),
  }));
  const folders = new Map(read.map(({ name, folder }) => [name, folder]));
  const foldersOf = (/** @type {object} */ dependencies = {}) =>
    Object.keys(dependencies).flatMap((name) => folders.get(name) ?? []);
  return read.map(({ folder, dependencies, devDependencies }) => ({
    folder,
    dependencies: foldersOf(dependencies),
    devDependencies: foldersOf(devDependencies),
  }));
}
