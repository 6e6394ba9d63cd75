import {
  DescribeImageScanFindingsCommand,
  type Attribute,
  type DescribeImageScanFindingsResponse,
  type EnhancedImageScanFinding,
  type ImageScanFinding,
} from '@aws-sdk/client-ecr';
import type { Digest } from '@towpath/reference';
import { severityOf, type Finding } from '@towpath/scan-policy';
import type { PrivateEcr } from './aws.ts';
import { failure, type Call } from './call.ts';
import { readPages } from './pages.ts';

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

/** The page of an image that ECR has no scan of. */
const noScan: DescribeImageScanFindingsResponse = {};

/** Characters of a text that is shown: names of packages and vulnerabilities are far shorter. */
const maxText = 500;

/**
 * Reads the scan of an image: its status, and its findings from all pages. The counts that ECR sends along cover one
 * page, so they are not used.
 *
 * @param signal ends the reading
 * @throws CodedError `image-missing`, `access-denied`, `outside-failed` when the pages do not end, …
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
    findings.push(...(page.imageScanFindings?.findings ?? []).map(basicFinding));
    findings.push(...(page.imageScanFindings?.enhancedFindings ?? []).flatMap(enhancedFinding));
    last = page;
  }
  if (last === noScan) return { status: 'ABSENT', description: 'ECR knows of no scan', findings: [] };
  return {
    status: last.imageScanStatus?.status ?? 'ABSENT',
    description: cut(last.imageScanStatus?.description) ?? '',
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
