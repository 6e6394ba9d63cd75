import { closest, distance } from 'fastest-levenshtein';

/** Limits on the comparison: its time grows with the product of both. */
const maxName = 256;
const maxNames = 1000;

/** The maximum number of names in a message. */
const maxListed = 50;

/** Returns the valid name most similar to a mistyped one, ignoring case, or undefined if none is similar enough. */
export function nearest(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0 || name.length > maxName || valid.length > maxNames) return undefined;
  const typed = name.toLowerCase();
  const lowered = valid.map((one) => one.toLowerCase());
  const candidate = closest(typed, lowered);
  const isNear = distance(typed, candidate) <= maxMistakes(candidate.length) || isReordered(typed, candidate);
  return isNear ? valid[lowered.indexOf(candidate)] : undefined;
}

/** Allows mistakes in a third of the letters, at least one. A name of a single letter allows none. */
function maxMistakes(length: number): number {
  return Math.min(length - 1, Math.max(1, Math.floor(length / 3)));
}

/** Whether both names have the same letters. The edit distance counts two swapped letters as two mistakes. */
function isReordered(typed: string, candidate: string): boolean {
  const sorted = (text: string) => Array.from(text).sort().join('');
  return sorted(typed) === sorted(candidate);
}

/** Returns a hint for an unknown name: the nearest valid name, or else the list of valid names. */
export function suggest(name: string, valid: readonly string[]): string {
  const candidate = nearest(name, valid);
  if (candidate !== undefined) return `Did you mean ${candidate}?`;
  if (valid.length === 0) return 'No name is valid here.';
  const more = valid.length > maxListed ? ` and ${valid.length - maxListed} more` : '';
  return `Valid: ${valid.slice(0, maxListed).join(', ')}${more}.`;
}
