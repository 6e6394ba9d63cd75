import type {
  CoveredResource,
  Finding as InspectorFinding,
  Inspector2Client,
} from '@aws-sdk/client-inspector2';
import { CodedError } from '@towpath/errors';
import type { Epss, Finding } from '@towpath/findings';
import { partitionOf, type Digest } from '@towpath/reference';
import type { Aws, PrivateEcr } from './aws.ts';
import { call, type Call } from './call.ts';
import { readPages } from './pages.ts';

/** The facts of Amazon Inspector about an image that ECR does not return. */
export interface InspectorFacts {
  /** By id of the vulnerability, as Inspector has it. */
  readonly vulnerabilities: ReadonlyMap<string, VulnerabilityFacts>;
  /** Undefined if Inspector does not cover the image, or if the role may not read the coverage. */
  readonly coverage?: Coverage;
  /** What could not be read, each as a sentence. */
  readonly notices: readonly string[];
}

/** The facts of Inspector about a vulnerability. */
export interface VulnerabilityFacts {
  readonly epss?: Epss;
  /** Whether the CISA catalog of known exploited vulnerabilities lists it. */
  readonly isExploited?: boolean;
}

/** Inspector's coverage of an image. */
export interface Coverage {
  /** Whether all findings of the first scan have arrived. */
  readonly isScanned: boolean;
  /** Inspector's reason, e.g. `SUCCESSFUL`, `PENDING_INITIAL_SCAN` or `SCAN_ELIGIBILITY_EXPIRED`. */
  readonly reason: string;
  readonly lastScannedAt?: Date;
}

/** The image whose findings are read. */
export interface InspectedImage {
  readonly registry: PrivateEcr;
  readonly repository: string;
  readonly digest: Digest;
}

const findingsPageSize = 100;

/** 200,000 findings of one image, as of a scan of ECR: a page has 25 at most (Inspector API, FindingList). */
const maxPages = 8000;

/** The most ARNs of one call (Inspector API, BatchGetFindingDetails). */
const detailsPerCall = 10;

/** The most vulnerabilities that are looked up in the CISA catalog: 100 calls. The others stay unknown. */
const maxDetails = 1000;

/**
 * Reads the EPSS, the CISA catalog and the coverage of an image from Amazon Inspector. A denied call is a notice, because
 * enhanced scanning works without these permissions: `inspector2:ListFindings`, `inspector2:BatchGetFindingDetails` and
 * `inspector2:ListCoverage`.
 *
 * @throws CodedError for all other errors
 */
export async function readInspector(aws: Aws, image: InspectedImage): Promise<InspectorFacts> {
  try {
    return await readAll(aws, image);
  } catch (error) {
    // A private network often has an endpoint for ECR, and none for Inspector.
    if (!(error instanceof CodedError) || error.code !== 'registry-unreachable') throw error;
    const reason = 'Amazon Inspector is unreachable, so EPSS, the CISA catalog and the coverage are unknown.';
    return { vulnerabilities: new Map(), notices: [[reason, error.hint].filter(Boolean).join(' ')] };
  }
}

async function readAll(aws: Aws, image: InspectedImage): Promise<InspectorFacts> {
  const client = await aws.inspector(image.registry.region);
  const notices: string[] = [];
  const findings = await ifAllowed(notices, 'EPSS and the CISA catalog are unknown', () =>
    readFindings(client, image),
  );
  const exploited = await ifAllowed(notices, 'the CISA catalog is unknown', () =>
    readCatalog(client, image, findings ?? []),
  );
  const coverage = await ifAllowed(notices, 'the coverage of the image is unknown', () =>
    readCoverage(client, image),
  );
  const vulnerabilities = new Map<string, VulnerabilityFacts>();
  for (const finding of findings ?? []) {
    const id = idOf(finding);
    const score = finding.epss?.score;
    const isValid = score !== undefined && score >= 0 && score <= 1;
    vulnerabilities.set(id, {
      epss: isValid ? { score } : vulnerabilities.get(id)?.epss,
      isExploited: exploited?.get(id),
    });
  }
  return { vulnerabilities, coverage, notices };
}

/** Returns findings with the EPSS and the CISA catalog of Inspector. */
export function withInspectorFacts(
  findings: readonly Finding[],
  { vulnerabilities }: InspectorFacts,
): Finding[] {
  return findings.map((finding) => {
    const id = [finding.id, ...finding.aliases].find((one) => vulnerabilities.has(one));
    const { epss, isExploited } = (id === undefined ? undefined : vulnerabilities.get(id)) ?? {};
    return {
      ...finding,
      ...(epss !== undefined && { epss }),
      ...(isExploited !== undefined && { isExploited }),
    };
  });
}

async function readFindings(
  client: Inspector2Client,
  { registry, repository, digest }: InspectedImage,
): Promise<InspectorFinding[]> {
  const { ListFindingsCommand } = await import('@aws-sdk/client-inspector2');
  const what = {
    operation: 'inspector2:ListFindings',
    subject: `${repository}@${digest} in ${registry.host}`,
  };
  const filterCriteria = {
    awsAccountId: equals(registry.account),
    ecrImageHash: equals(digest),
    ecrImageRepositoryName: equals(repository),
  };
  const findings: InspectorFinding[] = [];
  const read = (nextToken: string | undefined) =>
    call(what, () =>
      client.send(new ListFindingsCommand({ filterCriteria, maxResults: findingsPageSize, nextToken })),
    );
  for await (const page of readPages(what, read, maxPages))
    for (const finding of page.findings ?? []) findings.push(finding);
  return findings;
}

/** Returns whether the CISA catalog lists a vulnerability, by its id. Those with an exploit are looked up first. */
async function readCatalog(
  client: Inspector2Client,
  { registry, repository, digest }: InspectedImage,
  findings: readonly InspectorFinding[],
): Promise<ReadonlyMap<string, boolean>> {
  const { BatchGetFindingDetailsCommand } = await import('@aws-sdk/client-inspector2');
  const what: Call = {
    operation: 'inspector2:BatchGetFindingDetails',
    subject: `${repository}@${digest} in ${registry.host}`,
  };
  // One finding for each vulnerability, although it can have one for each package.
  const arnById = new Map<string, string>();
  for (const finding of findings.toSorted((a, b) => rankOf(a) - rankOf(b)))
    if (finding.findingArn !== undefined && !arnById.has(idOf(finding)))
      arnById.set(idOf(finding), finding.findingArn);
  const idByArn = new Map([...arnById].slice(0, maxDetails).map(([id, arn]) => [arn, id]));
  const arns = [...idByArn.keys()];
  const exploited = new Map<string, boolean>();
  for (let start = 0; start < arns.length; start += detailsPerCall) {
    const findingArns = arns.slice(start, start + detailsPerCall);
    const { findingDetails = [] } = await call(what, () =>
      client.send(new BatchGetFindingDetailsCommand({ findingArns })),
    );
    for (const { findingArn = '', cisaData = {} } of findingDetails)
      exploited.set(
        idByArn.get(findingArn) ?? '',
        Object.values(cisaData).some((one) => one !== undefined),
      );
  }
  return exploited;
}

function rankOf({ exploitAvailable }: InspectorFinding): number {
  return exploitAvailable === 'YES' ? 0 : 1;
}

function idOf({ packageVulnerabilityDetails }: InspectorFinding): string {
  return packageVulnerabilityDetails?.vulnerabilityId ?? '';
}

async function readCoverage(
  client: Inspector2Client,
  { registry, repository, digest }: InspectedImage,
): Promise<Coverage | undefined> {
  const { ListCoverageCommand } = await import('@aws-sdk/client-inspector2');
  const { account, region, host } = registry;
  const what = { operation: 'inspector2:ListCoverage', subject: `${repository}@${digest} in ${host}` };
  const filterCriteria = {
    accountId: equals(account),
    ecrRepositoryName: equals(repository),
    resourceType: equals('AWS_ECR_CONTAINER_IMAGE'),
    resourceId: equals(
      `arn:${partitionOf(region).id}:ecr:${region}:${account}:repository/${repository}/${digest}`,
    ),
  };
  const read = (nextToken: string | undefined) =>
    call(what, () => client.send(new ListCoverageCommand({ filterCriteria, nextToken })));
  const covered: CoveredResource[] = [];
  for await (const page of readPages(what, read)) covered.push(...(page.coveredResources ?? []));
  const image = covered.find(({ resourceId = '' }) => resourceId.endsWith(`/${repository}/${digest}`));
  if (image === undefined) return undefined;
  const { scanStatus: { statusCode, reason = 'UNKNOWN' } = {}, lastScannedAt } = image;
  return { isScanned: isScanned(statusCode, reason, lastScannedAt), reason, lastScannedAt };
}

/** An image of a repository that is scanned on push is scanned once, and no longer active (Inspector API, ScanStatus). */
function isScanned(statusCode: string | undefined, reason: string, lastScannedAt: Date | undefined): boolean {
  if (reason === 'SCAN_FREQUENCY_SCAN_ON_PUSH') return lastScannedAt !== undefined;
  return statusCode === 'ACTIVE' && reason === 'SUCCESSFUL';
}

function equals<const T extends string>(value: T): { comparison: 'EQUALS'; value: T }[] {
  return [{ comparison: 'EQUALS', value }];
}

/** Returns undefined and adds a notice if AWS denies a call. */
async function ifAllowed<T>(
  notices: string[],
  consequence: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'access-denied') throw error;
    const reason = `The role may not read Amazon Inspector, so ${consequence}.`;
    notices.push([reason, error.hint].filter(Boolean).join(' '));
    return undefined;
  }
}
