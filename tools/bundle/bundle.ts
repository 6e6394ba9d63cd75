import { build, type BuildOptions, type Metafile } from 'esbuild';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { collectLicences } from './licences.ts';
import { awsExceptions, ownCode, toolkit } from './plugins.ts';

/** What both runs of esbuild share. */
const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // The ESM forms of the SDK and the toolkit: what is not used of them can go.
  mainFields: ['module', 'main'],
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Bundles an action into `dist/index.js`, the one file that a runner starts, with the licences of what is in it.
 *
 * 1. esbuild bundles our own code, with the names of its functions and classes for stack traces.
 * 2. esbuild adds what is used of npm packages and minifies everything. Names in npm packages are not kept: they cost
 *    5 % of the bundle and 5 % of the time to load it.
 * 3. ncc makes the runner's file from the result.
 *
 * @param folder of the action, from the root of the workspace, which is the current folder
 * @returns bytes of each npm package and workspace package in the bundle, the largest first
 */
export async function bundle(folder: string): Promise<ReadonlyMap<string, number>> {
  const dist = join(folder, 'dist');
  await rm(dist, { recursive: true, force: true });
  const own = await build({
    ...common,
    entryPoints: [join(folder, 'src/main.ts')],
    outfile: join(dist, 'own.js'),
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    plugins: [ownCode],
  });
  const all = await build({
    ...common,
    entryPoints: [join(dist, 'own.js')],
    outfile: join(dist, 'all.js'),
    minify: true,
    plugins: [toolkit, awsExceptions],
    // CommonJS packages call `require`, which a module does not have.
    banner: {
      js: `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
    },
  });
  // ncc names its modules after their path from the current folder: in the action's own it is the same everywhere.
  // Its own minifier would undo some of esbuild's work.
  await promisify(execFile)('ncc', ['build', 'dist/all.js', '--out=dist', '--no-cache', '--quiet'], {
    cwd: folder,
  });
  await Promise.all(['own.js', 'all.js'].map((file) => rm(join(dist, file))));
  await writeFile(join(dist, 'licences.txt'), await collectLicences(Object.keys(all.metafile.inputs)));
  return contents(own.metafile, all.metafile);
}

/** Sizes by package: those of npm packages from the second run, of our own from the first, which alone sees them. */
function contents(...runs: readonly Metafile[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { inputs } of runs.flatMap(({ outputs }) => Object.values(outputs))) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (path.endsWith('/dist/own.js')) continue;
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
