import type {
  BatchGetFindingDetailsRequest,
  BatchGetFindingDetailsResponse,
  CoveredResource,
  Finding,
  FindingDetail,
  ListCoverageRequest,
  ListCoverageResponse,
  ListFindingsRequest,
  ListFindingsResponse,
  ScanStatus,
} from '@aws-sdk/client-inspector2';
import { repositoryArn } from '../access/arn.ts';
import { ownProperty } from '../own-property.ts';
import { Refusal } from '../refusal.ts';
import { inspectorFindings, type InspectedImage } from '../scan/inspector.ts';
import { isIndex } from '../registry/manifest.ts';
import { imagesOf } from '../registry/record.ts';
import { coveringRules } from '../scan/state.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf, type PageRequest } from './page.ts';

function listFindings(call: Call<ListFindingsRequest>): ListFindingsResponse {
  const { filterCriteria, ...page } = call.input;
  const found = inspectedImages(call).flatMap((image) => inspectorFindings(image));
  const findings = filtered(found, filterCriteria, fieldsOf).toSorted((a, b) => compare(arnOf(a), arnOf(b)));
  const maxResults = Math.min(page.maxResults ?? maxFindings, maxFindings);
  const { items, ...rest } = validPage(findings, { ...page, maxResults }, arnOf);
  return { findings: items, ...rest };
}

/** The most findings of a page, although `maxResults` can be 100 (service model, FindingList). */
const maxFindings = 25;

/** Returns the fields of a finding that can be filtered here. Inspector has more. */
const fieldsOf: Fields<Finding> = {
  awsAccountId: ({ awsAccountId }) => awsAccountId,
  ecrImageHash: ({ resources }) => resources?.[0]?.details?.awsEcrContainerImage?.imageHash,
  ecrImageRepositoryName: ({ resources }) => resources?.[0]?.details?.awsEcrContainerImage?.repositoryName,
  exploitAvailable: ({ exploitAvailable }) => exploitAvailable,
  findingArn: ({ findingArn }) => findingArn,
  findingStatus: ({ status }) => status,
  findingType: ({ type }) => type,
  resourceId: ({ resources }) => resources?.[0]?.id,
  resourceType: ({ resources }) => resources?.[0]?.type,
  severity: ({ severity }) => severity,
  vulnerabilityId: ({ packageVulnerabilityDetails }) => packageVulnerabilityDetails?.vulnerabilityId,
};

function batchGetFindingDetails(call: Call<BatchGetFindingDetailsRequest>): BatchGetFindingDetailsResponse {
  const byArn = new Map<string, FindingDetail>();
  for (const image of inspectedImages(call)) {
    for (const { findingArn, packageVulnerabilityDetails } of inspectorFindings(image)) {
      const facts = ownProperty(
        image.script.vulnerabilities ?? {},
        packageVulnerabilityDetails?.vulnerabilityId ?? '',
      );
      byArn.set(findingArn ?? '', { ...facts, findingArn });
    }
  }
  const arns = call.input.findingArns;
  return {
    findingDetails: arns.flatMap((arn) => byArn.get(arn) ?? []),
    errors: arns
      .filter((arn) => !byArn.has(arn))
      .map((findingArn) => ({
        findingArn,
        errorCode: 'FINDING_DETAILS_NOT_FOUND',
        errorMessage: 'The finding does not exist.',
      })),
  };
}

function listCoverage(call: Call<ListCoverageRequest>): ListCoverageResponse {
  const { filterCriteria, ...page } = call.input;
  const covered = inspectedImages(call)
    .filter(({ image }) => !isIndex(image))
    .map((image): CoveredResource => ({
      accountId: image.account,
      resourceId: image.arn,
      resourceType: 'AWS_ECR_CONTAINER_IMAGE',
      scanType: 'PACKAGE',
      scanStatus: coverageOf(image),
      ...(image.scan?.result !== undefined && { lastScannedAt: image.scan.result.completedAt }),
      resourceMetadata: {
        ecrImage: { tags: [...image.image.tags] },
        ecrRepository: { name: image.repository, scanFrequency: image.frequency },
      },
    }));
  const idOf = ({ resourceId }: CoveredResource): string => resourceId ?? '';
  const found = filtered(covered, filterCriteria, coverageFields);
  const { items, ...rest } = validPage(
    found.toSorted((a, b) => compare(idOf(a), idOf(b))),
    page,
    idOf,
  );
  return { coveredResources: items, ...rest };
}

const coverageFields: Fields<CoveredResource> = {
  accountId: ({ accountId }) => accountId,
  ecrRepositoryName: ({ resourceMetadata }) => resourceMetadata?.ecrRepository?.name,
  resourceId: ({ resourceId }) => resourceId,
  resourceType: ({ resourceType }) => resourceType,
  scanStatusCode: ({ scanStatus }) => scanStatus?.statusCode,
  scanStatusReason: ({ scanStatus }) => scanStatus?.reason,
  scanType: ({ scanType }) => scanType,
};

/** Returns Inspector's status of an image (Inspector API, ScanStatus). */
function coverageOf({ scan, frequency }: InspectedImage): ScanStatus {
  if (frequency === 'MANUAL') return { statusCode: 'INACTIVE', reason: 'SCAN_FREQUENCY_MANUAL' };
  switch (scan?.status) {
    case 'ACTIVE':
    case 'COMPLETE':
      if (scan.result?.isSettled === false) return { statusCode: 'ACTIVE', reason: 'PENDING_INITIAL_SCAN' };
      return frequency === 'SCAN_ON_PUSH'
        ? { statusCode: 'INACTIVE', reason: 'SCAN_FREQUENCY_SCAN_ON_PUSH' }
        : { statusCode: 'ACTIVE', reason: 'SUCCESSFUL' };
    case undefined:
    case 'PENDING':
    case 'IN_PROGRESS':
      return { statusCode: 'ACTIVE', reason: 'PENDING_INITIAL_SCAN' };
    case 'SCAN_ELIGIBILITY_EXPIRED':
      return { statusCode: 'INACTIVE', reason: 'SCAN_ELIGIBILITY_EXPIRED' };
    case 'UNSUPPORTED_IMAGE':
      return { statusCode: 'INACTIVE', reason: 'UNSUPPORTED_OS' };
    case 'IMAGE_ARCHIVED':
      return { statusCode: 'INACTIVE', reason: 'IMAGE_ARCHIVED' };
    default:
      return { statusCode: 'INACTIVE', reason: 'INTERNAL_ERROR' };
  }
}

export const inspector: Operations = {
  ListFindings: listFindings,
  BatchGetFindingDetails: batchGetFindingDetails,
  ListCoverage: listCoverage,
};

/** Returns the images that Inspector scans: none unless the registry has enhanced scanning. */
function inspectedImages({ ecr, registry }: Call<unknown>): InspectedImage[] {
  if (registry.settings.scanning.type !== 'ENHANCED') return [];
  const { account, region } = registry;
  return registry.repositories.flatMap((repository) =>
    imagesOf(repository.record).map((image) => ({
      account,
      region,
      repository: repository.name,
      arn: `${repositoryArn(registry, repository.name)}/${image.digest}`,
      image,
      frequency: coveringRules(repository.record, registry.settings)[0]?.frequency ?? 'MANUAL',
      script: ecr.scanner.scriptOf(repository.name, image),
      scan: ecr.scanOf(registry, repository, image),
    })),
  );
}

type Fields<T> = Readonly<Record<string, (item: T) => string | undefined>>;

interface Filter {
  readonly comparison: string | undefined;
  readonly value: string | undefined;
}

/**
 * Returns the items that match all criteria. The filters of one criterion are alternatives.
 *
 * @throws Refusal ValidationException for a criterion that is not emulated
 */
function filtered<T>(items: readonly T[], criteria: object | undefined, fields: Fields<T>): T[] {
  return Object.entries(criteria ?? {}).reduce<T[]>(
    (rest, [name, filters]) => {
      const field = ownProperty(fields, name);
      if (field === undefined)
        throw new Refusal('ValidationException', `filterCriteria.${name} is not emulated`);
      return rest.filter((item) => matches(field(item) ?? '', filters as readonly Filter[]));
    },
    [...items],
  );
}

function matches(value: string, filters: readonly Filter[]): boolean {
  const excluding = filters.filter(({ comparison }) => comparison === 'NOT_EQUALS');
  if (excluding.some((filter) => filter.value === value)) return false;
  return (
    excluding.length === filters.length ||
    filters.some(
      ({ comparison, value: wanted = '' }) =>
        (comparison === 'EQUALS' && value === wanted) ||
        (comparison === 'PREFIX' && value.startsWith(wanted)),
    )
  );
}

function validPage<T>(
  items: readonly T[],
  page: PageRequest,
  keyOf: (item: T) => string,
): { readonly items: T[]; readonly nextToken?: string } {
  try {
    return pageOf(items, page, keyOf);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal('ValidationException', error.message);
    throw error;
  }
}

function arnOf({ findingArn }: Finding): string {
  return findingArn ?? '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
