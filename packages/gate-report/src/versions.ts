import semver from 'semver';

/**
 * The types of packages with semantic versions. No maintained library of npm orders the versions of other types, and a
 * wrong order would recommend a downgrade.
 */
const semantic = new Set(['npm', 'golang', 'cargo', 'hex', 'pub', 'swift']);

/** A version that can be compared. */
interface Ordered {
  readonly text: string;
  readonly parsed: semver.SemVer;
}

/** Returns the versions in ascending order without duplicates, or undefined if their order is unknown. */
export function inOrder(
  type: string | undefined,
  versions: readonly string[],
): readonly Ordered[] | undefined {
  if (type === undefined || !semantic.has(type)) return undefined;
  const parsed = [...new Set(versions)].map((text) => ({
    text,
    parsed: semver.parse(text, { loose: true }),
  }));
  const known = parsed.flatMap(({ text, parsed: version }) =>
    version === null ? [] : [{ text, parsed: version }],
  );
  if (known.length < parsed.length) return undefined;
  return known.toSorted((one, other) => semver.compare(one.parsed, other.parsed));
}

/**
 * Returns whether a version contains one of the fixes. A fix of another major version counts only if it is the last
 * one: if 1.2.3 and 2.0.1 fix a vulnerability, 2.0.0 does not.
 */
export function isFixedIn(version: Ordered, fixes: readonly Ordered[]): boolean {
  return fixes.some(
    ({ parsed }, index) =>
      semver.lte(parsed, version.parsed) &&
      (parsed.major === version.parsed.major || index === fixes.length - 1),
  );
}

/** Returns whether a version is older than another one. */
export function isOlder(one: Ordered, other: Ordered): boolean {
  return semver.lt(one.parsed, other.parsed);
}
