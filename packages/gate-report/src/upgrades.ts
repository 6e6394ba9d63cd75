import type { Finding, VulnerablePackage } from '@towpath/findings';
import { rankedSeverities, type Severity } from '@towpath/findings/severity';
import { nameOf, type JudgedImage, type Subject } from '@towpath/gate';
import type { Judgement, Violation } from '@towpath/scan-policy';
import { inOrder, isFixedIn, type Ordered } from './versions.ts';

/** An image on one platform. */
export type Affected = Pick<Subject, 'image' | 'platform'>;

/** The violations of one package in all images. */
export interface PackageGroup {
  /** Undefined for findings without a package. */
  readonly package: VulnerablePackage | undefined;
  /** One violation for each vulnerability, the worst first. */
  readonly violations: readonly Violation[];
  /** Each image and platform that contains the package. */
  readonly subjects: readonly Affected[];
  /** The names of the images. */
  readonly images: readonly string[];
  readonly upgrade: Upgrade | undefined;
}

/** A version that removes violations of a package. */
export interface Upgrade {
  readonly version: string;
  readonly cleared: readonly Finding[];
  /** The other fixed versions of findings that `version` does not remove, in the order of the source. */
  readonly others: readonly string[];
}

interface Gathering {
  readonly package: VulnerablePackage | undefined;
  readonly violations: Map<string, Violation>;
  readonly subjects: Map<string, Affected>;
  readonly images: Set<string>;
}

/** Returns the violations of a manifest. */
type ViolationsOf = (judgement: Pick<Judgement, 'violations' | 'known'>) => readonly Violation[];

/** Returns what failed at an earlier reading, and still breaks the policy. */
export const failedBefore: ViolationsOf = ({ known }) => known.filter(({ since }) => since === 'earlier');

/**
 * Groups the violations of all images by package, the package with the worst findings first.
 *
 * @param violationsOf default: the findings that fail
 */
export function groupByPackage(
  images: readonly JudgedImage[],
  violationsOf: ViolationsOf = failing,
): readonly PackageGroup[] {
  const found = grouped.get(images)?.get(violationsOf);
  if (found !== undefined) return found;
  const groups = group(images, violationsOf);
  grouped.set(images, new Map(grouped.get(images)).set(violationsOf, groups));
  return groups;
}

const failing: ViolationsOf = ({ violations }) => violations;

/** The groups of images that were grouped before: the summary, the comment, the issue and the annotations show the same. */
const grouped = new WeakMap<readonly JudgedImage[], ReadonlyMap<ViolationsOf, readonly PackageGroup[]>>();

function group(images: readonly JudgedImage[], violationsOf: ViolationsOf): readonly PackageGroup[] {
  const groups = new Map<string, Gathering>();
  for (const image of images) {
    for (const subject of image.subjects) {
      for (const violation of violationsOf(subject.judgement)) {
        const { package: affected, id } = violation.finding;
        const key = JSON.stringify([affected?.type, affected?.name, affected?.version]);
        const group = groups.get(key) ?? {
          package: affected,
          violations: new Map<string, Violation>(),
          subjects: new Map<string, Affected>(),
          images: new Set<string>(),
        };
        groups.set(key, group);
        if (!group.violations.has(id)) group.violations.set(id, violation);
        group.subjects.set(nameOf(subject), { image: subject.image, platform: subject.platform });
        group.images.add(image.name);
      }
    }
  }
  return [...groups.values()].map(finish).toSorted(byUrgency);
}

function finish({ package: affected, violations, subjects, images }: Gathering): PackageGroup {
  const sorted = [...violations.values()].toSorted(
    (one, other) => rankOf(one.finding) - rankOf(other.finding),
  );
  return {
    package: affected,
    violations: sorted,
    subjects: [...subjects.values()],
    images: [...images],
    upgrade:
      affected &&
      smallestUpgrade(
        affected,
        sorted.map(({ finding }) => finding),
      ),
  };
}

function byUrgency(one: PackageGroup, other: PackageGroup): number {
  const rank = ({ violations: [first] }: PackageGroup) =>
    first === undefined ? Infinity : rankOf(first.finding);
  return rank(one) - rank(other) || other.violations.length - one.violations.length;
}

function rankOf({ severity }: Finding): number {
  return rankedSeverities.indexOf(severity);
}

/**
 * Returns the smallest version that removes the most findings. If the order of versions is unknown, a version removes
 * only the findings whose source names it, and of several versions the first one of the source is returned.
 */
export function smallestUpgrade(
  { type, version }: VulnerablePackage,
  findings: readonly Finding[],
): Upgrade | undefined {
  const named = [...new Set(findings.flatMap(({ fix }) => fix.versions))];
  const ordered = inOrder(type, version === undefined ? named : [...named, version]);
  const current = ordered?.find(({ text }) => text === version);
  const candidates = ordered?.filter(({ rank }) => current === undefined || current.rank < rank) ?? [];
  const known = new Map(ordered?.map((one) => [one.text, one]));
  // Sorted once: a package can have thousands of findings.
  const fixesOf = new Map(findings.map((finding) => [finding, inOrderOf(known, finding.fix.versions)]));
  const clearedBy = (candidate: string): readonly Finding[] => {
    const asVersion = known.get(candidate);
    return findings.filter(
      (finding) =>
        finding.fix.versions.includes(candidate) ||
        (asVersion !== undefined && isFixedIn(asVersion, fixesOf.get(finding) ?? [])),
    );
  };
  const options = (ordered === undefined ? named : candidates.map(({ text }) => text))
    .slice(0, maxCandidates)
    .map((candidate) => ({ version: candidate, cleared: clearedBy(candidate) }));
  const [first] = options;
  if (first === undefined) return undefined;
  const best = options.reduce(
    (one, other) => (other.cleared.length > one.cleared.length ? other : one),
    first,
  );
  const left = findings.filter((finding) => !best.cleared.includes(finding));
  return { ...best, others: [...new Set(left.flatMap(({ fix }) => fix.versions))] };
}

function inOrderOf(known: ReadonlyMap<string, Ordered>, versions: readonly string[]): readonly Ordered[] {
  return versions
    .flatMap((version) => known.get(version) ?? [])
    .toSorted((one, other) => one.rank - other.rank);
}

/** A package with more fixed versions has an upgrade beyond the first ones anyway. */
const maxCandidates = 100;

/** Counts findings by severity in words, the worst first: `2 critical, 1 high`. */
export function countsInWords(findings: readonly Pick<Finding, 'severity'>[]): string {
  const bySeverity = Map.groupBy(findings, ({ severity }) => severity);
  const words = (severity: Severity) => `${bySeverity.get(severity)?.length ?? 0} ${severity}`;
  return rankedSeverities
    .filter((severity) => bySeverity.has(severity))
    .map(words)
    .join(', ');
}
