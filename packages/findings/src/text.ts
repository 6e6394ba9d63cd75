import { isDigest, type Digest } from '@towpath/reference';

/** The maximum length of a text in messages. Names of packages and vulnerabilities are much shorter. */
const maxText = 500;

/** Returns a text without surrounding spaces and of limited length, or undefined if it is empty. */
export function shorten(text: string | undefined): string | undefined {
  const trimmed = text?.slice(0, maxText + 1).trim();
  if (trimmed === undefined || trimmed === '') return undefined;
  return truncate(trimmed);
}

/** Returns a text of limited length, as it is. */
export function truncate(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}

/** Returns a digest, or undefined for any other text: reports of scanners also contain empty and shortened digests. */
export function digestIn(text: string | undefined): Digest | undefined {
  return text !== undefined && isDigest(text) ? text : undefined;
}

/** Returns a time as ISO 8601, or undefined if it is not a time. */
export function timeOf(time: Date | string | number | undefined): string | undefined {
  if (time === undefined || time === '') return undefined;
  // AWS's JSON protocol has seconds since the epoch. No scanner existed before 1990, in seconds or milliseconds.
  const date = new Date(typeof time === 'number' && time < 1e11 ? time * 1000 : time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
