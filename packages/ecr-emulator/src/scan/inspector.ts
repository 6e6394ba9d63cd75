import type { CvssScore, EnhancedImageScanFinding } from '@aws-sdk/client-ecr';
import type { Finding } from '@aws-sdk/client-inspector2';
import { partitionOf } from '@towpath/reference';
import { createHash } from 'node:crypto';
import type { Image } from '../registry/record.ts';
import type { ScanScript } from './script.ts';
import type { ScanState } from './state.ts';

/** An image of a registry with enhanced scanning. */
export interface InspectedImage {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  /** The id of the image in Inspector. */
  readonly arn: string;
  readonly image: Image;
  /** When Inspector scans the repository. */
  readonly frequency: 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN' | 'MANUAL';
  readonly script: ScanScript;
  readonly scan: ScanState | undefined;
}

/** Returns the findings of an image as Inspector's API has them. */
export function inspectorFindings(image: InspectedImage): Finding[] {
  return (image.scan?.result?.enhancedFindings ?? []).map((finding, index) =>
    findingOf(finding, index, image),
  );
}

function findingOf(finding: EnhancedImageScanFinding, index: number, inspected: InspectedImage): Finding {
  const { account, region, repository, arn, image, script } = inspected;
  const { packageVulnerabilityDetails: details, title, score, scoreDetails } = finding;
  const observed = inspected.scan?.result?.completedAt;
  const vulnerabilityId = details?.vulnerabilityId ?? title ?? 'unnamed';
  const epss = script.vulnerabilities?.[vulnerabilityId]?.epssScore;
  return {
    findingArn: validArn(finding.findingArn) ?? derivedArn(inspected, index),
    awsAccountId: account,
    type: 'PACKAGE_VULNERABILITY',
    title: title ?? vulnerabilityId,
    description: finding.description ?? vulnerabilityId,
    remediation: finding.remediation ?? { recommendation: { text: 'None Provided' } },
    severity: (finding.severity ?? 'UNTRIAGED') as Finding['severity'],
    status: (finding.status ?? 'ACTIVE') as Finding['status'],
    firstObservedAt: finding.firstObservedAt ?? observed,
    lastObservedAt: finding.lastObservedAt ?? observed,
    updatedAt: finding.updatedAt ?? observed,
    fixAvailable: finding.fixAvailable as Finding['fixAvailable'],
    exploitAvailable: finding.exploitAvailable as Finding['exploitAvailable'],
    inspectorScore: score,
    inspectorScoreDetails: { adjustedCvss: adjustedCvss(scoreDetails?.cvss) },
    epss: epss === undefined ? undefined : { score: epss },
    packageVulnerabilityDetails: {
      ...details,
      vulnerabilityId,
      source: details?.source ?? 'NVD',
      cvss: (details?.cvss ?? []).map(completeCvss),
      vulnerablePackages: (details?.vulnerablePackages ?? []).map((one) => ({
        ...one,
        packageManager: (one.packageManager ?? 'OS') as 'OS',
        name: one.name ?? 'unnamed',
        version: one.version ?? '0',
      })),
    },
    resources: [
      {
        type: 'AWS_ECR_CONTAINER_IMAGE',
        id: arn,
        partition: partitionOf(region).id,
        region,
        details: {
          awsEcrContainerImage: {
            repositoryName: repository,
            imageHash: image.digest,
            imageTags: [...image.tags],
            pushedAt: new Date(image.pushedAt),
            registry: account,
            platform: finding.resources?.[0]?.details?.awsEcrContainerImage?.platform,
          },
        },
      },
    ],
  };
}

/** The form of the ARN in the service model. */
function validArn(arn: string | undefined): string | undefined {
  return arn !== undefined && /^arn:aws[a-z-]*:inspector2:[a-z\d-]+:\d{12}:finding\/[a-f0-9]{32}$/.test(arn)
    ? arn
    : undefined;
}

function derivedArn({ account, region, arn }: InspectedImage, index: number): string {
  const id = createHash('sha256').update(`${arn} ${index}`).digest('hex').slice(0, 32);
  return `arn:${partitionOf(region).id}:inspector2:${region}:${account}:finding/${id}`;
}

interface Cvss {
  readonly baseScore: number;
  readonly scoringVector: string;
  readonly version: string;
  readonly source: string;
}

function completeCvss({
  baseScore = 0,
  scoringVector = '',
  version = '3.1',
  source = 'NVD',
}: CvssScore): Cvss {
  return { baseScore, scoringVector, version, source };
}

type AdjustedCvss = NonNullable<NonNullable<Finding['inspectorScoreDetails']>['adjustedCvss']>;

function adjustedCvss(
  cvss: NonNullable<EnhancedImageScanFinding['scoreDetails']>['cvss'],
): AdjustedCvss | undefined {
  if (cvss === undefined) return undefined;
  const { score = 0, scoreSource = 'NVD', scoringVector = '', version = '3.1', adjustments = [] } = cvss;
  return {
    score,
    scoreSource,
    scoringVector,
    version,
    cvssSource: scoreSource,
    adjustments: adjustments.map(({ metric = '', reason = '' }) => ({ metric, reason })),
  };
}
