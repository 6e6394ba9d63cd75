import { build, type Metafile, type Plugin } from 'esbuild';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { collectLicences } from './licences.ts';

/**
 * Bundles an action into `dist/index.js`, the one file that a runner starts, with the licences of what is in it.
 *
 * esbuild goes first, because it leaves out what is not used, also of the ESM forms of the SDK and the toolkit; ncc
 * makes the runner's file of it.
 *
 * @param folder of the action, from the root of the workspace, which is the current folder
 * @returns bytes of each npm package and workspace package in the bundle, before minification, the largest first
 */
export async function bundle(folder: string): Promise<ReadonlyMap<string, number>> {
  const dist = join(folder, 'dist');
  await rm(dist, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [join(folder, 'src/main.ts')],
    outfile: join(dist, stage),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // ncc leaves the names of the top level long. Classes and functions keep theirs for stack traces.
    minifyIdentifiers: true,
    keepNames: true,
    mainFields: ['module', 'main'],
    metafile: true,
    logLevel: 'warning',
    plugins: [withoutSideEffects],
    // CommonJS packages call `require`, which a module does not have.
    banner: {
      js: `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
    },
  });
  // ncc names its modules after their path from the current folder: in the action's own it is the same everywhere.
  await promisify(execFile)(
    'ncc',
    ['build', `dist/${stage}`, '--out=dist', '--minify', '--no-cache', '--quiet'],
    {
      cwd: folder,
    },
  );
  await rm(join(dist, stage));
  await writeFile(join(dist, 'licences.txt'), await collectLicences(Object.keys(metafile.inputs)));
  return contents(metafile);
}

/** What esbuild leaves for ncc. */
const stage = 'stage.js';

/** The toolkit does not say so, but its modules do nothing when they are loaded: what is not used can go. */
const withoutSideEffects: Plugin = {
  name: 'without-side-effects',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^(@actions\/|undici$)/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === withoutSideEffects.name) return undefined;
      const found = await bundler.resolve(path, { ...options, pluginData: withoutSideEffects.name });
      return { ...found, sideEffects: false };
    });
  },
};

function contents({ outputs }: Metafile): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = originOf(path);
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return new Map([...sizes].sort(([, a], [, b]) => b - a));
}

/** `@scope/name` of a file below node_modules, the two outer folders of one of ours. */
function originOf(path: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split('/').slice(0, 2).join('/');
}
