import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { parsePage, textOf, type Node } from './page.ts';

const repository = 'https://github.com/towpath/towpath';

/** The path of the site on its host: GitHub Pages serves a project in a folder (GitHub docs, "About GitHub Pages"). */
export const base = '/towpath';

/** A part of the site's menu. */
export interface Section {
  readonly label: string;
  /** Paths from the root of the repository. */
  readonly pages: readonly string[];
}

const docs = (...names: readonly string[]) => names.map((name) => `docs/${name}.md`);

/** The pages of the actions, in the order of the pipeline. */
function actions(): readonly string[] {
  const ordered = globSync('actions/*/package.json').map((file) => {
    const { towpath } = JSON.parse(readFileSync(file, 'utf8')) as { towpath: { order: number } };
    return { page: `${dirname(file)}/README.md`, order: towpath.order };
  });
  return ordered.sort((one, other) => one.order - other.order).map(({ page }) => page);
}

/** The pages of the commands, in the order of the page about the command line. */
function commands(): readonly string[] {
  const links = readFileSync('docs/cli.md', 'utf8').matchAll(/\]\((?<page>commands\/[a-z-]+\.md)\)/g);
  return [...links].map(({ groups }) => `docs/${groups?.page ?? ''}`);
}

/** The menu of the site, in the order in which a reader needs the pages. */
export const sections: readonly Section[] = [
  { label: 'Start', pages: ['README.md', ...docs('start', 'concepts', 'recipes', 'troubleshooting')] },
  { label: 'Actions', pages: actions() },
  {
    label: 'Guides',
    pages: docs(
      ...['gate', 'promotion', 'rollback', 'deployment', 'provision', 'board', 'lint', 'scanning'],
      ...['proxy', 'partitions', 'scale', 'pinning'],
    ),
  },
  {
    label: 'Other CI systems',
    pages: [
      ...['codebuild', 'codepipeline', 'jenkins'].map((name) => `examples/${name}/README.md`),
      ...docs('gitlab'),
    ],
  },
  { label: 'Migration', pages: docs('migration', 'migration-build-push-action', 'migration-docker-push') },
  {
    label: 'Reference',
    pages: [
      ...docs('configuration', 'workflows', 'cli', 'tags', 'ledger', 'permissions', 'errors'),
      'packages/ecr-emulator/README.md',
    ],
  },
  { label: 'Commands', pages: commands() },
  {
    label: 'Background',
    pages: [...docs('security', 'comparison', 'architecture'), 'CONTRIBUTING.md', 'CHANGELOG.md'],
  },
];

/** Returns the path of a page on the site, without slashes around it. The README is the first page, `''`. */
export function slugOf(path: string): string {
  if (path === 'README.md') return '';
  const name = path.replace(/^docs\//, '').replace(/(?:\/README)?\.md$/, '');
  return name.replace(/^(?:packages|examples)\//, '').toLowerCase();
}

/** A page as the generator of the site reads it. */
export interface SitePage {
  readonly slug: string;
  readonly text: string;
}

/**
 * Converts a page of the repository: the first heading becomes the title, links to other pages stay on the site, links
 * to other files lead to GitHub, and alerts and diagrams get the form that the generator knows.
 *
 * @param path from the root of the repository, the current folder
 * @throws Error if the page has no heading
 */
export function sitePage(path: string): SitePage {
  const text = readFileSync(path, 'utf8');
  const nodes = parsePage(path);
  const title = nodes.find(({ type, depth }) => type === 'heading' && depth === 1);
  if (title === undefined) throw new Error(`${path} has no heading of the first level.`);
  const edits = nodes.flatMap((node) => editsOf(node, path, text));
  const body = apply(text, [...edits, { ...rangeOf(title), text: '' }]);
  return { slug: slugOf(path), text: `${frontMatter(path, title, nodes)}\n${body.trimStart()}` };
}

function frontMatter(path: string, title: Node, nodes: readonly Node[]): string {
  const first = nodes.find(({ type }) => type === 'paragraph');
  const description = first === undefined ? '' : textOf(first).replaceAll(/\s+/g, ' ');
  const hasDiagram = nodes.some(({ type, lang }) => type === 'code' && lang === 'mermaid');
  const scripts = ['mermaid.js', 'diagrams.js'].map((file) => ({
    tag: 'script',
    attrs: { src: `${base}/${file}`, defer: true },
  }));
  // JSON is YAML, and quotes every text.
  const fields = {
    title: textOf(title),
    description,
    editUrl: `${repository}/edit/main/${path}`,
    ...(hasDiagram && { head: scripts }),
  };
  return `---\n${JSON.stringify(fields)}\n---\n`;
}

interface Edit {
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replaces parts of a text. The edits do not overlap. */
function apply(text: string, edits: readonly Edit[]): string {
  const fromTheEnd = [...edits].sort((left, right) => right.start - left.start);
  return fromTheEnd.reduce(
    (changed, edit) => changed.slice(0, edit.start) + edit.text + changed.slice(edit.end),
    text,
  );
}

function rangeOf({ position }: Node): { start: number; end: number } {
  const [start, end] = [position?.start.offset, position?.end.offset];
  if (start === undefined || end === undefined) throw new Error('A node has no position.');
  return { start, end };
}

function editsOf(node: Node, path: string, text: string): readonly Edit[] {
  switch (node.type) {
    case 'link':
      return linkEdits(node, path, text);
    case 'blockquote':
      return alertEdits(node, text);
    case 'code':
      if (node.lang !== 'mermaid') return [];
      return [{ ...rangeOf(node), text: `<pre class="mermaid">\n${escapeHtml(node.value ?? '')}\n</pre>` }];
    default:
      return [];
  }
}

/** Returns an edit of the address alone, which is the last part of `[text](address)`. */
function linkEdits(node: Node, path: string, text: string): readonly Edit[] {
  const { start, end } = rangeOf(node);
  const written = `](${node.url ?? ''})`;
  if (!text.slice(start, end).endsWith(written)) return [];
  return [{ start: end - written.length, end, text: `](${addressOnSite(node.url ?? '', path)})` }];
}

/** Returns where a link of a page leads on the site. */
export function addressOnSite(url: string, path: string): string {
  if (/^[a-z]+:/.test(url) || url.startsWith('#')) return url;
  const [file = '', anchor] = url.split('#');
  const target = normalize(join(dirname(path), file)).replace(/\/$/, '');
  const suffix = anchor === undefined ? '' : `#${anchor}`;
  const page = pageOf(target);
  if (page !== undefined) return `${base}/${[slugOf(page), ''].join('/').replace(/^\//, '')}${suffix}`;
  const kind = existsSync(target) && statSync(target).isDirectory() ? 'tree' : 'blob';
  return `${repository}/${kind}/main/${target}${suffix}`;
}

/** Returns the page of the site that a file or a folder with a README stands for. */
function pageOf(target: string): string | undefined {
  return sections
    .flatMap(({ pages }) => pages)
    .find((page) => page === target || page === `${target}/README.md`);
}

const asides: Readonly<Record<string, string>> = {
  NOTE: 'note',
  TIP: 'tip',
  IMPORTANT: 'note',
  WARNING: 'caution',
  CAUTION: 'danger',
};

/** Turns an alert of GitHub into an aside of Starlight. */
function alertEdits(node: Node, text: string): readonly Edit[] {
  const range = rangeOf(node);
  const written = text.slice(range.start, range.end);
  const kind = /^> ?\[!(?<kind>[A-Z]+)\]\n/.exec(written)?.groups?.kind;
  const aside = kind === undefined ? undefined : asides[kind];
  if (aside === undefined) return [];
  // Only the marks of the quote are edited, because links between them are edited, too.
  const marks = [...written.matchAll(/^> ?(?:\[![A-Z]+\])?/gm)];
  return [
    ...marks.map((mark, index) => ({
      start: range.start + mark.index,
      end: range.start + mark.index + mark[0].length,
      text: index === 0 ? `:::${aside}` : '',
    })),
    { start: range.end, end: range.end, text: '\n:::' },
  ];
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
