import { globSync, readFileSync } from 'node:fs';
import { pages, parsePage, type Node } from './page.ts';

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

/** Everything that the pages of the workspace, which is the current folder, show, and the headers of its workflows. */
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

/** A reusable workflow shows its caller in the comment at its head, set in by three spaces. */
function callerInHeader(file: string): Snippet[] {
  const header = /^(?:#.*\n)*/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const lines = header.split('\n').flatMap((line) => (line.startsWith('#   ') ? [line.slice(4)] : []));
  return lines.length === 0 ? [] : [{ place: `${file}:1`, language: 'yaml', text: lines.join('\n') }];
}
