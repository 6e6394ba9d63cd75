import type { Finding } from '@towpath/findings';
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

/** Returns the first names of a list, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4);
  return `${listedText(shown)}${names.length > shown.length ? `, and ${names.length - shown.length} more` : ''}`;
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
