import { expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pages, parsePage, textOf } from './page.ts';

/** Returns the anchors of the headings of a page, as GitHub derives them. */
function anchorsOf(page: string): readonly string[] {
  const headings = parsePage(page).filter(({ type }) => type === 'heading');
  return headings.map((heading) =>
    textOf(heading)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(pages())('every link in %s has a target', (page) => {
  const urls = parsePage(page).flatMap(({ url }) => (url === undefined ? [] : [url]));
  const lost = urls.filter((url) => {
    if (/^[a-z]+:/.test(url)) return !URL.canParse(url);
    const [path = '', anchor] = url.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(lost).toEqual([]);
});
