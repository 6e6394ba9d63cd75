export const millisecondsPerDay = 86_400_000;

/** A date, or a time with its offset from UTC. `Date.parse` would read a time without one in the zone of the machine. */
const isoInstant =
  /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2}))?$/;

/** Returns a time of ISO 8601 in milliseconds since 1970, or undefined for other texts. */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 40 || !isoInstant.test(text)) return undefined;
  const instant = Date.parse(text.toUpperCase().replace(' ', 'T'));
  return Number.isFinite(instant) ? instant : undefined;
}

/** Returns the last millisecond of a day in UTC, e.g. of `2026-12-31`. */
export function endOfDay(day: string): number | undefined {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(day) ? instantOf(day) : undefined;
  return start === undefined ? undefined : start + millisecondsPerDay - 1;
}
