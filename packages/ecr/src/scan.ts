import {
  DescribeImageScanFindingsCommand,
  type Attribute,
  type DescribeImageScanFindingsResponse,
  type EnhancedImageScanFinding,
  type ImageScanFinding,
} from '@aws-sdk/client-ecr';
import type { Digest } from '@towpath/reference';
import { severityOf, type Finding } from '@towpath/findings';
import type { PrivateEcr } from './aws.ts';
import { failure, type Call } from './call.ts';
import { readPages } from './pages.ts';

/** ECR's status of a scan, or ABSENT without a scan, as is usual directly after a push. */
export type ScanStatus = string;

/** The scan of one image at one time, with the findings of all pages. */
export interface Scan {
  readonly status: ScanStatus;
  readonly description: string;
  readonly findings: readonly Finding[];
  readonly completedAt?: Date;
}

const pageSize = 1000;

/** 200,000 findings of one image. An answer with more pages is considered endless. */
const maxPages = 200;

/** The answer for an image without a scan. */
const noScan: DescribeImageScanFindingsResponse = {};

/** The maximum length of a text in messages. Names of packages and vulnerabilities are much shorter. */
const maxText = 500;

/**
 * Reads the scan of an image: its status and the findings of all pages. Ignores ECR's counts, which cover one page.
 *
 * @param signal cancels the requests
 * @throws CodedError `image-missing`, `access-denied`, `outside-failed` if the pages do not end, …
 */
export async function readScan(
  registry: PrivateEcr,
  repository: string,
  digest: Digest,
  signal?: AbortSignal,
): Promise<Scan> {
  const what = {
    operation: 'ecr:DescribeImageScanFindings',
    subject: `${repository}@${digest} in ${registry.host}`,
  };
  const asked = {
    registryId: registry.account,
    repositoryName: repository,
    imageId: { imageDigest: digest },
    maxResults: pageSize,
  };
  const read = (nextToken: string | undefined) =>
    readPage(registry, new DescribeImageScanFindingsCommand({ ...asked, nextToken }), what, signal);
  const findings: Finding[] = [];
  let last = noScan;
  for await (const page of readPages(what, read, maxPages)) {
    const { findings: basic = [], enhancedFindings: enhanced = [] } = page.imageScanFindings ?? {};
    for (const finding of basic) findings.push(basicFinding(finding));
    for (const finding of enhanced.flatMap(enhancedFinding)) findings.push(finding);
    last = page;
  }
  if (last === noScan) return { status: 'ABSENT', description: 'ECR has no scan of the image', findings: [] };
  return {
    status: last.imageScanStatus?.status ?? 'ABSENT',
    description: truncate(last.imageScanStatus?.description) ?? '',
    findings,
    completedAt: last.imageScanFindings?.imageScanCompletedAt,
  };
}

async function readPage(
  { client }: PrivateEcr,
  command: DescribeImageScanFindingsCommand,
  what: Call,
  signal: AbortSignal | undefined,
): Promise<DescribeImageScanFindingsResponse> {
  try {
    return await client.send(command, { abortSignal: signal });
  } catch (error) {
    if (error instanceof Error && error.name === 'ScanNotFoundException') return noScan;
    throw failure(what, error);
  }
}

function basicFinding({ name, severity, uri, attributes }: ImageScanFinding): Finding {
  return {
    id: truncate(name) ?? 'unnamed',
    aliases: [],
    ...rated(severity),
    package: packageOf(attributeOf(attributes, 'package_name'), attributeOf(attributes, 'package_version')),
    fix: { state: 'unknown', versions: [] },
    cvss: [],
    uri,
    source: 'ecr-basic',
  };
}

/** Returns a finding for each package with the vulnerability. */
function enhancedFinding({
  title,
  severity,
  packageVulnerabilityDetails,
}: EnhancedImageScanFinding): Finding[] {
  const { vulnerabilityId, sourceUrl, vulnerablePackages } = packageVulnerabilityDetails ?? {};
  const common: Finding = {
    id: truncate(vulnerabilityId ?? title) ?? 'unnamed',
    aliases: [],
    ...rated(severity),
    fix: { state: 'unknown', versions: [] },
    cvss: [],
    uri: sourceUrl,
    source: 'ecr-enhanced',
  };
  if (vulnerablePackages === undefined || vulnerablePackages.length === 0) return [common];
  return vulnerablePackages.map(({ name, version }) => ({
    ...common,
    package: packageOf(name, version),
  }));
}

function packageOf(name: string | undefined, version: string | undefined): Finding['package'] {
  return name === undefined ? undefined : { name: truncate(name), version: truncate(version) };
}

function rated(word: string | undefined): Pick<Finding, 'severity' | 'rating'> {
  const severity = severityOf(word);
  return severity === 'unknown' ? { severity, rating: truncate(word) ?? 'none' } : { severity };
}

function truncate<T extends string | undefined>(text: T): T | string {
  return text !== undefined && text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}

function attributeOf(attributes: readonly Attribute[] | undefined, key: string): string | undefined {
  return attributes?.find((attribute) => attribute.key === key)?.value;
}
