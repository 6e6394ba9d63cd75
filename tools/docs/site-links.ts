import { join } from 'node:path/posix';

/**
 * Returns the links of a built site that lead to no page, file or anchor, each with the page that has it.
 *
 * @param files the text of every page, by the path of its file; other files have no text
 * @param base the path of the site on its host, e.g. `/towpath`
 */
export function lostLinks(files: ReadonlyMap<string, string>, base: string): readonly string[] {
  const anchors = new Map(
    [...files].map(([path, text]) => [
      join(base, path).replace(/index\.html$/, ''),
      new Set(attributes(text, 'id')),
    ]),
  );
  return [...files].flatMap(([path, text]) =>
    ['href', 'src']
      .flatMap((name) => attributes(text, name))
      .filter((url) => !/^[a-z]+:/.test(url))
      .filter((url) => {
        const { pathname, hash } = new URL(url, `http://site${join(base, path).replace(/index\.html$/, '')}`);
        const found = anchors.get(pathname);
        return found === undefined || (hash !== '' && !found.has(decodeURIComponent(hash.slice(1))));
      })
      .map((url) => `${path}: ${url}`),
  );
}

function attributes(text: string, name: string): readonly string[] {
  const pattern = new RegExp(`\\s${name}="(?<value>[^"]*)"`, 'g');
  return [...text.matchAll(pattern)].map(({ groups }) =>
    (groups?.value ?? '').replaceAll(/&(?:amp|#38);/g, '&'),
  );
}
