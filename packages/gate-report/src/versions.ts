import semver from 'semver';
import { compareApk, parseApk } from './apk-version.ts';
import { compareDeb, parseDeb } from './deb-version.ts';
import { compareRpm, parseRpm } from './rpm-version.ts';

/** A version in the order of its package. */
export interface Ordered {
  readonly text: string;
  /** The place in the order. Equal versions have the same rank. */
  readonly rank: number;
  /** The major version. Undefined if the package type has no major versions. */
  readonly major: number | undefined;
}

type Order = (versions: readonly string[]) => readonly Ordered[] | undefined;

const semantic = orderBy(
  (text) => semver.parse(text, { loose: true }) ?? undefined,
  (one, other) => semver.compare(one, other),
  ({ major }) => major,
);

/** The orders of the package types. A wrong order would recommend a downgrade, so other types have none. */
const orders: ReadonlyMap<string, Order> = new Map([
  ...['npm', 'golang', 'cargo', 'hex', 'pub', 'swift'].map((type) => [type, semantic] as const),
  ['deb', orderBy(parseDeb, compareDeb)],
  ['rpm', orderBy(parseRpm, compareRpm)],
  ['apk', orderBy(parseApk, compareApk)],
]);

/** Returns the versions in ascending order without duplicates, or undefined if their order is unknown. */
export function inOrder(
  type: string | undefined,
  versions: readonly string[],
): readonly Ordered[] | undefined {
  return type === undefined ? undefined : orders.get(type)?.([...new Set(versions)]);
}

function orderBy<Version>(
  parse: (text: string) => Version | undefined,
  compare: (one: Version, other: Version) => number,
  majorOf: (version: Version) => number | undefined = () => undefined,
): Order {
  return (versions) => {
    const parsed = versions.flatMap((text) => {
      const version = parse(text);
      return version === undefined ? [] : [{ text, version }];
    });
    if (parsed.length < versions.length) return undefined;
    const sorted = parsed.toSorted((one, other) => compare(one.version, other.version));
    let rank = 0;
    return sorted.map(({ text, version }, index) => {
      const previous = sorted[index - 1];
      if (previous !== undefined && compare(previous.version, version) !== 0) rank = index;
      return { text, rank, major: majorOf(version) };
    });
  };
}

/**
 * Returns whether a version contains one of the fixes, which are in ascending order. A fix of another major version
 * counts only if it is the last one: if 1.2.3 and 2.0.1 fix a vulnerability, 2.0.0 does not. Without major versions,
 * only the last one counts.
 */
export function isFixedIn(version: Ordered, fixes: readonly Ordered[]): boolean {
  return fixes.some(
    ({ rank, major }, index) =>
      rank === version.rank ||
      (rank < version.rank &&
        ((major !== undefined && major === version.major) || index === fixes.length - 1)),
  );
}
