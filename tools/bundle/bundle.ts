import { build, type BuildOptions, type Metafile } from 'esbuild';
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { collectLicences } from './licences.ts';
import { writePackage } from './package.ts';
import { awsChecksums, awsExceptions, ownCode, readersOnly, toolkit } from './plugins.ts';

/** The options that both runs of esbuild share. */
const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Use the ESM builds of the SDK and the toolkit, whose unused code can be removed.
  mainFields: ['module', 'main'],
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Bundles an action into `dist/index.js`, the file that a runner starts, with the licences of its packages. Modules that
 * are imported with `import()` become files of their own, which are loaded when they are used.
 *
 * 1. esbuild bundles our own code and keeps the names of functions and classes for stack traces.
 * 2. esbuild adds the used parts of npm packages and minifies everything. Names in npm packages are not kept: they
 *    would add 5 % to the size of the bundle and 5 % to its load time.
 * 3. ncc creates the runner's file from the result.
 *
 * @param folder of the action, relative to the root of the workspace, which is the current folder
 * @returns the size in bytes of each npm package and workspace package in the bundle, the largest first
 */
export async function bundle(folder: string): Promise<ReadonlyMap<string, number>> {
  const dist = join(folder, 'dist');
  await rm(dist, { recursive: true, force: true });
  const own = await build({
    ...common,
    entryPoints: { own: join(folder, 'src/main.ts') },
    outdir: join(dist, 'own'),
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    plugins: [ownCode],
  });
  const all = await build({
    ...common,
    entryPoints: { all: join(dist, 'own/own.js') },
    outdir: join(dist, 'all'),
    splitting: true,
    minify: true,
    plugins: [toolkit, readersOnly, awsExceptions, awsChecksums],
    // ncc takes a path from `process.cwd()` for a file of the bundle: it would copy the folder and change the path.
    define: { 'process.cwd': 'globalThis.process.cwd' },
    // CommonJS packages call `require`, which an ES module does not have.
    banner: {
      js: `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
    },
  });
  // ncc names its modules after their path from the current folder. In the action's own folder the path is always
  // the same. Its own minifier would undo some of esbuild's work.
  await promisify(execFile)('ncc', ['build', 'dist/all/all.js', '--out=dist', '--no-cache', '--quiet'], {
    cwd: folder,
  });
  await Promise.all(['own', 'all'].map((name) => rm(join(dist, name), { recursive: true })));
  await requireFilesOnly(dist);
  await shortenImports(dist);
  await writeFile(join(dist, 'licences.txt'), await collectLicences(Object.keys(all.metafile.inputs)));
  await writePackage(folder);
  return contents(own.metafile, all.metafile);
}

/** Matches the name that ncc gives to the import of a module, such as `_chunk_EZ3WJN7Q_js__WEBPACK_IMPORTED_MODULE_5__`. */
const importName = /\b\w+?__WEBPACK_IMPORTED_MODULE_(\d+)__/g;

/** Shortens the names of imports, which are repeated at each use: a seventh of a bundle. */
async function shortenImports(dist: string): Promise<void> {
  for (const name of (await readdir(dist)).filter((one) => one.endsWith('.js'))) {
    const text = await readFile(join(dist, name), 'utf8');
    if (/\b__m\d/.test(text)) throw new Error(`${name} uses the names of imports for something else`);
    await writeFile(join(dist, name), text.replace(importName, '__m$1'));
  }
}

/** @throws Error if ncc copied a folder, because it took a path in the code for files that the bundle reads */
async function requireFilesOnly(dist: string): Promise<void> {
  const entries = await readdir(dist, { withFileTypes: true });
  const copied = entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
  if (copied.length > 0) throw new Error(`ncc copied ${copied.join(', ')} to ${dist}`);
}

/**
 * Returns sizes by package. Sizes of npm packages come from the second run, those of our own from the first, which
 * alone contains them.
 */
function contents(...runs: readonly Metafile[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { inputs } of runs.flatMap(({ outputs }) => Object.values(outputs))) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (path.includes('/dist/own/')) continue;
      const name = originOf(path);
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return new Map([...sizes].sort(([, a], [, b]) => b - a));
}

/** Returns `@scope/name` for a file below node_modules, or the first two folders for our own files. */
function originOf(path: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split('/').slice(0, 2).join('/');
}
