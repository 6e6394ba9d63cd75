import { closest, distance } from 'fastest-levenshtein';

/** Longer names, or more of them, are not compared: the time is that of their product. */
const maxName = 256;
const maxNames = 1000;

/** As many are listed. */
const maxListed = 50;

/** The valid name that a mistyped one most likely means, or undefined when none is near. Case does not count. */
export function nearest(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0 || name.length > maxName || valid.length > maxNames) return undefined;
  const typed = name.toLowerCase();
  const lowered = valid.map((one) => one.toLowerCase());
  const candidate = closest(typed, lowered);
  const isNear = distance(typed, candidate) <= forgiven(candidate.length) || isJumbled(typed, candidate);
  return isNear ? valid[lowered.indexOf(candidate)] : undefined;
}

/** A third of the letters, and at least one; but none of a single one, or any letter would mean any other. */
function forgiven(length: number): number {
  return Math.min(length - 1, Math.max(1, Math.floor(length / 3)));
}

/** Letters that changed places are two mistakes each to a distance, and one to a hand. */
function isJumbled(typed: string, candidate: string): boolean {
  const sorted = (text: string) => Array.from(text).sort().join('');
  return sorted(typed) === sorted(candidate);
}

/** What to say beside an unknown name: the nearest valid one, else all of them. */
export function suggest(name: string, valid: readonly string[]): string {
  const candidate = nearest(name, valid);
  if (candidate !== undefined) return `Did you mean ${candidate}?`;
  if (valid.length === 0) return 'None is valid here.';
  const more = valid.length > maxListed ? ` and ${valid.length - maxListed} more` : '';
  return `Valid: ${valid.slice(0, maxListed).join(', ')}${more}.`;
}
