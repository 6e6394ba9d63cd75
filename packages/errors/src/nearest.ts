import { closest, distance } from 'fastest-levenshtein';

/** The valid name that a mistyped one most likely means, or undefined when none is near. */
export function nearest(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0) return undefined;
  const candidate = closest(name, [...valid]);
  return distance(name, candidate) <= Math.max(1, Math.floor(candidate.length / 3)) ? candidate : undefined;
}

/** What to say beside an unknown name: the nearest valid one, else all of them. */
export function suggest(name: string, valid: readonly string[]): string {
  const candidate = nearest(name, valid);
  if (candidate !== undefined) return `Did you mean ${candidate}?`;
  return valid.length === 0 ? 'None is valid here.' : `Valid: ${valid.join(', ')}.`;
}
