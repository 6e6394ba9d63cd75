import { isDigest, type Digest } from '@towpath/reference';

/** The maximum length of a text in messages. Names of packages and vulnerabilities are much shorter. */
const maxText = 500;

/**
 * Returns a text in one line, without control characters and surrounding spaces and of limited length, or undefined if
 * it is empty.
 */
export function shorten(text: string | undefined): string | undefined {
  const trimmed = text
    ?.slice(0, maxText + 1)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  if (trimmed === undefined || trimmed === '') return undefined;
  return truncate(trimmed);
}

/** Returns a text of limited length, without half a character at its end. */
export function truncate(text: string): string {
  if (text.length <= maxText) return text;
  // A slice keeps the whole text in memory: a description has thousands of characters. Encoding it makes a copy.
  return `${Buffer.from(text.slice(0, maxText)).toString()}…`;
}

/** Returns a digest, or undefined for any other text: reports of scanners also contain empty and shortened digests. */
export function digestIn(text: string | undefined): Digest | undefined {
  return text !== undefined && isDigest(text) ? text : undefined;
}

/** A day or a time without an offset from UTC. */
const withoutOffset = /^(?<day>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?$/;

/**
 * Returns a time as ISO 8601, or undefined if it is not a time. A time without an offset is in UTC: `Date` would read it in
 * the zone of the machine.
 */
export function timeOf(time: unknown): string | undefined {
  if (!(time instanceof Date) && typeof time !== 'string' && typeof time !== 'number') return undefined;
  // AWS's JSON protocol has seconds since the epoch. No scanner existed before 1990, in seconds or milliseconds.
  const date = new Date(typeof time === 'number' && time < 1e11 ? time * 1000 : inUtc(time));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function inUtc(time: Date | string | number): Date | string | number {
  if (typeof time !== 'string') return time;
  const { day, time: clock = '00:00' } = withoutOffset.exec(time)?.groups ?? {};
  return day === undefined ? time : `${day}T${clock}Z`;
}

/** Returns the valid digests of a list. */
export function digestsIn(texts: readonly (string | undefined)[]): Digest[] {
  return texts.flatMap((text) => digestIn(text) ?? []);
}

/** Returns the digests in references by digest, e.g. `payroll/backend@sha256:…`. */
export function pulledDigests(references: readonly (string | undefined)[]): Digest[] {
  const digests = references.flatMap(
    (reference) => /@(sha256:[0-9a-f]{64})$/.exec(reference?.slice(-80).trim() ?? '')?.[1] ?? [],
  );
  return [...new Set(digestsIn(digests))];
}
