import { compareNumbers, compareTexts } from './compare.ts';

/** A version of an RPM package: `epoch:version-release`. */
export interface RpmVersion {
  readonly epoch: string;
  readonly version: string;
  /** Empty if it is missing. */
  readonly release: string;
}

/** Returns the parts of a version, or undefined if the text is not a version of an RPM package. */
export function parseRpm(text: string): RpmVersion | undefined {
  const colon = text.indexOf(':');
  const epoch = colon < 0 ? '0' : text.slice(0, colon);
  const [version = '', release, ...more] = text.slice(colon + 1).split('-');
  const isPart = (part: string) => /^[\w.+~^]+$/.test(part);
  const isValid = /^\d+$/.test(epoch) && isPart(version) && isPart(release ?? '0') && more.length === 0;
  return isValid ? { epoch, version, release: release ?? '' } : undefined;
}

/** Compares two versions as rpm does (rpmVersionCompare). */
export function compareRpm(one: RpmVersion, other: RpmVersion): number {
  return (
    compareNumbers(one.epoch, other.epoch) ||
    compareParts(one.version, other.version) ||
    compareParts(one.release, other.release)
  );
}

/** Compares numbers, letters, `~` and `^` from left to right (rpmvercmp). Other characters only separate them. */
function compareParts(one: string, other: string): number {
  const [segments, otherSegments] = [segmentsOf(one), segmentsOf(other)];
  for (let index = 0; index < Math.max(segments.length, otherSegments.length); index += 1) {
    const [segment, otherSegment] = [segments[index] ?? '', otherSegments[index] ?? ''];
    const difference = rankOf(segment) - rankOf(otherSegment) || compareAlike(segment, otherSegment);
    if (difference !== 0) return difference;
  }
  return 0;
}

function segmentsOf(part: string): readonly string[] {
  return part.match(/\d+|[a-zA-Z]+|[~^]/g) ?? [];
}

/** Returns the place of a segment in the order: `~`, the end, `^`, letters, numbers. */
function rankOf(segment: string): number {
  if (segment === '~') return 0;
  if (segment === '') return 1;
  if (segment === '^') return 2;
  return isNumber(segment) ? 4 : 3;
}

function compareAlike(one: string, other: string): number {
  return isNumber(one) ? compareNumbers(one, other) : compareTexts(one, other);
}

function isNumber(segment: string): boolean {
  return /^\d/.test(segment);
}
