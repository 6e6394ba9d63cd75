import {
  DescribeImageScanFindingsCommand,
  type Attribute,
  type DescribeImageScanFindingsResponse,
  type EnhancedImageScanFinding,
  type ImageScanFinding,
} from '@aws-sdk/client-ecr';
import { OutsideError } from '@towpath/errors';
import type { Digest } from '@towpath/reference';
import { severityOf, type Finding } from '@towpath/scan-policy';
import type { PrivateEcr } from './aws.ts';
import { failure } from './call.ts';

/** ECR's status of a scan; ABSENT when it knows of no scan yet, which is usual right after a push. */
export type ScanStatus = string;

/** What ECR knows of one image at one moment, all pages of it. */
export interface Scan {
  readonly status: ScanStatus;
  readonly description: string;
  readonly findings: readonly Finding[];
  readonly completedAt?: Date;
}

const pageSize = 1000;

/** 200,000 findings of one image: what gives more pages gives them for ever. */
const maxPages = 200;

/** Characters of a text that is shown: names of packages and vulnerabilities are far shorter. */
const maxText = 500;

/**
 * Reads the scan of an image: its status, and its findings from all pages. The counts that ECR sends along cover one
 * page, so they are not used.
 *
 * @throws CodedError `image-missing`, `access-denied`, `outside-failed` when the pages do not end, …
 */
export async function readScan(registry: PrivateEcr, repository: string, digest: Digest): Promise<Scan> {
  const findings: Finding[] = [];
  const tokens = new Set<string>();
  let nextToken: string | undefined;
  let page: DescribeImageScanFindingsResponse | undefined;
  do {
    if (nextToken !== undefined && (tokens.has(nextToken) || tokens.size >= maxPages))
      throw endlessPages(`${repository}@${digest} in ${registry.host}`, tokens.size);
    if (nextToken !== undefined) tokens.add(nextToken);
    page = await readPage(registry, repository, digest, nextToken);
    if (page === undefined) return { status: 'ABSENT', description: 'ECR knows of no scan', findings: [] };
    findings.push(...(page.imageScanFindings?.findings ?? []).map(basicFinding));
    findings.push(...(page.imageScanFindings?.enhancedFindings ?? []).flatMap(enhancedFinding));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return {
    status: page.imageScanStatus?.status ?? 'ABSENT',
    description: cut(page.imageScanStatus?.description) ?? '',
    findings,
    completedAt: page.imageScanFindings?.imageScanCompletedAt,
  };
}

async function readPage(
  { client, account, host }: PrivateEcr,
  repository: string,
  digest: Digest,
  nextToken: string | undefined,
): Promise<DescribeImageScanFindingsResponse | undefined> {
  const command = new DescribeImageScanFindingsCommand({
    registryId: account,
    repositoryName: repository,
    imageId: { imageDigest: digest },
    maxResults: pageSize,
    nextToken,
  });
  try {
    return await client.send(command);
  } catch (error) {
    if (error instanceof Error && error.name === 'ScanNotFoundException') return undefined;
    throw failure(
      { operation: 'ecr:DescribeImageScanFindings', subject: `${repository}@${digest} in ${host}` },
      error,
    );
  }
}

function endlessPages(subject: string, pages: number): OutsideError {
  return new OutsideError(
    'outside-failed',
    `ecr:DescribeImageScanFindings on ${subject} gives pages without an end: ${pages} were read.`,
    {
      operation: 'ecr:DescribeImageScanFindings',
      hint: 'Run the step again. If it fails again, ask AWS support.',
    },
  );
}

function basicFinding({ name, severity, uri, attributes }: ImageScanFinding): Finding {
  return {
    id: cut(name) ?? 'unnamed',
    ...rated(severity),
    package: cut(attributeOf(attributes, 'package_name')),
    version: cut(attributeOf(attributes, 'package_version')),
    uri,
  };
}

/** One vulnerability may be in several packages: a finding each. */
function enhancedFinding({
  title,
  severity,
  packageVulnerabilityDetails,
}: EnhancedImageScanFinding): Finding[] {
  const { vulnerabilityId, sourceUrl, vulnerablePackages } = packageVulnerabilityDetails ?? {};
  const common = { id: cut(vulnerabilityId ?? title) ?? 'unnamed', ...rated(severity), uri: sourceUrl };
  if (vulnerablePackages === undefined || vulnerablePackages.length === 0) return [common];
  return vulnerablePackages.map(({ name, version }) => ({
    ...common,
    package: cut(name),
    version: cut(version),
  }));
}

function rated(word: string | undefined): Pick<Finding, 'severity' | 'rating'> {
  const severity = severityOf(word);
  return severity === 'unknown' ? { severity, rating: cut(word) ?? 'none' } : { severity };
}

function cut(text: string | undefined): string | undefined {
  return text !== undefined && text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}

function attributeOf(attributes: readonly Attribute[] | undefined, key: string): string | undefined {
  return attributes?.find((attribute) => attribute.key === key)?.value;
}
