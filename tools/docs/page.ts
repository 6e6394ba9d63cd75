import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { globSync, readFileSync } from 'node:fs';

/** A node of a page (mdast), with the fields that the tools use. */
export interface Node {
  readonly type: string;
  readonly lang?: string | null;
  readonly value?: string;
  readonly url?: string;
  /** Of a heading: 1 for the title of a page. */
  readonly depth?: number;
  readonly position?: { readonly start: Point; readonly end: Point };
  readonly children?: readonly Node[];
}

/** A place in a text (unist, "Point"). */
interface Point {
  readonly line: number;
  readonly offset?: number;
}

/** Returns the paths of all pages in the current folder. */
export function pages(): readonly string[] {
  const places = ['*.md', 'docs/*.md', 'examples/*/*.md', '{actions,packages,tools}/*/{,*/}README.md'];
  return globSync(places, { exclude: (path) => path === 'node_modules' }).sort();
}

/** Returns all nodes of a page, parents before their children. */
export function parsePage(page: string): readonly Node[] {
  const root: Node = fromMarkdown(readFileSync(page, 'utf8'), {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  });
  const nodes = [root];
  for (const { children = [] } of nodes) nodes.push(...children);
  return nodes;
}

/** Returns the text of a node. */
export function textOf({ value = '', children = [] }: Node): string {
  return value + children.map(textOf).join('');
}
