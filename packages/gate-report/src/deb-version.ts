import { compareNumbers } from './compare.ts';

/** A version of a Debian package: `epoch:upstream-revision`. */
export interface DebVersion {
  readonly epoch: string;
  readonly upstream: Pairs;
  readonly revision: Pairs;
}

/** A text and a number, from left to right. */
type Pairs = readonly (readonly [text: string, number: string])[];

/** Returns the parts of a version, or undefined if the text is not a version of a Debian package. */
export function parseDeb(text: string): DebVersion | undefined {
  const colon = text.indexOf(':');
  const epoch = colon < 0 ? '0' : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  const upstream = hyphen < 0 ? rest : rest.slice(0, hyphen);
  const revision = hyphen < 0 ? '0' : rest.slice(hyphen + 1);
  const isValid =
    /^\d+$/.test(epoch) && /^\d[a-zA-Z\d.+:~-]*$/.test(upstream) && /^[a-zA-Z\d.+~]+$/.test(revision);
  return isValid ? { epoch, upstream: pairsOf(upstream), revision: pairsOf(revision) } : undefined;
}

/** Compares two versions as dpkg does (Debian Policy, 5.6.12). */
export function compareDeb(one: DebVersion, other: DebVersion): number {
  return (
    compareNumbers(one.epoch, other.epoch) ||
    compareParts(one.upstream, other.upstream) ||
    compareParts(one.revision, other.revision)
  );
}

/** Compares pairs, from left to right. A missing text is empty, and a missing number is zero. */
function compareParts(pairs: Pairs, otherPairs: Pairs): number {
  for (let index = 0; index < Math.max(pairs.length, otherPairs.length); index += 1) {
    const [text, number] = pairs[index] ?? ['', ''];
    const [otherText, otherNumber] = otherPairs[index] ?? ['', ''];
    const difference = compareNonDigits(text, otherText) || compareNumbers(number, otherNumber);
    if (difference !== 0) return difference;
  }
  return 0;
}

function pairsOf(part: string): Pairs {
  return [...part.matchAll(/(\D*)(\d*)/g)].map(([, text = '', number = '']) => [text, number]);
}

function compareNonDigits(one: string, other: string): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const difference = weightOf(one.charAt(index)) - weightOf(other.charAt(index));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Returns the place of a character in the order: `~`, the end, letters, other characters. */
function weightOf(character: string): number {
  if (character === '~') return -1;
  if (character === '') return 0;
  return character.charCodeAt(0) + (/[a-zA-Z]/.test(character) ? 0 : 256);
}
