import { build } from 'esbuild';
import { existsSync, globSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../packages/testing/stand-ins/', import.meta.url));

/**
 * Prepares the stand-ins for third-party actions.
 *
 * @returns the folder of each repository of actions by its name
 */
export async function makeStandIns(folder: string): Promise<ReadonlyMap<string, string>> {
  // A repository can have several actions, as github/codeql-action has.
  const actions = globSync('**/action.yml', { cwd: source }).map((file) => dirname(file));
  await Promise.all(
    actions.map(async (action) => {
      const target = join(folder, action);
      await mkdir(target, { recursive: true });
      await copyFile(join(source, action, 'action.yml'), join(target, 'action.yml'));
      await writeFile(join(target, 'package.json'), '{"type":"module"}');
      if (existsSync(join(source, action, 'main.ts')))
        await bundle(join(source, action, 'main.ts'), join(target, 'index.js'));
    }),
  );
  const names = actions.map((action) => action.split('/')[0] ?? action);
  return new Map(names.map((name) => [name, join(folder, name)]));
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
