import { describe, expect, test } from '@jest/globals';
import { globSync } from 'node:fs';
import { lostLinks } from './site-links.ts';
import { addressOnSite, sections, sitePage, slugOf } from './site.ts';

const menu = sections.flatMap(({ pages }) => pages);

test('the menu has every page for users once, and no page twice', () => {
  const pages = ['README.md', ...globSync(['docs/*.md', 'actions/*/README.md'])];
  expect(menu).toEqual(expect.arrayContaining(pages));
  expect(new Set(menu.map(slugOf)).size).toBe(menu.length);
});

test.each(menu)('%s becomes a page with one title and no link to another file of the repository', (path) => {
  const { text } = sitePage(path);
  const [, fields = '', ...rest] = text.split(/^---$/m);
  const body = rest.join('---').replaceAll(/^ *(`{3,})[^]*?^ *\1$/gm, '');
  expect(JSON.parse(fields)).toMatchObject({ title: expect.stringMatching(/./) as unknown });
  expect(body).not.toMatch(/^# /m);
  expect(body).not.toMatch(/\]\((?![a-z]+:|#|\/towpath\/)/);
  expect(body).not.toMatch(/^> \[!/m);
});

describe('links', () => {
  test.each([
    ['a page beside', 'gate.md', 'docs/lint.md', '/towpath/gate/'],
    [
      'an anchor of a page',
      '../actions/build/README.md#inputs',
      'docs/lint.md',
      '/towpath/actions/build/#inputs',
    ],
    ['the folder of a page', '../actions/build', 'docs/lint.md', '/towpath/actions/build/'],
    ['the first page', '../README.md', 'docs/lint.md', '/towpath/'],
    ['this page', '#rules', 'docs/lint.md', '#rules'],
    ['another site', 'https://example.com/a#b', 'docs/lint.md', 'https://example.com/a#b'],
    ['a file', 'package.json', 'README.md', 'https://github.com/towpath/towpath/blob/main/package.json'],
    ['a folder', '../examples/', 'docs/lint.md', 'https://github.com/towpath/towpath/tree/main/examples'],
  ])('to %s', (_, url, path, expected) => {
    expect(addressOnSite(url, path)).toBe(expected);
  });
});

test('alerts become asides whose links still lead somewhere, and diagrams are drawn', () => {
  const { text } = sitePage('README.md');
  expect(text).toMatch(/^:::note\n[^]*?\n:::$/m);
  expect(text).toContain('<pre class="mermaid">\nflowchart LR');
  expect(text).toContain('"src":"/towpath/mermaid.js"');
});

test('links to pages, files and anchors that a site does not have are lost', () => {
  const page = (links: readonly string[]) => links.map((link) => `<a class="x" href="${link}">`).join('');
  const files = new Map([
    ['index.html', page(['/towpath/', '/towpath/a/', 'a/#one', '#top', '/towpath/x.svg', 'https://e.com/'])],
    ['a/index.html', '<h2 id="one"><img src="../x.svg"> <img src="x.svg">'],
    ['x.svg', ''],
  ]);
  expect(lostLinks(files, '/towpath')).toEqual(['index.html: #top', 'a/index.html: x.svg']);
});
