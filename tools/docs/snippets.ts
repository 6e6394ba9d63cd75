import { globSync, readFileSync } from 'node:fs';
import { pages, parsePage, type Node } from './page.ts';

/** A code block on a page. */
export interface Snippet {
  /** The page and the line in it, e.g. `README.md:44`. */
  readonly place: string;
  /** The language of its fence; empty if there is none. */
  readonly language: string;
  readonly text: string;
  /** The file that the block shows, if the paragraph before it names a path. */
  readonly file?: string;
}

/** Returns the code blocks of all pages in the current folder, and the callers in the headers of the workflows. */
export function readSnippets(): readonly Snippet[] {
  return [
    ...pages().flatMap(snippetsOfPage),
    ...globSync('.github/workflows/*.yml').sort().flatMap(callerInHeader),
  ];
}

function snippetsOfPage(page: string): Snippet[] {
  return parsePage(page).flatMap(({ children = [] }) =>
    children.flatMap(({ type, lang, value = '', position }, index) => {
      if (type !== 'code') return [];
      const place = `${page}:${position?.start.line ?? 0}`;
      return [{ place, language: lang ?? '', text: value, file: pathIn(children[index - 1]) }];
    }),
  );
}

/** `**4. Deliver every push to main**, in `.github/workflows/main.yml`:` */
function pathIn(paragraph: Node | undefined): string | undefined {
  const codes = (paragraph?.children ?? []).filter(({ type }) => type === 'inlineCode');
  return codes.map(({ value = '' }) => value).find((value) => /^[\w./-]+\.ya?ml$/.test(value));
}

/** Returns the caller in the comment at the top of a reusable workflow, which is indented by three spaces. */
function callerInHeader(file: string): Snippet[] {
  const header = /^(?:#.*\n)*/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const lines = header.split('\n').flatMap((line) => (line.startsWith('#   ') ? [line.slice(4)] : []));
  return lines.length === 0 ? [] : [{ place: `${file}:1`, language: 'yaml', text: lines.join('\n') }];
}
