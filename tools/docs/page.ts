import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { globSync, readFileSync } from 'node:fs';

/** A piece of a page, so far as we look at it (mdast). */
export interface Node {
  readonly type: string;
  readonly lang?: string | null;
  readonly value?: string;
  readonly url?: string;
  readonly position?: { readonly start: { readonly line: number } };
  readonly children?: readonly Node[];
}

/** The paths of the pages that people read, in the workspace, which is the current folder. */
export function pages(): readonly string[] {
  const places = ['*.md', 'docs/*.md', 'examples/*/*.md', '{actions,packages,tools}/*/{,*/}README.md'];
  return globSync(places, { exclude: (path) => path === 'node_modules' }).sort();
}

/** Everything on a page, what holds something before what it holds. */
export function parsePage(page: string): readonly Node[] {
  const root: Node = fromMarkdown(readFileSync(page, 'utf8'), {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  });
  const nodes = [root];
  for (const { children = [] } of nodes) nodes.push(...children);
  return nodes;
}

/** What a reader sees of it. */
export function textOf({ value = '', children = [] }: Node): string {
  return value + children.map(textOf).join('');
}
