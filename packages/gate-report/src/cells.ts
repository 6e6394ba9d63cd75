import type { Finding } from '@towpath/findings';
import type { Subject } from '@towpath/gate';
import { link, type Content } from '@towpath/markdown';

export function findingLink({ id, uri }: Finding): Content {
  const label = cut(id);
  return uri !== undefined && isWebAddress(uri) ? link(label, uri) : label;
}

export function packageOf({ package: affected }: Finding): string {
  return affected === undefined ? '' : cut(`${affected.name} ${affected.version ?? ''}`.trim());
}

export function ratingOf({ severity, rating }: Finding): string {
  return rating === undefined ? severity : cut(`${severity}: ${rating}`);
}

/** Returns the first images of a list with their platforms, and how many more there are: `web (linux/amd64, linux/arm64)`. */
export function listedSubjects(subjects: readonly Pick<Subject, 'image' | 'platform'>[]): string {
  const byImage = [...Map.groupBy(subjects, ({ image }) => image)];
  const shown = byImage.slice(0, 4).map(([image, own]) => {
    const platforms = [...new Set(own.flatMap(({ platform }) => platform ?? []))];
    const more = platforms.length > 4 ? `, and ${platforms.length - 4} more` : '';
    return platforms.length === 0
      ? cut(image)
      : `${cut(image)} (${listedText(platforms.slice(0, 4))}${more})`;
  });
  return `${shown.join(', ')}${byImage.length > shown.length ? `, and ${byImage.length - shown.length} more` : ''}`;
}

export function listedText(names: readonly string[]): string {
  return names.map((name) => cut(name)).join(', ');
}

/**
 * Returns the start of a text for a cell of a table.
 *
 * @param maxLength in characters
 */
export function cut(text: string, maxLength = 300): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/** In characters. A longer URL is unlikely to be a page about a vulnerability. */
const maxAddress = 500;

/** Returns whether a URL can become a link: an http(s) URL of reasonable length. */
function isWebAddress(address: string): boolean {
  return address.length <= maxAddress && /^https?:$/.test(URL.parse(address)?.protocol ?? '');
}
