import { fromMarkdown } from 'mdast-util-from-markdown';
import { globSync, readFileSync } from 'node:fs';

/** A piece of code that a page shows. */
export interface Snippet {
  /** The page and the line in it, e.g. `README.md:44`. */
  readonly place: string;
  /** What its fence says it is; empty where it says nothing. */
  readonly language: string;
  readonly text: string;
  /** The file that it is, where the paragraph before it ends in a path. */
  readonly file?: string;
}

/** The pages that users read, and the headers of workflows that they call. */
const pages = ['*.md', 'docs/*.md', 'actions/*/README.md', 'packages/*/README.md', 'tools/*/README.md'];

/** Everything that the pages of the workspace, which is the current folder, show. */
export function readSnippets(): readonly Snippet[] {
  return [
    ...globSync(pages).sort().flatMap(snippetsOfPage),
    ...globSync('.github/workflows/*.yml').sort().flatMap(callerInHeader),
  ];
}

function snippetsOfPage(page: string): Snippet[] {
  const nodes: Node[] = [fromMarkdown(readFileSync(page, 'utf8'))];
  const snippets: Snippet[] = [];
  for (const { children = [] } of nodes) {
    for (const [index, { type, lang, value = '', position }] of children.entries()) {
      if (type !== 'code') continue;
      const place = `${page}:${position?.start.line ?? 0}`;
      snippets.push({ place, language: lang ?? '', text: value, file: pathIn(children[index - 1]) });
    }
    nodes.push(...children);
  }
  return snippets;
}

/** `**4. Deliver every push to main**, in `.github/workflows/main.yml`:` */
function pathIn(paragraph: Node | undefined): string | undefined {
  const codes = (paragraph?.children ?? []).filter(({ type }) => type === 'inlineCode');
  return codes.map(({ value = '' }) => value).find((value) => /^[\w./-]+\.ya?ml$/.test(value));
}

interface Node {
  readonly type: string;
  readonly lang?: string | null;
  readonly value?: string;
  readonly position?: { readonly start: { readonly line: number } };
  readonly children?: Node[];
}

/** A reusable workflow shows its caller in the comment at its head, set in by three spaces. */
function callerInHeader(file: string): Snippet[] {
  const header = /^(?:#.*\n)*/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const lines = header.split('\n').flatMap((line) => (line.startsWith('#   ') ? [line.slice(4)] : []));
  return lines.length === 0 ? [] : [{ place: `${file}:1`, language: 'yaml', text: lines.join('\n') }];
}
