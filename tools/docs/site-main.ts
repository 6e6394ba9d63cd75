import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { base, sections, sitePage, slugOf } from './site.ts';
import { lostLinks } from './site-links.ts';

/**
 * Builds the site of the documentation into docs/site/dist. Its programs are not among the dependencies of the
 * workspace: few people build the site, and it has more packages than the product.
 */
const root = 'docs/site';

await writePages();
await install();
await copyFile(
  join(root, 'node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js'),
  join(root, 'public/mermaid.js'),
);
await run(process.execPath, ['node_modules/astro/bin/astro.mjs', 'build']);
await checkLinks();

async function writePages(): Promise<void> {
  const content = join(root, 'src/content/docs');
  await rm(content, { recursive: true, force: true });
  for (const path of sections.flatMap(({ pages }) => pages)) {
    const { slug, text } = sitePage(path);
    const file = join(content, `${slug === '' ? 'index' : slug}.md`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const sidebar = sections.map(({ label, pages }) => ({
    label,
    items: pages.map((path) => ({ slug: slugOf(path) })),
  }));
  await writeFile(join(root, 'src/menu.json'), JSON.stringify({ base, sidebar }));
}

/** @throws Error that lists every link to a page, a file or an anchor that the site does not have */
async function checkLinks(): Promise<void> {
  const files = new Map<string, string>();
  for (const path of globSync('**/*.*', { cwd: join(root, 'dist') }))
    files.set(path, path.endsWith('.html') ? await readFile(join(root, 'dist', path), 'utf8') : '');
  const lost = lostLinks(files, base);
  if (lost.length > 0) throw new Error(`The site has links without a target:\n${lost.join('\n')}`);
}

/** Installs the programs of the site, unless they are those of the lock file. */
async function install(): Promise<void> {
  const mark = join(root, 'node_modules/.lock-digest');
  const digest = createHash('sha256')
    .update(await readFile(join(root, 'package-lock.json')))
    .digest('hex');
  if ((await readFile(mark, 'utf8').catch(() => '')) === digest) return;
  await run('npm', ['ci', '--workspaces=false', '--ignore-scripts', '--no-audit', '--no-fund']);
  await writeFile(mark, digest);
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' };
  const ended = promisify(execFile)(program, [...args], { cwd: root, env, maxBuffer: 64 * 2 ** 20 });
  ended.child.stdout?.pipe(process.stdout);
  ended.child.stderr?.pipe(process.stderr);
  await ended;
}
