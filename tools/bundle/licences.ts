import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Returns the licences of all npm packages that the files come from, as one text.
 *
 * @param paths of files, relative to the root of the workspace
 * @throws Error if a package has no licence, because it must not be shipped
 */
export async function collectLicences(paths: readonly string[]): Promise<string> {
  const roots = new Set(paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const texts = await Promise.all([...roots].sort().map(describePackage));
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

async function describePackage(root: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  if (license === undefined) throw new Error(`${name} has no licence in its package.json`);
  const files = (await readdir(root)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));
  return [`${name} ${version} (${license})\n`, ...texts.map((text) => `${text.trim()}\n`)].join('\n');
}
