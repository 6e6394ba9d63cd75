import { cvssScores, type Rating } from './cvss.ts';
import { epssOf } from './epss.ts';
import type { Finding, Fix, VulnerablePackage } from './finding.ts';
import { identify } from './identifiers.ts';
import {
  detailsOf,
  InvalidReport,
  memberOf,
  numberOf,
  objectsOf,
  textOf,
  textsOf,
  type Json,
} from './json.ts';
import { packageType } from './package-type.ts';
import { rated } from './rated.ts';
import { maxFindings } from './report.ts';
import { digestIn, shorten, timeOf } from './text.ts';

/**
 * Returns a finding of Amazon Inspector for each package with the vulnerability, and for each CVE of an advisory. A closed finding is no longer in the image.
 * A suppressed one is: a suppression rule of Amazon Inspector has no reason, owner and end, so it does not replace an
 * ignore of the policy.
 *
 * @param finding an EnhancedImageScanFinding of the ECR API, or a Finding of the Inspector API, which has other names for
 *   the score, and EPSS
 * @throws InvalidReport if the list of packages is none, or if there are too many packages and CVEs
 */
export function ecrEnhancedFindings(
  finding: Json,
  source: 'ecr-enhanced' | 'inspector' = 'ecr-enhanced',
): Finding[] {
  if (textOf(finding, 'status')?.toUpperCase() === 'CLOSED') return [];
  const details = memberOf(finding, 'packageVulnerabilityDetails');
  const title = textOf(finding, 'title');
  const id = textOf(details, 'vulnerabilityId') ?? title?.split(' - ', 1)[0];
  const epss = epssOf(numberOf(finding, 'epss', 'score'));
  const common: Omit<Finding, 'id' | 'aliases' | 'fix'> = {
    ...rated(textOf(finding, 'severity')),
    cvss: cvssScores(ratingsOf(finding)),
    ...(epss !== undefined && { epss }),
    hasExploit: answers.get(textOf(finding, 'exploitAvailable')?.toUpperCase() ?? ''),
    firstSeen: timeOf(memberOf(finding, 'firstObservedAt')),
    published: timeOf(memberOf(details, 'vendorCreatedAt')),
    title: shorten(title),
    uri: textOf(details, 'sourceUrl'),
    source,
  };
  const fixAvailable = textOf(finding, 'fixAvailable');
  const packages = objectsOf(details, 'vulnerablePackages', 'packageVulnerabilityDetails').filter(
    (one) => shorten(textOf(one, 'name')) !== undefined,
  );
  const all = identify(id, textsOf(details, 'relatedVulnerabilities'));
  if (all.length * packages.length > maxFindings)
    throw new InvalidReport(`has more than ${maxFindings} findings`);
  if (packages.length === 0)
    return all.map((ids) => ({ ...ids, ...common, fix: fixOf(undefined, fixAvailable) }));
  const system = detailsOf(finding, 'resources').map((one) =>
    textOf(one, 'details', 'awsEcrContainerImage', 'platform'),
  )[0];
  return packages.flatMap((one) => {
    const affected = packageOf(one, system);
    const fix = fixOf(textOf(one, 'fixedInVersion'), fixAvailable);
    return all.map((ids) => ({ ...ids, ...common, package: affected, fix }));
  });
}

const answers: ReadonlyMap<string, boolean> = new Map([
  ['YES', true],
  ['NO', false],
]);

/** Returns the ratings of the vendors and Inspector's own, which is adjusted to the image. */
function ratingsOf(finding: Json): Rating[] {
  const given = detailsOf(finding, 'packageVulnerabilityDetails', 'cvss').map((one) => ({
    vector: textOf(one, 'scoringVector'),
    score: numberOf(one, 'baseScore'),
    version: textOf(one, 'version'),
    source: textOf(one, 'source'),
  }));
  const own =
    memberOf(finding, 'scoreDetails', 'cvss') ?? memberOf(finding, 'inspectorScoreDetails', 'adjustedCvss');
  const adjusted = {
    vector: textOf(own, 'scoringVector'),
    score: numberOf(own, 'score') ?? numberOf(finding, 'score') ?? numberOf(finding, 'inspectorScore'),
    version: textOf(own, 'version'),
    source: textOf(own, 'scoreSource') ?? 'Inspector',
  };
  // Inspector repeats the vector of a vendor if it has nothing to adjust.
  const isRepeated = given.some(({ vector, score }) =>
    adjusted.vector === undefined ? score === adjusted.score : vector === adjusted.vector,
  );
  return isRepeated ? given : [...given, adjusted];
}

function packageOf(one: Json, system: string | undefined): VulnerablePackage {
  const manager = textOf(one, 'packageManager') ?? 'OS';
  return {
    name: shorten(textOf(one, 'name')) ?? '',
    version: versionOf(one),
    type: packageType(manager === 'OS' ? system : manager),
    path: shorten(textOf(one, 'filePath')),
    layer: digestIn(textOf(one, 'sourceLayerHash')),
  };
}

/** Returns `epoch:version-release`, as apt and yum write it. They do not write an epoch of zero. */
function versionOf(one: Json): string | undefined {
  const version = shorten(textOf(one, 'version'));
  if (version === undefined) return undefined;
  const epoch = numberOf(one, 'epoch') ?? 0;
  const release = shorten(textOf(one, 'release'));
  return `${epoch === 0 ? '' : `${epoch}:`}${version}${release === undefined ? '' : `-${release}`}`;
}

/** Inspector writes these words in place of a version. */
const noVersion = /^(?:notavailable|not available|none|n\/a)$/i;

/**
 * Returns the fix of one package. `fixAvailable` is about all packages of the finding together, so it counts only if the
 * package itself has no version (Inspector user guide, "Fix available").
 */
function fixOf(fixedInVersion: string | undefined, fixAvailable: string | undefined): Fix {
  const text = shorten(fixedInVersion);
  const isNamed = text !== undefined && !noVersion.test(text);
  // An epoch of zero is the same as none.
  const versions = isNamed
    ? text.split(',').flatMap((one) => shorten(one.trim().replace(/^0:/, '')) ?? [])
    : [];
  if (versions.length > 0) return { state: 'fixed', versions };
  switch (fixAvailable?.toUpperCase()) {
    case 'YES':
      return { state: 'fixed', versions };
    case 'PARTIAL':
      // Inspector names the version of each package with a fix. Without packages, it is unknown which ones have one.
      return { state: text === undefined ? 'partial' : 'none', versions };
    case 'NO':
      return { state: 'none', versions };
    default:
      return { state: 'unknown', versions };
  }
}
