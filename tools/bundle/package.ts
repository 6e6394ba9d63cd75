import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly repository: string;
}

/**
 * Makes the bundle of the command line an npm package: adds its first file, its README and a package.json that has neither
 * dependencies nor scripts. Does nothing for an action, which has no folder `bin`.
 *
 * @param folder of the workspace package
 */
export async function writePackage(folder: string): Promise<void> {
  const [bin, dist] = [join(folder, 'bin'), join(folder, 'dist')];
  if (!existsSync(bin)) return;
  const { version, license, repository } = await read('package.json');
  const { description } = await read(join(folder, 'package.json'));
  for (const file of await readdir(bin)) await copyFile(join(bin, file), join(dist, file));
  await copyFile('LICENSE', join(dist, 'LICENSE'));
  await copyFile(join(folder, 'README.md'), join(dist, 'README.md'));
  const manifest = {
    name: 'towpath',
    version,
    description,
    license,
    repository: { type: 'git', url: `git+https://github.com/${repository.replace('github:', '')}.git` },
    type: 'module',
    bin: { towpath: 'towpath.cjs' },
    engines: { node: '>=24.5' },
  };
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

async function read(file: string): Promise<Manifest> {
  return JSON.parse(await readFile(file, 'utf8')) as Manifest;
}
