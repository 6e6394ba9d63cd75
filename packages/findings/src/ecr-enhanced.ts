import { cvssScores, type Rating } from './cvss.ts';
import type { Finding, Fix, VulnerablePackage } from './finding.ts';
import { identify } from './identifiers.ts';
import { packageType } from './package-type.ts';
import { rated } from './rated.ts';
import { digestIn, shorten, timeOf } from './text.ts';

/** A time as the SDK or a JSON document of Amazon Inspector has it. */
type Time = Date | string | number;

/** A finding of ECR's enhanced scanning (ECR API, EnhancedImageScanFinding). */
export interface EcrEnhancedFinding {
  readonly title?: string | undefined;
  readonly severity?: string | undefined;
  /** ACTIVE, SUPPRESSED or CLOSED. */
  readonly status?: string | undefined;
  readonly score?: number | undefined;
  readonly scoreDetails?: { readonly cvss?: AdjustedCvss | undefined } | undefined;
  /** YES, NO or PARTIAL. */
  readonly fixAvailable?: string | undefined;
  /** YES or NO. */
  readonly exploitAvailable?: string | undefined;
  readonly firstObservedAt?: Time | undefined;
  readonly resources?: readonly EcrResource[] | undefined;
  readonly packageVulnerabilityDetails?: PackageVulnerability | undefined;
}

interface AdjustedCvss {
  readonly score?: number | undefined;
  readonly scoreSource?: string | undefined;
  readonly scoringVector?: string | undefined;
  readonly version?: string | undefined;
}

interface EcrResource {
  readonly details?:
    { readonly awsEcrContainerImage?: { readonly platform?: string | undefined } | undefined } | undefined;
}

interface PackageVulnerability {
  readonly vulnerabilityId?: string | undefined;
  readonly relatedVulnerabilities?: readonly string[] | undefined;
  readonly cvss?: readonly EnhancedCvss[] | undefined;
  readonly source?: string | undefined;
  readonly sourceUrl?: string | undefined;
  readonly vendorCreatedAt?: Time | undefined;
  readonly vulnerablePackages?: readonly EnhancedPackage[] | undefined;
}

interface EnhancedCvss {
  readonly baseScore?: number | undefined;
  readonly scoringVector?: string | undefined;
  readonly source?: string | undefined;
  readonly version?: string | undefined;
}

interface EnhancedPackage {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly epoch?: number | undefined;
  readonly release?: string | undefined;
  readonly fixedInVersion?: string | undefined;
  readonly packageManager?: string | undefined;
  readonly filePath?: string | undefined;
  readonly sourceLayerHash?: string | undefined;
}

/**
 * Returns a finding for each package with the vulnerability. A closed finding is no longer in the image. A suppressed one
 * is: a suppression rule of Amazon Inspector has no reason, owner and end, so it does not replace an ignore of the policy.
 */
export function ecrEnhancedFindings(finding: EcrEnhancedFinding): Finding[] {
  const { title, severity, status, fixAvailable, exploitAvailable, firstObservedAt } = finding;
  if (status?.toUpperCase() === 'CLOSED') return [];
  const { vulnerabilityId, relatedVulnerabilities, sourceUrl, vendorCreatedAt, vulnerablePackages } =
    finding.packageVulnerabilityDetails ?? {};
  const common: Omit<Finding, 'fix'> = {
    ...identify(vulnerabilityId ?? title?.split(' - ', 1)[0], relatedVulnerabilities),
    ...rated(severity),
    cvss: cvssScores(ratingsOf(finding)),
    hasExploit: yesOrNo(exploitAvailable),
    firstSeen: timeOf(firstObservedAt),
    published: timeOf(vendorCreatedAt),
    title: shorten(title),
    uri: sourceUrl,
    source: 'ecr-enhanced',
  };
  const packages = vulnerablePackages?.filter(({ name }) => shorten(name) !== undefined) ?? [];
  if (packages.length === 0) return [{ ...common, fix: fixOf(undefined, fixAvailable) }];
  const system = finding.resources?.find((one) => one.details?.awsEcrContainerImage?.platform !== undefined)
    ?.details?.awsEcrContainerImage?.platform;
  return packages.map((one) => ({
    ...common,
    package: packageOf(one, system),
    fix: fixOf(one.fixedInVersion, fixAvailable),
  }));
}

/** Returns the ratings of the vendors and Inspector's own, which is adjusted to the image. */
function ratingsOf({ score, scoreDetails, packageVulnerabilityDetails }: EcrEnhancedFinding): Rating[] {
  const given = (packageVulnerabilityDetails?.cvss ?? []).map(
    ({ baseScore, scoringVector, source, version }) => ({
      vector: scoringVector,
      score: baseScore,
      source,
      version,
    }),
  );
  const own = scoreDetails?.cvss;
  const adjusted = {
    vector: own?.scoringVector,
    score: own?.score ?? score,
    source: own?.scoreSource ?? 'Inspector',
    version: own?.version,
  };
  // Inspector repeats the vector of a vendor if it has nothing to adjust.
  const isRepeated = given.some(({ vector, score: other }) =>
    adjusted.vector === undefined ? other === adjusted.score : vector === adjusted.vector,
  );
  return isRepeated ? given : [...given, adjusted];
}

function yesOrNo(answer: string | undefined): boolean | undefined {
  const word = answer?.toUpperCase();
  return word === 'YES' ? true : word === 'NO' ? false : undefined;
}

function packageOf(
  { name, version, epoch, release, packageManager, filePath, sourceLayerHash }: EnhancedPackage,
  system: string | undefined,
): VulnerablePackage {
  const number = shorten(version);
  return {
    name: shorten(name) ?? '',
    version:
      number === undefined
        ? undefined
        : `${epoch === undefined || epoch === 0 ? '' : `${epoch}:`}${number}${shorten(release) === undefined ? '' : `-${shorten(release) ?? ''}`}`,
    type: packageType(packageManager === undefined || packageManager === 'OS' ? system : packageManager),
    path: shorten(filePath),
    layer: digestIn(sourceLayerHash),
  };
}

/** Inspector writes these words in place of a version. */
const noVersion = /^(?:notavailable|not available|none|n\/a)$/i;

/**
 * Returns the fix of one package. `fixAvailable` is about all packages of the finding together, so it counts only if the
 * package itself has no version (Inspector user guide, "Fix available").
 */
function fixOf(fixedInVersion: string | undefined, fixAvailable: string | undefined): Fix {
  const text = shorten(fixedInVersion);
  const versions = text === undefined || noVersion.test(text) ? [] : text.split(/\s*,\s*/).flatMap(versionIn);
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

/** Returns a version without an epoch of zero, which apt and yum do not show. */
function versionIn(text: string): string[] {
  const version = text.replace(/^0:/, '');
  return version === '' ? [] : [version];
}
