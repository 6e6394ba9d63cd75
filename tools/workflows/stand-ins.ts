import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../packages/testing/stand-ins/', import.meta.url));

/**
 * Prepares the stand-ins for third-party actions.
 *
 * @returns the folder of each by its name
 */
export async function makeStandIns(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(source, { withFileTypes: true });
  const made = entries
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => {
      const target = join(folder, name);
      await mkdir(target, { recursive: true });
      await copyFile(join(source, name, 'action.yml'), join(target, 'action.yml'));
      await writeFile(join(target, 'package.json'), '{"type":"module"}');
      if (existsSync(join(source, name, 'main.ts')))
        await bundle(join(source, name, 'main.ts'), join(target, 'index.js'));
      return [name, target] as const;
    });
  return new Map(await Promise.all(made));
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'warning',
    banner: {
      js: `import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);`,
    },
  });
}
